/** A name stored as REG_EXPAND_SZ: no source tells whether the device reads it, or with what in place of %NAME%. */
import type { Rule } from './rule.ts';

export const expandableText: Rule = {
  id: 'LAPS062',
  name: 'expandable-text',
  severity: 'warning',
  summary: 'A name is stored as REG_EXPAND_SZ instead of REG_SZ.',
  hint: 'store it as REG_SZ: "Name"="text" in a .reg file, SZ: in LGPO text',
  documentation:
    'Group Policy and the CSP store names as REG_SZ. REG_EXPAND_SZ is for texts with variables such as %SystemRoot%; regedit shows both alike, and scripts pick it by mistake. Whether Windows LAPS reads a name of this type, and whether it puts something in the place of %NAME%, is documented nowhere.',
  roots: 'all',
  check({ document, settings }) {
    // Most files are JSON, which names no types: a thousand of them need not be gone through.
    if (document.format === 'native') return [];
    return settings.flatMap(({ setting }) =>
      setting.storedAs === 'REG_EXPAND_SZ' && typeof setting.value === 'string'
        ? [
            {
              setting: setting.name,
              message: `${setting.name} is stored as REG_EXPAND_SZ; REG_SZ belongs there`,
              effect: 'whether the device reads it is documented nowhere',
              place: setting.valuePlace,
            },
          ]
        : [],
    );
  },
};

/** A name that Windows does not know is passed over in silence; most are typing mistakes, so the nearest name is told. */
import { nearestName } from '../nearest.ts';
import { isLegacyName, legacyRows, namesOf } from '../settings.ts';
import { verdictOn } from '../values.ts';
import type { Rule } from './rule.ts';

function hintFor(name: string, root: Parameters<typeof namesOf>[0]): string {
  const feeds = root !== 'Legacy' && isLegacyName(name) ? legacyRows[name].feeds : null;
  if (feeds !== null) return `${name} is the legacy name; write ${feeds}`;
  const near = nearestName(name, namesOf(root));
  return near === undefined ? 'laps settings lists all settings' : `did you mean ${near}?`;
}

export const unknownSetting: Rule = {
  id: 'LAPS007',
  name: 'unknown-setting',
  severity: 'error',
  summary: 'No setting has this name.',
  check({ document, root, os }) {
    return document.settings
      .filter((setting) => verdictOn(setting, root, os).kind === 'unknown')
      .map(({ name, namePlace }) => ({
        setting: name,
        message: `${name === '' ? 'an empty name' : name} is not a setting of ${root === 'Legacy' ? 'legacy LAPS' : 'Windows LAPS'}`,
        effect: 'the device ignores it',
        hint: hintFor(name, root),
        place: namePlace,
      }));
  },
};

/** A value that no registry value of this kind could hold; the file is then no policy at all (read.ts says why). */
import { givenText, typeText, verdictOn } from '../values.ts';
import { refusedEffect } from './readingProblems.ts';
import type { Rule } from './rule.ts';

/** `"14"` may simply want to be 14. */
function repaired(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\s*(\d{1,9}|true|false)\s*$/i.test(value)) return undefined;
  return value.trim().toLowerCase();
}

export const wrongType: Rule = {
  id: 'LAPS009',
  name: 'wrong-type',
  severity: 'error',
  summary: 'The value is of the wrong type: a text where a number belongs, and the like.',
  check({ document, root, os }) {
    return document.settings.flatMap((setting) => {
      const verdict = verdictOn(setting, root, os);
      if (verdict.kind !== 'wrongType') return [];
      const better = repaired(setting.value);
      return [
        {
          setting: setting.name,
          message: `${setting.name} is ${givenText(setting.value)}, but ${typeText(verdict.row)} belongs here`,
          effect: refusedEffect,
          hint: better === undefined ? `write ${typeText(verdict.row)}` : `write ${better} without quotes`,
          place: setting.valuePlace,
        },
      ];
    });
  },
};

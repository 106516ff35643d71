/** JSON lets a name stand twice; every reader then takes the last, which is rarely what the author sees. An MDM need not. */
import type { ParsedSetting } from '../document.ts';
import { givenText } from '../values.ts';
import { isOfIntune } from './clashes.ts';
import type { Rule } from './rule.ts';

export const duplicateSetting: Rule = {
  id: 'LAPS008',
  name: 'duplicate-setting',
  severity: 'error',
  summary: 'A setting stands in the file more than once.',
  hint: 'keep one of them',
  documentation:
    'Readers of JSON, and the registry import, take the last of two. Which one an author sees when skimming the file is chance. Which of two settings in one policy of Intune reaches a device is documented nowhere; judged is the last.',
  roots: 'all',
  check({ document, given }) {
    if (given.size === document.settings.length) return [];
    const first = new Map<string, ParsedSetting>();
    return document.settings.flatMap((setting) => {
      const earlier = first.get(setting.name);
      if (earlier === undefined) {
        first.set(setting.name, setting);
        return [];
      }
      // Two Intune definitions of one setting are another mistake, with a rule of its own.
      if (earlier.intune?.definition !== setting.intune?.definition) return [];
      const counts = given.get(setting.name)?.setting ?? setting;
      const { line, column, byteOffset } = earlier.namePlace;
      return [
        {
          setting: setting.name,
          message: `${setting.name} stands here again; first at ${byteOffset === undefined ? `${line}:${column}` : `byte ${byteOffset}`}`,
          // What the device makes of that value is told where it stands.
          effect: isOfIntune(document)
            ? `which of them reaches the device is documented nowhere; judged here is the last: ${givenText(counts.value)}`
            : `of them the last counts: ${givenText(counts.value)}`,
          hint: 'keep one of them',
          place: setting.namePlace,
        },
      ];
    });
  },
};

/** What nobody sees in a name, mostly brought along by copying: the account is looked up with it all the same. */
import type { ParsedSetting } from '../document.ts';
import { backupDirectoryOf } from '../effective.ts';
import { writtenText } from '../written.ts';
import { brokenCondition, takenSetting } from './facts.ts';
import type { Report, Rule } from './rule.ts';

/** Format characters (zero width, direction), separators other than the space, and the later control characters. */
const unseen = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]|(?! )\p{Zs}/u;
const everyUnseen = new RegExp(unseen.source, 'gu');

const words: Readonly<Record<string, string>> = {
  '\u00a0': 'a no-break space',
  '\u00ad': 'a soft hyphen',
  '\u200b': 'a zero-width space',
  '\u200c': 'a zero-width non-joiner',
  '\u200d': 'a zero-width joiner',
  '\ufeff': 'a byte order mark',
};

function characterWords(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const direction = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/.test(character);
  const known = words[character] ?? (direction ? 'a mark of writing direction' : undefined);
  return known === undefined ? code : `${known} (${code})`;
}

/** The name as a reader sees it. */
const seen = (name: string): string => name.replace(everyUnseen, (each) => (/\p{Zs}/u.test(each) ? ' ' : '')).trim();

export const invisibleCharacter: Rule = {
  id: 'LAPS061',
  name: 'invisible-character',
  severity: 'warning',
  summary: 'A name holds a character that nobody sees: zero width, a mark of writing direction, a no-break space.',
  hint: 'write the name anew by hand',
  documentation:
    'Names that are copied from a web page, a mail or a document bring along characters of no width, marks that turn the direction of writing, and spaces that are none. The account database takes them for part of the name: an account that looks the same is not found, and the difference shows in no console. The few scripts that need a joiner inside a word are no reason to have one in the name of an account. Accept this finding with the reason where the account itself has it.',
  roots: 'all',
  check(context) {
    const { format } = context.document;
    const report = (setting: ParsedSetting, value: string, effect: string): Report[] => {
      // Spaces at the ends, of whatever kind, are LAPS027's.
      const found = unseen.exec(value.trim())?.[0];
      if (found === undefined) return [];
      return [
        {
          setting: setting.name,
          message: `${setting.name} holds what nobody sees: ${characterWords(found)}`,
          effect,
          ...(seen(value) !== '' && { hint: `write ${writtenText(seen(value), format)}` }),
          place: setting.valuePlace,
        },
      ];
    };
    const names = context.names.flatMap(({ setting, value, automatic }) =>
      report(
        setting,
        value,
        automatic
          ? 'the device makes an account of that name, which nobody can type'
          : 'the device looks for an account that has it in its name too; one that only looks the same is not found (event 10013)',
      ),
    );
    const principal = takenSetting(context, 'ADPasswordEncryptionPrincipal');
    const isUsed =
      backupDirectoryOf(context.policy) === 'AD' &&
      brokenCondition(context, 'ADPasswordEncryptionPrincipal') === undefined;
    if (typeof principal?.value !== 'string' || !isUsed) return names;
    return [
      ...names,
      ...report(
        principal.setting,
        principal.value,
        'if the user or group is not called so in the domain, nothing is backed up (event 10035)',
      ),
    ];
  },
};

/** Fewer bits than the password's age deserves; strength.ts holds the figure and the reasoning. */
import { entropyBits } from '../../password/entropy.ts';
import type { PasswordSpec } from '../../password/spec.ts';
import { ageDaysOf, passwordSpecOf } from '../effective.ts';
import { knows, type OsBuild, osWords } from '../os.ts';
import { settingRows } from '../settings.ts';
import { anchorOf, bitsText, givenSetting, lengthText, specText, strongEnough } from './facts.ts';
import type { Rule } from './rule.ts';
import { neededBits, searchTimeText } from './strength.ts';

function hintFor(spec: PasswordSpec, bits: number, os: OsBuild): string {
  const longer = strongEnough(spec, bits);
  const parts = longer === undefined ? [] : [lengthText(longer)];
  if (spec.kind === 'password' && spec.complexity < 4) {
    const better = strongEnough(
      { ...spec, complexity: 4, length: settingRows.PasswordLength.default === 14 ? 14 : spec.length },
      bits,
    );
    if (better !== undefined) parts.push(`PasswordComplexity 4 with PasswordLength 14`);
  }
  if (spec.kind === 'passphrase' && spec.complexity !== 6 && knows(os, settingRows.PassphraseLength.since)) {
    const long = strongEnough({ ...spec, complexity: 6 }, bits);
    if (long !== undefined) parts.push(`PasswordComplexity 6 with ${lengthText(long)}`);
  }
  return `write ${parts.length > 0 ? parts.join(', or ') : `a password that lives shorter, ${osWords(os.text)}`}`;
}

export const weakPassword: Rule = {
  id: 'LAPS036',
  name: 'weak-password',
  severity: 'warning',
  summary: 'The password holds fewer bits of chance than its age deserves.',
  hint: 'make it longer, or let it live shorter',
  documentation:
    'Bits are counted as length times log2 of the alphabet or word list. What they are held to: one graphics card that has the NT hash of the account must not be able to try every candidate within PasswordAgeDays. At 300 thousand million tries a second, which a published hashcat benchmark shows for one consumer card of 2022 (RTX 4090, 288.5 GH/s on NT hashes), that is 54.5 + log2(days) bits: 57.3 for 7 days, 59.4 for 30, 63.0 for 365. Guessing at the sign-in is no measure: the default lockout leaves half a million tries a year, 19 bits. The default policy (complexity 4, 14 characters, 30 days) holds 89 bits; six words of any list satisfy 30 days. Whoever fears ten cards adds 3.3 bits, in a baseline of their own. A policy of legacy LAPS is held to the same; one that leaves the length out is not judged, for no source says which length it then has.',
  roots: 'all',
  check(context) {
    const { policy, os, root } = context;
    // A legacy policy that is off is told by that, and which length one without a length has no source says.
    if (root === 'Legacy' && !(policy.settings.PasswordLength.applies && givenSetting(context, 'PasswordLength')))
      return [];
    const given = (['PasswordLength', 'PassphraseLength', 'PasswordComplexity', 'PasswordAgeDays'] as const).map(
      (name) => givenSetting(context, name),
    );
    if (given.every((setting) => setting === undefined)) return [];
    const spec = passwordSpecOf(policy);
    const age = ageDaysOf(policy);
    const bits = entropyBits(spec);
    const needed = neededBits(age);
    if (bits >= needed) return [];
    const [length, words, complexity] = given;
    const blamed = (spec.kind === 'passphrase' ? words : length) ?? complexity;
    return [
      {
        ...(blamed !== undefined && { setting: blamed.name }),
        message: `${specText(spec)} hold ${bitsText(bits)}; ${age} ${age === 1 ? 'day deserves' : 'days deserve'} ${Math.ceil(needed)}`,
        effect: `who has the hash of the password tries every candidate in ${searchTimeText(bits)}, with one graphics card`,
        hint: hintFor(spec, needed, os),
        place: blamed?.valuePlace ?? anchorOf(context),
      },
    ];
  },
};

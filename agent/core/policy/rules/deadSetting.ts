/** One of the two lengths is always idle: which one is decided by the complexity, and Windows says nothing (spec 2.1). */
import { entropyBits } from '../../password/entropy.ts';
import type { PasswordSpec } from '../../password/spec.ts';
import { judgedDocument } from '../drafts.ts';
import { ageDaysOf, passwordSpecOf } from '../effective.ts';
import { policyAlone } from '../resolve.ts';
import type { SettingName } from '../settings.ts';
import { givenText } from '../values.ts';
import { bitsText, brokenCondition, effective, lengthText, originText, strongEnough, takenSetting } from './facts.ts';
import type { FileView, Report, Rule, RuleContext } from './rule.ts';
import { neededBits } from './strength.ts';

/** As strong as a good password: what a hint proposes. */
const goodBits = 70;

function complexityText(view: FileView): string {
  const { given, origin } = view.policy.settings.PasswordComplexity;
  const value = effective(view, 'PasswordComplexity');
  return origin === 'adjusted' && given !== undefined
    ? `complexity ${value}, which replaces ${givenText(given)},`
    : `complexity ${value}`;
}

/**
 * What differs where the editor of Group Policy wrote the file: its one policy for passwords holds both lengths and
 * always writes them (LAPS.admx of 24H2), so that nobody chose the idle one.
 */
function editorsOwn(
  view: FileView,
  used: SettingName,
  instead: string,
): (Pick<Report, 'severity' | 'hint'> & { readonly why: string }) | undefined {
  if (view.root !== 'GPO' || !view.given.has(used)) return undefined;
  return {
    severity: 'info',
    hint: `nothing need be done; ${instead}`,
    why: '; the Group Policy editor writes both lengths',
  };
}

/** Builds of the run that make a password of this very file: to them a passphrase's complexity is not known yet. */
function buildsWithPassword({ builds, os, root, document }: RuleContext): readonly string[] {
  if (builds.length < 2) return [];
  const others = builds.filter((build) => build !== os);
  return others
    .filter(
      (build) => passwordSpecOf(policyAlone(judgedDocument({ root, document }, build), build)).kind === 'password',
    )
    .map(({ text }) => text);
}

function lengthReport(view: RuleContext): Report[] {
  const taken = takenSetting(view, 'PasswordLength');
  if (taken === undefined || brokenCondition(view, 'PasswordLength') === undefined) return [];
  const older = buildsWithPassword(view);
  // Each of the two lengths has builds that use it: the policy says all that there is to say.
  if (older.length > 0 && takenSetting(view, 'PassphraseLength') !== undefined) return [];
  const spec = passwordSpecOf(view.policy);
  const better = strongEnough(spec, Math.max(goodBits, entropyBits(spec)));
  const readable = `PasswordComplexity 5 for a readable ${taken.value}-character password`;
  const words = better === undefined ? 'PassphraseLength' : lengthText(better);
  const alone =
    takenSetting(view, 'PassphraseLength') !== undefined
      ? `remove it, or write ${readable}`
      : `set ${words}, or ${readable}`;
  const hint = older.length > 0 ? `keep it for ${older.join(', ')}, and set ${words} beside it` : alone;
  const { why = '', ...editors } = editorsOwn(view, 'PassphraseLength', `or write ${readable}`) ?? {};
  return [
    {
      setting: 'PasswordLength',
      message: `PasswordLength is not used: ${complexityText(view)} makes a passphrase${why}`,
      effect: `the device draws PassphraseLength words instead: ${originText(view, 'PassphraseLength')}, ${bitsText(entropyBits(spec))}`,
      hint,
      ...editors,
      place: taken.setting.namePlace,
    },
  ];
}

function wordsReport(view: FileView): Report[] {
  const taken = takenSetting(view, 'PassphraseLength');
  if (taken === undefined || brokenCondition(view, 'PassphraseLength') === undefined) return [];
  const spec = passwordSpecOf(view.policy);
  const asGiven: PasswordSpec = { kind: 'passphrase', complexity: 6, words: Number(taken.value) };
  const needed = neededBits(ageDaysOf(view.policy));
  // What is proposed must not be the next finding.
  const longer = entropyBits(asGiven) < needed ? strongEnough(asGiven, needed) : undefined;
  const phrase =
    longer === undefined
      ? `PasswordComplexity 6 for a passphrase of ${taken.value} long words`
      : `PasswordComplexity 6 with ${lengthText(longer)} for a passphrase`;
  const { why = '', ...editors } = editorsOwn(view, 'PasswordLength', `or write ${phrase}`) ?? {};
  return [
    {
      setting: 'PassphraseLength',
      message: `PassphraseLength is not used: ${complexityText(view)} makes a password${why}`,
      effect: `the device draws PasswordLength characters instead: ${originText(view, 'PasswordLength')}, ${bitsText(entropyBits(spec))}`,
      hint: `remove it, or write ${phrase}`,
      ...editors,
      place: taken.setting.namePlace,
    },
  ];
}

export const deadSetting: Rule = {
  id: 'LAPS012',
  name: 'dead-setting',
  severity: 'warning',
  summary: 'PasswordLength beside a passphrase, or PassphraseLength beside a password: one of the two is not used.',
  hint: 'keep the length that belongs to the complexity',
  documentation:
    'PasswordComplexity 1 to 5 makes a password of PasswordLength characters, 6 to 8 a passphrase of PassphraseLength words. The other length is ignored in silence, and the one that counts is then often left at its default. Judged for several builds, a policy may need both: an older Windows does not know complexity 6 to 8, makes a password of complexity 4 and uses PasswordLength. A common mistake is to take complexity 8 for the strongest password; it is the passphrase of short words, and weaker by the word than complexity 6. The editor of Group Policy keeps complexity, age and both lengths in one policy and writes all of them; in Group Policy the idle length beside the other one is therefore no more than an info, and may stay.',
  roots: 'modern',
  check: (context) => [...lengthReport(context), ...wordsReport(context)],
};

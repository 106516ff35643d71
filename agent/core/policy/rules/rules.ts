/**
 * The table of rules. A new rule is one file and one row here; its golden pair goes to fixtures/policies/err.
 *
 * Promises: ids are kept for ever; LAPS004 (format-not-read) is retired, for every shape is read.
 * LAPS031 is left out: contract 7 prints it in an illustration, for dead-setting.
 */
import { accountNameEmpty } from './accountNameEmpty.ts';
import { accountNameIllegal } from './accountNameIllegal.ts';
import { accountNameTooLong } from './accountNameTooLong.ts';
import { accountNameWhileAutomatic } from './accountNameWhileAutomatic.ts';
import { actionsSwitchedOff } from './actionsSwitchedOff.ts';
import { adSettingWithEntra } from './adSettingWithEntra.ts';
import { ageBelowEntraMinimum } from './ageBelowEntraMinimum.ts';
import { automaticSettingWhileOff } from './automaticSettingWhileOff.ts';
import { backupDirectoryMissing } from './backupDirectoryMissing.ts';
import { backupDirectoryOff } from './backupDirectoryOff.ts';
import { builtInByName } from './builtInByName.ts';
import { deadSetting } from './deadSetting.ts';
import { delayWithoutAction } from './delayWithoutAction.ts';
import { differentAccounts } from './differentAccounts.ts';
import { directoryUnreachable } from './directoryUnreachable.ts';
import { dsrmWithoutEncryption } from './dsrmWithoutEncryption.ts';
import { duplicateSetting } from './duplicateSetting.ts';
import { encryptionOff } from './encryptionOff.ts';
import { exceptionNotUnderstood } from './exceptionNotUnderstood.ts';
import { exceptionUnused } from './exceptionUnused.ts';
import { exceptionWithoutReason } from './exceptionWithoutReason.ts';
import { expandableText } from './expandableText.ts';
import { gpoOnEntraOnly } from './gpoOnEntraOnly.ts';
import { historyWithoutEncryption } from './historyWithoutEncryption.ts';
import { intuneTwoAges } from './intuneTwoAges.ts';
import { intuneWrongParent } from './intuneWrongParent.ts';
import { invisibleCharacter } from './invisibleCharacter.ts';
import { legacyComplexity } from './legacyComplexity.ts';
import { legacyNotEnabled } from './legacyNotEnabled.ts';
import { legacySwitchIgnored } from './legacySwitchIgnored.ts';
import { linksOff } from './linksOff.ts';
import { mixedRoots } from './mixedRoots.ts';
import { neverRead } from './neverRead.ts';
import { newerThanOs } from './newerThanOs.ts';
import { notInThisRoot } from './notInThisRoot.ts';
import { notLinked } from './notLinked.ts';
import { osWithoutLaps } from './osWithoutLaps.ts';
import { policiesDiffer } from './policiesDiffer.ts';
import { prefixCut } from './prefixCut.ts';
import { principalUnmappable } from './principalUnmappable.ts';
import { restartAction } from './restartAction.ts';
import { rootContradictsItself } from './rootContradictsItself.ts';
import { rootDisablesRest } from './rootDisablesRest.ts';
import type { LateRule, Rule } from './rule.ts';
import { sentAsOtherKind } from './sentAsOtherKind.ts';
import { setsNothing } from './setsNothing.ts';
import { shadowedRoot } from './shadowedRoot.ts';
import { spacesAroundName } from './spacesAroundName.ts';
import { switchedOff } from './switchedOff.ts';
import { tooDeep } from './tooDeep.ts';
import { tooLarge } from './tooLarge.ts';
import { twoFilesForOneRoot } from './twoFilesForOneRoot.ts';
import { undoneSetting } from './undoneSetting.ts';
import { unknownSetting } from './unknownSetting.ts';
import { unreadable } from './unreadable.ts';
import { unusualRoot } from './unusualRoot.ts';
import { valueNotAllowed } from './valueNotAllowed.ts';
import { weakPassword } from './weakPassword.ts';
import { wrongType } from './wrongType.ts';

/** Those about exceptions. */
export const lateRules: readonly LateRule[] = [exceptionWithoutReason, exceptionUnused, exceptionNotUnderstood];

/** Every rule, in the order of the ids. */
export const rules: readonly Rule[] = [
  unreadable,
  tooLarge,
  tooDeep,
  mixedRoots,
  twoFilesForOneRoot,
  unknownSetting,
  duplicateSetting,
  wrongType,
  valueNotAllowed,
  newerThanOs,
  deadSetting,
  ageBelowEntraMinimum,
  notInThisRoot,
  directoryUnreachable,
  backupDirectoryMissing,
  backupDirectoryOff,
  adSettingWithEntra,
  actionsSwitchedOff,
  delayWithoutAction,
  restartAction,
  automaticSettingWhileOff,
  accountNameWhileAutomatic,
  accountNameEmpty,
  accountNameTooLong,
  accountNameIllegal,
  spacesAroundName,
  prefixCut,
  builtInByName,
  encryptionOff,
  principalUnmappable,
  historyWithoutEncryption,
  dsrmWithoutEncryption,
  legacyComplexity,
  weakPassword,
  shadowedRoot,
  rootDisablesRest,
  differentAccounts,
  legacyNotEnabled,
  legacySwitchIgnored,
  neverRead,
  unusualRoot,
  intuneWrongParent,
  intuneTwoAges,
  setsNothing,
  undoneSetting,
  gpoOnEntraOnly,
  policiesDiffer,
  rootContradictsItself,
  invisibleCharacter,
  expandableText,
  switchedOff,
  linksOff,
  notLinked,
  sentAsOtherKind,
  osWithoutLaps,
  ...lateRules,
];

/** A rule of a table by its id or its name, in any case; undefined when there is none. */
export function ruleNamed(table: readonly Rule[], word: string): Rule | undefined {
  return table.find((rule) => [rule.id, rule.name].some((each) => each.toLowerCase() === word.toLowerCase()));
}

/** A rule of the program's own, as {@link ruleNamed}. */
export const ruleOf = (word: string): Rule | undefined => ruleNamed(rules, word);

/**
 * What may be written for a setting in the file at hand: its root, its directory and every build of the run considered.
 *
 * Promises: whatever is proposed is no finding of its own. Must never: report; the rules about values do.
 */
import { knows } from '../os.ts';
import { allowedValues, choiceText, isSettingName, settingRows, type ValueRow } from '../settings.ts';
import type { RuleContext } from './rule.ts';

type Where = Pick<RuleContext, 'root' | 'builds' | 'policy'>;

/** Whether each build of the run knows what came with `since`. */
export const everyBuildKnows = ({ builds }: Where, since: string | undefined): boolean =>
  builds.every((build) => knows(build, since));

/** The least number that may be written: Entra ID has a floor of its own for one setting (spec 2.3). */
export function leastHere({ root, policy }: Where, name: string, row: ValueRow): number {
  const isEntra = root !== 'Legacy' && policy.settings.BackupDirectory.value === 1;
  const floor = isEntra && isSettingName(name) ? settingRows[name].entraMinimum : undefined;
  return floor ?? row.minimum ?? 0;
}

/** The values of a list that may be written. */
export const valuesHere = (where: Where, row: ValueRow): readonly number[] =>
  allowedValues(row, where.root)
    .filter(({ since }) => everyBuildKnows(where, since))
    .map(({ value }) => value);

/** Whether a number may be written. */
export function isAllowedHere(where: Where, name: string, row: ValueRow, value: number): boolean {
  if (row.type === 'boolean') return value === 0 || value === 1;
  if (row.values !== undefined) return valuesHere(where, row).includes(value);
  return row.type === 'integer' && value >= leastHere(where, name, row) && value <= (row.maximum ?? 0);
}

/** `8 to 64`, `1, 3, 5 or 11`: the numbers that may be written; empty for a text or a switch. */
export function numbersHere(where: Where, name: string, row: ValueRow): string {
  if (row.values !== undefined) return choiceText(valuesHere(where, row));
  return row.minimum === undefined ? '' : `${leastHere(where, name, row)} to ${row.maximum}`;
}

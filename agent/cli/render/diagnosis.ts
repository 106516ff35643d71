/**
 * What `laps doctor` found, for people: a line a check, then the finding and what to do.
 *
 * Promises: every text is cleaned for the terminal; the words say it all without colour.
 */
import { type CheckName, notReachedWords } from '../../core/diagnosis/check.ts';
import type { Diagnosis } from '../../core/diagnosis/diagnose.ts';
import { clean } from './display.ts';
import type { Palette } from './paint.ts';
import { table } from './table.ts';

const nameWords: Readonly<Record<CheckName, string>> = {
  data: 'data folder',
  configuration: 'configuration',
  daemon: 'daemon',
  identity: 'identity',
  policy: 'policy',
  account: 'account',
  signIns: 'sign-ins',
  rotation: 'rotation',
  proxy: 'proxy',
  name: 'host name',
  connection: 'connection',
  certificate: 'certificate',
  discovery: 'discovery',
  clock: 'clock',
  token: 'device token',
  switch: 'LAPS switch',
  backup: "tenant's backup",
  schedule: 'schedule',
};
const resultWords = { ok: 'ok', trouble: 'trouble', notReached: 'not reached' } as const;

/** All of it, in a width of `columns`. */
export function diagnosisText({ checks, finding, unasked }: Diagnosis, paint: Palette, columns: number): string {
  const rows = checks.map(({ name, result, text: seen }) => [
    resultWords[result],
    nameWords[name],
    result === 'notReached' && seen === notReachedWords ? '' : clean(seen),
  ]);
  const lines = table(rows, columns);
  if (finding?.trouble === undefined)
    return unasked === undefined
      ? `${lines}\n${paint.green('nothing stands in the way of a backup')}\n`
      : `${lines}\n${paint.green(`nothing is wrong, and no password is managed: ${clean(unasked)}`)}\nhint: laps explain shows what the policy in force asks of this device\n`;
  const { message, hint, code } = finding.trouble;
  const told = hint === null ? '' : `hint: ${clean(hint)}\n`;
  return `${lines}\n${paint.red('found:')} ${clean(message)} [${code}]\n${told}`;
}

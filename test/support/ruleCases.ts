/**
 * Cases of the rules as rows: a title, a policy, and the names of the rules that find something in it.
 *
 * Must never: look at wording; the goldens hold that.
 */
import assert from 'node:assert/strict';
import { rootRows } from '../../agent/core/policy/settings.ts';
import { lint, namesOfFindings } from './policies.ts';

export type Options = Parameters<typeof lint>[1];
export const names = (...given: Parameters<typeof lint>): string[] => namesOfFindings(lint(...given));
export const entra = { BackupDirectory: 1, PasswordLength: 14 };
export const ad = { BackupDirectory: 2 };
export const gpo = { root: 'GPO' } as const;
export const automatic = { BackupDirectory: 1, AutomaticAccountManagementEnabled: true };

export const block = (key: string, name: string, data: number): string =>
  `Computer\n${key.slice('HKLM\\'.length)}\n${name}\nDWORD:${data}\n\n`;
export const bothTemplates =
  block(rootRows.GPO.key, 'BackupDirectory', 2) + block(rootRows.Legacy.key, 'AdmPwdEnabled', 1);

/** What is found in a policy: `[what it shows, content, names of the rules, options]`. */
export type Case = readonly [string, unknown, readonly string[], Options?];

export function check(cases: readonly Case[]): void {
  for (const [title, content, expected, options] of cases)
    it(`${expected.length === 0 ? 'is silent about' : 'finds'} ${title}`, () => {
      assert.deepEqual(names(content, options), expected);
    });
}

/**
 * Accounts of a machine that is only a copy of this one's /etc, for tests of what changes them.
 *
 * Promises: each test has the accounts `managed` and `bystander`, and leaves neither behind. Must never: touch the accounts of
 * this machine.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinuxAccounts, type LinuxAccounts } from '../../agent/edge/accounts/linux.ts';
import type { Allowance } from '../../agent/edge/accounts/protection.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import type { Sandbox } from './linuxSandbox.ts';

const machineId = '01234567-89ab-cdef-0123-456789abcdef';
/** Of the SIDs that the machine's id makes. */
export const domain = `S-1-5-21-${0x01234567}-${0x89abcdef}-${0x01234567}`;
/** What the tests change and prove the accounts with. */
export const linuxTools = ['chpasswd', 'usermod', 'userdel', 'unix_chkpwd', 'perl', 'getent'];

/** To be called within `describeInSandbox`. */
export function linuxMachine(sandbox: () => Sandbox) {
  let root = '';
  let uid = 0;
  const opened: LinuxAccounts[] = [];
  const open = (
    wish: {
      allow?: Partial<Allowance>;
      callers?: number[];
      systemLockWaitMs?: number;
      before?: string[];
      data?: string;
    } = {},
  ) => {
    const accounts = createLinuxAccounts({
      data: wish.data ?? root,
      folder: join(root, 'accounts'),
      keys: createKeyRing({ folder: join(root, 'keys') }),
      clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
      machineId,
      allow: { root: false, system: false, own: false, ...wish.allow },
      callers: wish.callers ?? [],
      etc: sandbox().etc,
      locks: join(root, 'run', 'accounts'),
      within: [...sandbox().enter, ...(wish.before ?? [])],
      waits: { systemLockWaitMs: wish.systemLockWaitMs ?? 15_000 },
    });
    opened.push(accounts);
    return accounts;
  };
  const fieldOf = (name: string) => sandbox().lineOf('shadow', name)?.[1] ?? '';
  const chpasswd = (name: string, password: string) => sandbox().must(['chpasswd'], `${name}:${password}\n`);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-linux-'));
    for (const folder of ['accounts', 'keys']) await mkdir(join(root, folder), { mode: 0o700 });
    uid = await sandbox().addUser('managed');
    await sandbox().addUser('bystander');
  });
  afterEach(async () => {
    for (const accounts of opened.splice(0)) await accounts.guard(null);
    for (const name of ['managed', 'bystander', 'renamed', 'another'])
      if (sandbox().lineOf('passwd', name) !== undefined) await sandbox().must(['userdel', '--remove', name]);
    // A rename leaves the group of the first name behind.
    await sandbox().run(['groupdel', 'managed']);
    await rm(root, { recursive: true, force: true });
  });

  return { root: () => root, uid: () => uid, opened, open, fieldOf, chpasswd };
}

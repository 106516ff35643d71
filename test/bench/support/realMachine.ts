/**
 * Real Linux accounts for the crash harness, in a sandbox that this process already runs in.
 *
 * Knows: LAPS_ACCOUNTS, by which the harness and everything it starts are told. Promises: never works outside a mount
 * namespace of its own. Must never: touch an account it did not make there.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { keepOnlyClaims } from '../../../agent/edge/accounts/accountClaims.ts';
import { createAccountLocks } from '../../../agent/edge/accounts/accountLocks.ts';
import { isLockedField } from '../../../agent/edge/accounts/systemFiles.ts';
import { runWords } from '../../support/linuxSandbox.ts';
import { suLogin } from '../../support/suLogin.ts';

/** One real account, a lane's own. */
export interface RealAccount {
  readonly name: string;
  /** Waits until no program that an earlier process started is still changing an account. */
  quiet(): Promise<void>;
  /** Through PAM, by su on a terminal, from an unprivileged user. */
  logsIn(password: string): Promise<boolean>;
  setLocked(locked: boolean): Promise<void>;
  isLocked(): boolean;
  /** This data folder has the account no longer, as after `laps leave`: the next one may have it. */
  letGo(data: string): Promise<void>;
}

/** What commands and edges of this run are told of accounts. */
export function accountsEnv(): Readonly<Record<string, string>> {
  const { LAPS_ACCOUNTS } = process.env;
  return LAPS_ACCOUNTS === undefined ? {} : { LAPS_ACCOUNTS };
}

/** Throws unless this process sees another /etc than the machine's own. */
export function assertInSandbox(): void {
  const { LAPS_CRASH_OUTSIDE } = process.env;
  const isMounted = readFileSync('/proc/self/mountinfo', 'latin1').includes(' /etc ');
  if (!isMounted || LAPS_CRASH_OUTSIDE === undefined || readlinkSync('/proc/self/ns/mnt') === LAPS_CRASH_OUTSIDE)
    throw new Error('this is the machine itself: start it with npm run crash -- --accounts linux');
}

const visitor = 'crashvisitor';

async function must(words: readonly string[], stdin = ''): Promise<void> {
  const end = await runWords(words, stdin);
  if (end.status !== 0) throw new Error(`${words.join(' ')}: ${end.status} ${end.stdout}${end.stderr}`);
}

/** Whoever logs in to the others. */
export async function makeVisitor(): Promise<void> {
  assertInSandbox();
  await must(['useradd', '--create-home', visitor]);
}

/** Makes a lane's account. */
export async function makeRealAccount(name: string): Promise<RealAccount> {
  assertInSandbox();
  await must(['useradd', '--create-home', '--shell', '/bin/sh', name]);
  const locks = createAccountLocks({ folder: '/run/laps-agent/accounts', isOurs: async () => false });
  return {
    name,
    quiet: () => locks.settle(),
    async logsIn(password) {
      const end = await suLogin({ enter: [] }, { account: name, password, from: visitor });
      return end.status === 0;
    },
    setLocked: (locked) => must(['usermod', locked ? '--lock' : '--unlock', name]),
    isLocked() {
      const line = readFileSync('/etc/shadow', 'latin1')
        .split('\n')
        .find((each) => each.startsWith(`${name}:`));
      return isLockedField(line?.split(':')[1] ?? '');
    },
    letGo: (data) => keepOnlyClaims({ folder: '/etc/laps-agent/accounts', data }, []),
  };
}

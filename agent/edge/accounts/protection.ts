/**
 * Which real accounts are not to be touched by surprise (contract 6).
 *
 * Pure. Knows: root, the system's own accounts, and the account of whoever runs the command. Promises: each refusal says
 * what would allow it. Must never: decide by a name alone.
 */
import type { AccountExamination } from '../../core/ports.ts';
import { isLockedField, type SystemAccount } from './systemFiles.ts';

/** What the owner of the machine plainly allowed. */
export interface Allowance {
  readonly root: boolean;
  readonly system: boolean;
  readonly own: boolean;
}

export interface Surroundings {
  readonly all: readonly SystemAccount[];
  readonly firstOrdinaryUid: number;
  /** Uids of whoever runs this: behind sudo, and of the login session. */
  readonly callers: readonly number[];
  readonly allow: Allowance;
  /** Whether the password of a locked account can be proven here. */
  readonly provesLocked: boolean;
}

type Bar = NonNullable<AccountExamination['bar']>;
const nobody = 65_534;

const protectedBy = (problem: string, hint: string): Bar => ({ code: 'ERR_LAPS_ACCOUNT_PROTECTED', problem, hint });
const another = 'name another account in AdministratorAccountName';

/** By hand, and for a service, whose command line is not a person's. */
const allowing = (word: 'Root' | 'System' | 'Own'): string =>
  `${another}, or allow it plainly: sudo laps config set allow${word} yes; for laps run: --allow-${word.toLowerCase()}`;

/** Windows' built-in Administrator, which a policy without a name means, has no counterpart here. */
export const noName: Bar = protectedBy(
  'the policy names no account, and no real one stands for the built-in Administrator',
  'name a local account in AdministratorAccountName',
);

export function notLocal(name: string): Bar {
  return {
    code: 'ERR_LAPS_ACCOUNT_NOT_LOCAL',
    problem: `${name} comes from a directory service and has no password on this machine`,
    hint: `make a local account (useradd), and ${another}`,
  };
}

/** Why `account` must not be managed, or undefined. */
export function barOf({ passwd, shadow }: SystemAccount, around: Surroundings): Bar | undefined {
  const { name, uid, field } = passwd;
  const { allow } = around;
  if (uid === 0 && !allow.root) return protectedBy('it is root', allowing('Root'));
  if (uid !== 0 && (uid < around.firstOrdinaryUid || uid === nobody) && !allow.system)
    return protectedBy(
      uid === nobody
        ? `it is an account of the system (uid ${uid}, which stands for nobody)`
        : `it is an account of the system (uid ${uid}, ordinary ones begin at ${around.firstOrdinaryUid})`,
      allowing('System'),
    );
  if (uid !== 0 && around.callers.includes(uid) && !allow.own)
    return protectedBy('it is the account of whoever started this, who would be locked out of it', allowing('Own'));
  const twin = around.all.find((each) => each.passwd.uid === uid && each.passwd.name !== name);
  if (twin !== undefined)
    return protectedBy(
      `its uid ${uid} is also that of ${twin.passwd.name}`,
      `give each a uid of its own, or ${another}`,
    );
  if (field !== 'x' || shadow === undefined)
    return protectedBy('its password is not kept in /etc/shadow', 'move it there with pwconv');
  // It becomes a word of the system's programs and the beginning of a line.
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.@-]{0,63}\$?$/u.test(name))
    return protectedBy('its name has characters that the account tools may misread', another);
  if (isLockedField(shadow.field) && !around.provesLocked)
    return protectedBy(
      'it is locked, and without Perl nobody can prove a password of a locked account here',
      'unlock it, or install perl',
    );
  return undefined;
}

/**
 * What to do about a failure where its code alone tells it: one table for the cycle's answers and for `laps doctor`.
 */
import type { LapsErrorCode } from './errors.ts';
import type { Failure } from './rotation/journal.ts';

export const failureHints: Partial<Record<LapsErrorCode, string>> = {
  ERR_LAPS_TENANT_REFUSED:
    'an administrator checks that LAPS is switched on (Devices > Device settings) and that this device is enabled; the present password stays valid',
  ERR_LAPS_INTERRUPTED: 'nothing is lost: the next start, or laps process, goes on from here',
  ERR_LAPS_DEVICE_AUTH:
    'an administrator checks that the device is enabled and not deleted; after a deletion run: laps leave, then laps join',
  ERR_LAPS_NO_ACCEPTABLE_PASSWORD:
    "make PasswordLength and PasswordComplexity at least as strict as the machine's own password policy",
  ERR_LAPS_ACCOUNT_MISSING:
    'create the account, or name an existing one in AdministratorAccountName (spaces around the name count)',
  ERR_LAPS_THROTTLED_UNTIL:
    'run it again after that moment; a password that is due is rotated by the daemon without being asked',
};

const keeps = 'the previous password opens the account until then';
const goesOn = 'the previous password still opens the account; the new one is tried again at each cycle';
const lookAtSetting =
  '. On Linux see what becomes of a password that is set (chpasswd, and the modules of PAM in /etc/pam.d/chpasswd and what it includes)';
/** A module of PAM that refuses every password refuses the next one too. */
const lookAtPam =
  '. On Linux see what PAM asks first (/etc/pam.d/chpasswd and what it includes): a module that refuses everything refuses another password too';
const asItIs = `then run: laps process; the new password is set as it is, and ${keeps}`;
/** ERROR_CAN_NOT_COMPLETE: a change of the account was begun, and neither brought to its end nor taken back. */
export const halfDone = 0x800703eb;
/**
 * Of an account that refused, by what it answered: ERROR_SHARING_VIOLATION, ERROR_DISK_FULL, ERROR_TIMEOUT,
 * ERROR_ACCESS_DENIED. Another password would not help.
 */
const refusals: ReadonlyMap<number, string> = new Map([
  [0x80070020, `let the other program end (passwd, usermod, vipw), ${asItIs}`],
  [0x80070070, `mend that (free the disk, or free what is shut), ${asItIs}`],
  [0x800705b4, `see which module of PAM does not answer (/etc/pam.d/chpasswd and what it includes), ${asItIs}`],
  [0x80070005, `let root run it again (ls -l, and what else may forbid it), ${asItIs}`],
  [
    halfDone,
    'one of the passwords in the tenant opens the account, which one is not known: laps recover DEVICE --as-plain-text --include-history shows them; mend what is told, then run: laps process; it sets the new one again, and locks the account where it was locked',
  ],
]);

/** How to join, to the tenant that is configured where one is. */
export function joinHint(tenant: string | undefined): string {
  if (tenant === 'embedded') return 'run: laps run; it joins the embedded tenant';
  if (tenant !== undefined) return `run: laps join --tenant ${tenant} --user UPN`;
  return 'run: laps join --tenant URL --user UPN, or laps run for the embedded tenant';
}

/** What to do about an account that did not take a password which is backed up, short of sending another one. */
export function refusalHint({ code, hresult }: Pick<Failure, 'code' | 'hresult'>): string {
  return (code === 'ERR_LAPS_ACCOUNT_REFUSED' ? refusals.get(hresult) : undefined) ?? goesOn;
}

/** What to do about this failure, or null. `mayRedraw`: another password could be sent now; on hold it could not. */
export function hintOf(failure: Pick<Failure, 'code' | 'hresult'>, mayRedraw: boolean): string | null {
  const { code, hresult } = failure;
  if (code === 'ERR_LAPS_ACCOUNT_UNVERIFIED') return `${refusalHint(failure)}${lookAtSetting}`;
  if (code !== 'ERR_LAPS_ACCOUNT_REFUSED') return failureHints[code] ?? null;
  const isAboutPassword = !refusals.has(hresult);
  const pam = isAboutPassword ? lookAtPam : '';
  return `${refusalHint(failure)}${pam}${isAboutPassword && mayRedraw ? '. If it is this password that is refused, for another one run: laps reset --redraw' : ''}`;
}

/**
 * What is out of the ordinary about the managed account and its sign-ins, in words for a person.
 *
 * Knows: the tools of a Linux machine, whose accounts alone have such remarks. Promises: one sentence, with what to do.
 * Must never: call it a reason not to rotate; the password is kept fresh all the same.
 */
import type { AccountRemark } from './ports.ts';

/** What it means that sign-ins cannot be noticed. `problem`: why, and what helps, in words. */
export function unnoticedText(problem: string): string {
  return `sign-ins are missed, and no post-authentication action follows them: ${problem}`;
}

/** `name`: of the account as it is called now. */
export function remarkText(remark: AccountRemark, name: string): string {
  switch (remark.kind) {
    case 'locked':
      return `${name} is locked: nobody can sign in with its password; usermod --unlock ${name} opens it`;
    case 'expired':
      return `${name} has expired: nobody can sign in with its password; chage --expiredate -1 ${name} lets it in again`;
    case 'agedOut':
      return `the password of ${name} has aged out: nobody can sign in with it; chage --inactive -1 ${name} lets it in again, and laps reset gives it a fresh one (let PasswordAgeDays be less than chage's --maxdays)`;
    case 'mustChange':
      return `whoever signs in as ${name} is asked for a new password at once, and that one is not in the tenant: laps reset gives it one that needs no change (and let PasswordAgeDays be less than chage's --maxdays)`;
    case 'failLocked':
      return `${name} is locked after too many wrong passwords: the right one opens nothing until that has passed; faillock --user ${name} --reset opens it at once`;
    case 'firstEight':
      return `only the first eight characters of the password of ${name} count, for this machine hashes it by DES: let PAM's line for pam_unix.so (Debian: /etc/pam.d/common-password) and ENCRYPT_METHOD in /etc/login.defs say yescrypt or sha512, then run: laps reset`;
    case 'shellMissing':
      return `the shell of ${name} does not exist: its password opens no session; usermod --shell /bin/bash ${name} gives it another`;
    case 'noShell':
      return `${name} has no shell: its password opens no session; usermod --shell /bin/bash ${name} gives it one`;
    case 'renamed':
      return `"${remark.from}" is called ${name} now and is managed under that name; let AdministratorAccountName say so`;
    case 'idReused':
      return `the number of ${remark.from} belongs to ${remark.account.name} now, which is left alone`;
  }
}

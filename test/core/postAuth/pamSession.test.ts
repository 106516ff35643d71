/** Which sentences of the machine's records are a sign-in, and whose. */
import assert from 'node:assert/strict';
import { authenticatedBy, isAccount } from '../../../agent/core/postAuth/pamSession.ts';

const account = { uid: 1001, name: 'lapsadmin' };
const session = (service: string, user = 'lapsadmin(uid=1001)', by = 'alice(uid=1002)'): string =>
  `pam_unix(${service}:session): session opened for user ${user} by ${by}`;
const counts = (program: string, message: string): boolean => {
  const who = authenticatedBy(program, message);
  return who !== undefined && isAccount(who, account);
};

describe('a sentence of the records', () => {
  for (const [program, message] of [
    ['su', session('su')],
    ['su', session('su-l')],
    ['su', session('su-l', 'lapsadmin(uid=1001)', '(uid=1002)')],
    ['sshd', session('sshd', undefined, '(uid=0)')],
    ['sshd-session', session('sshd', undefined, 'root(uid=0)')],
    ['login', session('login', undefined, 'LOGIN(uid=0)')],
    ['gdm-password]', session('gdm-password', undefined, '(uid=0)')],
    ['cockpit-session', session('cockpit', undefined, '(uid=0)')],
    ['sshd', session('sshd', 'lapsadmin', '(uid=0)')],
    ['sudo', session('sudo', 'root(uid=0)', 'lapsadmin(uid=1001)')],
    ['sudo', session('sudo-i', 'root(uid=0)', '(uid=1001)')],
    ['polkitd', session('polkit-1', 'root(uid=0)', 'lapsadmin(uid=1001)')],
    // Renamed since, and the record knows the number.
    ['sshd', session('sshd', 'oldname(uid=1001)', '(uid=0)')],
  ] as const)
    it(`is a sign-in: ${program}: ${message}`, () => assert.equal(counts(program, message), true));

  for (const [why, program, message] of [
    ['another account', 'sshd', session('sshd', 'alice(uid=1002)')],
    ['another account that once had the name', 'sshd', session('sshd', 'lapsadmin(uid=1005)')],
    ['somebody becomes the account with their own password', 'sudo', session('sudo', 'lapsadmin(uid=1001)')],
    ['root needs no password to become the account', 'su', session('su', undefined, 'root(uid=0)')],
    ['a scheduled job', 'CRON', session('cron', undefined, '(uid=0)')],
    ['a scheduled job', 'crond', session('crond', undefined, '(uid=0)')],
    ["the account's own services", '(systemd)', session('systemd-user', undefined, '(uid=0)')],
    ['root runs something', 'runuser', session('runuser', undefined, '(uid=0)')],
    ['the end of a session', 'su', 'pam_unix(su:session): session closed for user lapsadmin'],
    [
      'a failure',
      'su',
      'pam_unix(su:auth): authentication failure; logname= uid=1002 euid=0 tty=pts/0 ruser=alice rhost=  user=lapsadmin',
    ],
    ['a failed verification', 'unix_chkpwd', 'password check failed for user (lapsadmin)'],
    ['a changed password', 'chpasswd', 'pam_unix(chpasswd:chauthtok): password changed for lapsadmin'],
    ['a quoted sentence', 'sshd', `Invalid user ${session('sshd')} from 192.0.2.7 port 4711`],
    ['a sentence with more behind it', 'sshd', `${session('sshd')} from 192.0.2.7`],
    ['a sentence in two lines', 'sshd', `x\n${session('sshd')}`],
    ["sshd's word from another mouth", 'logger', session('sshd')],
    ["su's word from another mouth", 'sudo', session('su')],
    ['a number that is none', 'sshd', session('sshd', 'lapsadmin(uid=0x3e9)')],
    ['nothing', '', ''],
  ] as const)
    it(`is none: ${why}`, () => assert.equal(counts(program, message), false));

  it('gives out a name or a number and nothing else', () => {
    assert.deepEqual(authenticatedBy('su', session('su')), { uid: 1001, name: 'lapsadmin' });
  });
});

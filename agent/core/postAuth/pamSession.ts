/**
 * What a line of the machine's own records says about a sign-in.
 *
 * Knows: the sentence with which pam_unix tells of an opened session, and whose password each service asks for. Promises:
 * only a sentence that stands whole and alone counts, never one quoted within another; what is not one of these is no
 * sign-in. Must never: give text of a record on; a uid or a name to compare with is all that comes out.
 *
 * - login, sshd, a desktop and every service not named here authenticate whom the session is opened for.
 * - su asks for the password of whom it becomes; root's own su asks for none and counts for nothing.
 * - sudo, doas and polkit ask for the password of whoever calls them, not of whom they become.
 * - cron, at and the manager of user services open sessions for nobody who signs in.
 */

/** Who authenticated: by number where the record has it, else by name. */
export interface Authenticated {
  readonly uid: number | undefined;
  readonly name: string;
}

const opened =
  /^pam_unix\(([\w.@-]{1,64}):session\): session opened for user ([^\s()]{1,64})(?:\(uid=(\d{1,10})\))? by ([^\s()]{0,64})\(uid=(\d{1,10})\)$/;

const byCaller = new Set(['sudo', 'sudo-i', 'doas', 'polkit-1']);
const becoming = new Set(['su', 'su-l']);
const nobody = new Set([
  'cron',
  'crond',
  'atd',
  'anacron',
  'systemd-user',
  'runuser',
  'runuser-l',
  'run0',
  'systemd-run0',
]);

/** Which program speaks for a service, where that is known: another one's word is not believed. */
const speakers: Readonly<Record<string, readonly string[]>> = {
  sshd: ['sshd', 'sshd-session', 'sshd-auth'],
  login: ['login'],
  su: ['su'],
  'su-l': ['su'],
  sudo: ['sudo'],
  'sudo-i': ['sudo'],
  doas: ['doas'],
};

/** Who authenticated, by what `program` said; undefined when that is no sign-in. */
export function authenticatedBy(program: string, message: string): Authenticated | undefined {
  const [whole, service = '', name = '', uid, caller = '', callerUid] = opened.exec(message) ?? [];
  if (whole === undefined || nobody.has(service)) return undefined;
  const lawful = Object.hasOwn(speakers, service) ? speakers[service] : undefined;
  if (lawful !== undefined && !lawful.includes(program)) return undefined;
  if (byCaller.has(service)) return { uid: Number(callerUid), name: caller };
  if (becoming.has(service) && Number(callerUid) === 0) return undefined;
  return { uid: uid === undefined ? undefined : Number(uid), name };
}

/** Whether that is the account with this number and name. */
export function isAccount(who: Authenticated, account: { readonly uid: number; readonly name: string }): boolean {
  return who.uid === undefined ? who.name === account.name : who.uid === account.uid;
}

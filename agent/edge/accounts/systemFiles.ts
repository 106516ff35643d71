/**
 * What a Linux machine says of its accounts in files: passwd, shadow, login.defs.
 *
 * Knows: their lines, passwd(5), shadow(5), login.defs(5). Promises: a line that cannot be read is passed over, never
 * guessed at; of two with one name the first counts, as for the system; files that cannot be whole are a failure of the disk and
 * no verdict on an account. Must never: write, or tell a password field on.
 */
import { join } from 'node:path';
import { LapsError } from '../../core/errors.ts';
import { msPerDay } from '../../core/time.ts';
import { codeOf, diskError } from '../diskError.ts';
import { readPlainText } from '../plainFile.ts';
import { accountsShut, shutToUs } from './rootPowers.ts';

export interface PasswdLine {
  readonly name: string;
  /** `x`: it is in shadow. */
  readonly field: string;
  readonly uid: number;
  readonly shell: string;
}

export interface ShadowLine {
  readonly name: string;
  /** As it stands there: a hash, `!` before a hash (locked), `!` or `*` (no password opens it), or nothing. */
  readonly field: string;
  /** Days since 1970 from which on the account has expired; undefined: never. */
  readonly expiresOnDay: number | undefined;
  /** Days since 1970 from which on its password is too old to sign in with, even to change it; undefined: never. */
  readonly agesOutOnDay: number | undefined;
  /** Days since 1970 from which on whoever signs in has to change it; undefined: never. */
  readonly changeFromDay: number | undefined;
}

/** Both lines of one account. */
export interface SystemAccount {
  readonly passwd: PasswdLine;
  /** Undefined when shadow has none: its password is kept elsewhere. */
  readonly shadow: ShadowLine | undefined;
}

const wholeNumber = /^\d{1,10}$/;
/** The number that means "no user" to the kernel. */
const noUid = 0xffffffff;

/** `lines` of passwd(5); NIS marks (`+`, `-`), remarks and lines cut short are not accounts. */
export function parsePasswd(text: string): PasswdLine[] {
  return text.split('\n').flatMap((line) => {
    const parts = line.split(':');
    const [name = '', field = '', uid = '', , , , shell = ''] = parts;
    if (parts.length !== 7 || name === '' || /^[#+]/.test(name)) return [];
    if (!wholeNumber.test(uid) || Number(uid) >= noUid) return [];
    return [{ name, field, uid: Number(uid), shell }];
  });
}

function dayIn(text = ''): number | undefined {
  return wholeNumber.test(text) ? Number(text) : undefined;
}

/** `lines` of shadow(5). */
export function parseShadow(text: string): ShadowLine[] {
  return text.split('\n').flatMap((line) => {
    const parts = line.split(':');
    const [name = '', field = ''] = parts;
    if (parts.length < 2 || name === '' || /^[#+]/.test(name)) return [];
    const [changed, most, inactive, expires] = [2, 4, 6, 7].map((at) => dayIn(parts[at]));
    // Changed on day 0: a new one is asked for at the next sign-in, and until then it is not too old.
    const ages = changed !== undefined && changed > 0 && most !== undefined && inactive !== undefined;
    const agesOutOnDay = ages ? changed + most + inactive + 1 : undefined;
    const lasts = changed === undefined || most === undefined ? undefined : changed + most + 1;
    return [{ name, field, expiresOnDay: expires, agesOutOnDay, changeFromDay: changed === 0 ? 0 : lasts }];
  });
}

/** A whole number of login.defs(5), or `otherwise`. */
export function loginDefsNumber(text: string, key: string, otherwise: number): number {
  let found = otherwise;
  // The last one counts, as for the tools that read it.
  for (const line of text.split('\n')) {
    const [word, value = ''] = line.trim().split(/\s+/);
    if (word === key && wholeNumber.test(value)) found = Number(value);
  }
  return found;
}

/** The hash without the marks of a lock; empty when there is none, so that no password opens the account. */
export function hashOf(field: string): string {
  const bare = field.replace(/^!+/, '');
  return bare === '*' ? '' : bare;
}

/** Whether a password was taken out of use and can be put back into use: `!` before a hash. `!` alone never had one. */
export function isLockedField(field: string): boolean {
  return field.startsWith('!') && hashOf(field) !== '';
}

export function isExpired({ expiresOnDay }: ShadowLine, now: number): boolean {
  return expiresOnDay !== undefined && now >= expiresOnDay * msPerDay;
}

/** Whether the password was not changed for so long that the system lets nobody in with it. */
export function isAgedOut({ agesOutOnDay }: ShadowLine, now: number): boolean {
  return agesOutOnDay !== undefined && now >= agesOutOnDay * msPerDay;
}

/** Whether whoever signs in with the right password has to give a new one. */
export function mustBeChanged({ changeFromDay }: ShadowLine, now: number): boolean {
  return changeFromDay !== undefined && now >= changeFromDay * msPerDay;
}

/** Whether it was hashed by the oldest crypt(3), which leaves out whatever comes after the eighth character. */
export function isOfFirstEight(field: string): boolean {
  return /^[./0-9A-Za-z]{13}$/.test(hashOf(field));
}

/** Whether the shell lets nobody in. None named means /bin/sh. */
export function isWithoutShell(shell: string): boolean {
  return /\/(nologin|false|true|sync|halt|shutdown)$/.test(shell);
}

export interface SystemFiles {
  accounts(): Promise<readonly SystemAccount[]>;
  /** The first uid of ordinary accounts (UID_MIN). */
  firstOrdinaryUid(): Promise<number>;
  /** A text file below the folder, by its name there; undefined when it is not there. */
  read(name: string): Promise<string | undefined>;
  readonly shadowPath: string;
}

/** What is not there now may be there again in a moment, and what hangs on an account must not be given up for it. */
function notWhole(path: string, problem: string): LapsError {
  return new LapsError('ERR_LAPS_DISK', {
    message: `${path} is not whole: ${problem}`,
    hint: 'put it right (pwck shows what is wrong, vipw opens it), or restore it from its copy beside it',
  });
}

/** The files in `etc`. Each answer is fresh. Throws ERR_LAPS_ACCOUNTS_SHUT, ERR_LAPS_PERMISSION, ERR_LAPS_DISK. */
export function createSystemFiles(deps: { readonly etc: string }): SystemFiles {
  const { etc } = deps;
  async function read(name: string): Promise<string | undefined> {
    const path = join(etc, name);
    try {
      return await readPlainText(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
      const shut = codeOf(error) === 'EACCES' ? await shutToUs(path) : undefined;
      throw shut === undefined ? diskError(error, path, 'read') : accountsShut(path, shut);
    }
  }
  return {
    read,
    shadowPath: join(etc, 'shadow'),
    async accounts() {
      const [passwd, shadow] = await Promise.all([read('passwd'), read('shadow')]);
      const lines = parsePasswd(passwd ?? '');
      if (!lines.some(({ uid }) => uid === 0)) throw notWhole(join(etc, 'passwd'), 'it names no root');
      const shadows = new Map<string, ShadowLine>();
      for (const line of parseShadow(shadow ?? '')) if (!shadows.has(line.name)) shadows.set(line.name, line);
      if (shadows.size === 0 && lines.some(({ field }) => field === 'x'))
        throw notWhole(join(etc, 'shadow'), 'it has no line, and passwd says that the passwords are there');
      const names = new Set<string>();
      return lines.flatMap((line) => {
        if (names.has(line.name)) return [];
        names.add(line.name);
        return [{ passwd: line, shadow: shadows.get(line.name) }];
      });
    },
    async firstOrdinaryUid() {
      return loginDefsNumber((await read('login.defs')) ?? '', 'UID_MIN', 1000);
    },
  };
}

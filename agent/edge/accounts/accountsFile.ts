/**
 * The simulated machine's accounts as a file (issue part 4).
 *
 * Knows: the file's form. Promises: what does not have it is told as damage, with a hint, and never replaced by a fresh
 * file: that would be another machine. Must never: hold a password.
 */
import { randomBytes } from 'node:crypto';
import { LapsError } from '../../core/errors.ts';
import {
  accountName,
  base64,
  flag,
  instant,
  listOf,
  Misfit,
  matching,
  object,
  oneOf,
  orNull,
  type Reader,
  sid,
  wholeNumber,
} from '../../core/strictReader.ts';
import { defaultMachinePolicy, type MachinePolicy } from './machinePolicy.ts';
import { maxCost, type Verifier } from './verifier.ts';

/** One account, as kept. */
export interface StoredAccount {
  readonly rid: number;
  readonly name: string;
  readonly enabled: boolean;
  /** Epoch ms it was locked; null when it is not. */
  readonly lockedAt: number | null;
  /** Null: no password opens it. */
  readonly verifier: Verifier | null;
  readonly passwordLastSetAt: number | null;
  readonly lastSignInAt: number | null;
  readonly badPasswordCount: number;
}

export interface AccountsFile {
  readonly version: 1;
  /** `S-1-5-21-a-b-c`, drawn once for this machine. */
  readonly domainSid: string;
  readonly policy: MachinePolicy;
  /** SID of the account whose password only LAPS may change; null: none. */
  readonly guarded: string | null;
  /** RID of the next account made; never used twice, as in Windows. */
  readonly nextRid: number;
  readonly accounts: readonly StoredAccount[];
}

/** Bytes an accounts file may have. */
export const maxAccountsBytes = 1_048_576;

const powerOfTwo: Reader<number> = (value, path) => {
  const number = wholeNumber(2, maxCost)(value, path);
  if (Number.isInteger(Math.log2(number))) return number;
  throw new Misfit(`${path} is no power of two`);
};

const verifier: Reader<Verifier> = object({
  N: powerOfTwo,
  r: wholeNumber(1, 16),
  p: wholeNumber(1, 4),
  salt: base64(16, 64),
  hash: base64(44, 44),
});

const account: Reader<StoredAccount> = object({
  rid: wholeNumber(500, 0x3fffffff),
  name: accountName,
  enabled: flag,
  lockedAt: orNull(instant),
  verifier: orNull(verifier),
  passwordLastSetAt: orNull(instant),
  lastSignInAt: orNull(instant),
  badPasswordCount: wholeNumber(0, 1_000_000),
});

const file: Reader<AccountsFile> = object({
  version: oneOf([1]),
  domainSid: matching(/^S-1-5-21(-\d{1,10}){3}$/, 'domain SID'),
  policy: object({
    minimumLength: wholeNumber(0, 128),
    complexity: flag,
    lockoutThreshold: wholeNumber(0, 999),
    lockoutMinutes: wholeNumber(1, 99_999),
  }),
  guarded: orNull(sid),
  nextRid: wholeNumber(1000, 0x3fffffff),
  accounts: listOf(account, 1000),
});

/** Two names that Windows takes for one. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function damaged(path: string, problem: string): LapsError {
  return new LapsError('ERR_LAPS_DATA_DAMAGED', {
    message: `the simulated accounts in ${path} cannot be read: ${problem}`,
    hint: 'restore the file from a copy; or run: laps repair, which puts it aside, starts a new machine and sets a fresh password',
  });
}

/** Reads a file's bytes. Throws ERR_LAPS_DATA_DAMAGED, whose message names the member and never quotes it. */
export function parseAccounts(bytes: Uint8Array, path: string): AccountsFile {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged(path, 'it is no JSON text');
  }
  try {
    const read = file(value, 'accounts');
    if (new Set(read.accounts.map((each) => each.rid)).size < read.accounts.length) {
      throw new Misfit('two accounts have one RID');
    }
    if (new Set(read.accounts.map((each) => each.name.toLowerCase())).size < read.accounts.length) {
      throw new Misfit('two accounts have one name');
    }
    if (read.accounts.some((each) => each.rid >= read.nextRid))
      throw new Misfit('an account has a RID yet to be given');
    return read;
  } catch (error) {
    throw error instanceof Misfit ? damaged(path, error.message) : error;
  }
}

/** Readable, for its policy is there to be edited. */
export function printAccounts(accounts: AccountsFile): Uint8Array {
  return Buffer.from(`${JSON.stringify(accounts, undefined, 2)}\n`);
}

/** A new machine: built-in Administrator and Guest, both disabled, and `lapsadmin`; nothing opens any of them yet. */
export function newMachine(): AccountsFile {
  const part = () => randomBytes(4).readUInt32BE();
  const unset = { lockedAt: null, verifier: null, passwordLastSetAt: null, lastSignInAt: null, badPasswordCount: 0 };
  return {
    version: 1,
    domainSid: `S-1-5-21-${part()}-${part()}-${part()}`,
    policy: defaultMachinePolicy,
    guarded: null,
    nextRid: 1002,
    accounts: [
      { rid: 500, name: 'Administrator', enabled: false, ...unset },
      { rid: 501, name: 'Guest', enabled: false, ...unset },
      { rid: 1001, name: 'lapsadmin', enabled: true, ...unset },
    ],
  };
}

/**
 * The simulated machine's local accounts (issue part 4): an AccountDb for LAPS, a door for people, one file.
 *
 * Knows: who has which account, and who asks: LAPS itself (`set`), a person signing in, or somebody else who wants to
 * change a password. Promises: every change is durable when it returns and made under a lock of its own, so a sign-in and
 * a rotation never undo one another. Must never: keep or return a password, or count a verification as a sign-in.
 */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { LapsError } from '../../core/errors.ts';
import type { Account, AccountDb, Clock, PasswordSnapshot, SetOutcome } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { createDurableFile, type FileSystem, nodeFileSystem } from '../durableFile.ts';
import { createFileLock } from '../instanceLock.ts';
import type { KeyRing } from '../keyRing.ts';
import {
  type AccountsFile,
  maxAccountsBytes,
  newMachine,
  parseAccounts,
  printAccounts,
  type StoredAccount,
  sameName,
} from './accountsFile.ts';
import { objectionOf } from './machinePolicy.ts';
import { defaultCost, makeVerifier, type Verifier, verifies } from './verifier.ts';

/** What a person at the machine is told; an unknown name and a wrong password look the same. */
export type SignInOutcome =
  | { readonly kind: 'signedIn'; readonly account: Account }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'locked' };

/** What somebody other than LAPS is told who wants to change a password. */
export type ChangeOutcome =
  | { readonly kind: 'changed' }
  /** ERROR_POLICY_CONTROLLED_ACCOUNT; the caller logs 10031 (spec 4.10). */
  | { readonly kind: 'controlled'; readonly account: Account; readonly hresult: 0x800721ce }
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'unknown' };

/** For people and tests: what they can see and do on the machine. */
export interface MachineAccounts {
  /** Makes the machine when there is none yet; removes what a killed writer left. Called once at start. */
  ensure(): Promise<void>;
  /** Whether there is a file of them, whatever is in it. A look only. */
  isMade(): Promise<boolean>;
  /** Puts accounts that cannot be read aside (laps repair); their new name, or undefined when nothing is wrong. */
  putAside(): Promise<string | undefined>;
  list(): Promise<readonly Account[]>;
  signIn(request: { readonly name: string; readonly secret: Secret }): Promise<SignInOutcome>;
  /** Epoch ms of the account's last sign-in; null when nobody ever did, or there is no such account. */
  lastSignInAt(sid: string): Promise<number | null>;
  /** By something other than LAPS; there is no old password to be known, as for an administrator. */
  changePassword(request: { readonly name: string; readonly secret: Secret }): Promise<ChangeOutcome>;
  /** Throws ERR_LAPS_USAGE when the name is taken. */
  create(request: { readonly name: string; readonly enabled: boolean }): Promise<Account>;
  rename(sid: string, name: string): Promise<void>;
  remove(sid: string): Promise<void>;
  setEnabled(sid: string, enabled: boolean): Promise<void>;
  setLocked(sid: string, locked: boolean): Promise<void>;
}

/** ERROR_PASSWORD_RESTRICTION and ERROR_NO_SUCH_USER. */
const hresults = { restriction: 0x8007052d, noSuchUser: 0x80070525, controlled: 0x800721ce } as const;
const minuteMs = 60_000;
/** How long one waits for another's change: each takes milliseconds. */
const lockWaitMs = 15_000;

/** The accounts in `folder`, which must exist, mode 0700. `cost` is scrypt's, lowered by tests. */
export function createSimulatedAccounts(deps: {
  readonly folder: string;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly fs?: FileSystem;
  readonly cost?: number;
}): AccountDb & MachineAccounts {
  const { folder, keys, clock, fs = nodeFileSystem, cost = defaultCost } = deps;
  const path = join(folder, 'accounts.json');
  const file = createDurableFile({ path, label: 'accounts', maxBytes: maxAccountsBytes, fs });
  const lock = createFileLock({
    path: join(folder, 'lock'),
    busy: () =>
      new LapsError('ERR_LAPS_INSTANCE_RUNNING', {
        message: 'another program keeps the simulated accounts locked',
        hint: 'try again when it has ended',
      }),
  });
  /** The real content of each snapshot given out. */
  const snapshots = new WeakMap<PasswordSnapshot, Verifier | null>();

  async function load(): Promise<AccountsFile> {
    const reading = await file.read();
    if (reading.kind === 'bytes') return parseAccounts(reading.bytes, path);
    throw new LapsError('ERR_LAPS_DATA_DAMAGED', {
      message: `the simulated accounts in ${path} ${reading.kind === 'absent' ? 'are gone' : 'cannot be read'}`,
      hint: 'restore the file from a copy; or run: laps repair, which starts a new machine and sets a fresh password',
    });
  }

  /** Read, change, write, all under the lock: two changers never work on one reading. */
  async function change<T>(edit: (now: AccountsFile) => readonly [T, AccountsFile?]): Promise<T> {
    const held = await lock.acquire({ waitMs: lockWaitMs });
    try {
      const [result, next] = edit(await load());
      if (next !== undefined) await file.write(printAccounts(next));
      return result;
    } finally {
      held.release();
    }
  }

  const sidOf = (all: AccountsFile, each: StoredAccount) => `${all.domainSid}-${each.rid}`;
  const isLocked = (all: AccountsFile, each: StoredAccount) =>
    each.lockedAt !== null && clock.now() < each.lockedAt + all.policy.lockoutMinutes * minuteMs;
  const viewOf = (all: AccountsFile, each: StoredAccount): Account => ({
    sid: sidOf(all, each),
    name: each.name,
    rid: each.rid,
    enabled: each.enabled,
    locked: isLocked(all, each),
  });
  const named = (all: AccountsFile, name: string) => all.accounts.find((each) => sameName(each.name, name));
  const withSid = (all: AccountsFile, sid: string) => all.accounts.find((each) => sidOf(all, each) === sid);
  const replace = (all: AccountsFile, rid: number, changes: Partial<StoredAccount>): AccountsFile => ({
    ...all,
    accounts: all.accounts.map((each) => (each.rid === rid ? { ...each, ...changes } : each)),
  });

  /** Edits one account; an account that is not there is told. */
  function edit(sid: string, changes: (all: AccountsFile) => Partial<StoredAccount>): Promise<void> {
    return change((all) => {
      const found = withSid(all, sid);
      if (found === undefined) {
        throw new LapsError('ERR_LAPS_ACCOUNT_MISSING', {
          message: `no account has the SID ${sid}`,
          hint: 'it was removed; laps status shows which account is managed',
        });
      }
      return [undefined, replace(all, found.rid, changes(all))];
    });
  }

  const nameTaken = (name: string) =>
    new LapsError('ERR_LAPS_USAGE', {
      message: `an account named ${name} exists already`,
      hint: 'choose another name',
    });

  const db: AccountDb = {
    async find(name) {
      const all = await load();
      const found = name === undefined ? all.accounts.find((each) => each.rid === 500) : named(all, name);
      return found === undefined ? undefined : viewOf(all, found);
    },
    examine: async (name) => ({ account: await db.find(name), bar: undefined, remarks: [] }),
    // A RID is given once, so there is no other account to be told from it.
    async bySid(sid) {
      const all = await load();
      const found = withSid(all, sid);
      return found === undefined ? undefined : viewOf(all, found);
    },
    // The accounts are this data folder's own, and its lock is held by whoever works here.
    claim: async () => ({ kind: 'held', from: undefined }),
    async writable() {
      try {
        await file.probe(printAccounts(await load()).length);
        return undefined;
      } catch (error) {
        if (error instanceof LapsError) return error.message;
        throw error;
      }
    },
    async accepts(sid, candidate) {
      const all = await load();
      const found = withSid(all, sid);
      return found !== undefined && objectionOf(all.policy, candidate.reveal(), found.name) === undefined;
    },
    async mark(sid) {
      const found = withSid(await load(), sid);
      if (found === undefined) return undefined;
      const key = await keys.ensureInstallationKey('mark');
      const { verifier } = found;
      const field = verifier === null ? [] : [verifier.N, verifier.r, verifier.p, verifier.salt, verifier.hash];
      const mark = createHmac('sha256', key).update(JSON.stringify([sid, ...field]));
      key.fill(0);
      return mark.digest('hex');
    },
    async snapshot(sid) {
      const found = withSid(await load(), sid);
      if (found === undefined) return undefined;
      const snapshot: PasswordSnapshot = { sid };
      snapshots.set(snapshot, found.verifier);
      return snapshot;
    },
    async set(sid, secret) {
      // Hashed before the lock is taken: others need not wait for it.
      const verifier = await makeVerifier(secret, cost);
      return change<SetOutcome>((all) => {
        const found = withSid(all, sid);
        if (found === undefined) {
          return [{ kind: 'refused', hresult: hresults.noSuchUser, problem: 'the account is not there' }];
        }
        const objection = objectionOf(all.policy, secret.reveal(), found.name);
        if (objection !== undefined) {
          return [{ kind: 'refused', hresult: hresults.restriction, problem: `the password ${objection}` }];
        }
        return [{ kind: 'set' }, replace(all, found.rid, { verifier, passwordLastSetAt: clock.now() })];
      });
    },
    async putBack(snapshot) {
      const verifier = snapshots.get(snapshot);
      if (verifier === undefined) throw new TypeError('this snapshot was not taken here');
      await edit(snapshot.sid, () => ({ verifier }));
    },
    // A set never unlocks here.
    relock: async () => {},
    // One file holds them all, so one sync serves every account.
    sync: () => file.sync(),
    async opens(sid, secret) {
      return verifies(withSid(await load(), sid)?.verifier ?? null, secret, cost);
    },
    guard: (sid) => change((all) => (all.guarded === sid ? [undefined] : [undefined, { ...all, guarded: sid }])),
  };

  /** Counts a wrong password, and locks when the policy says so. */
  function afterWrong(all: AccountsFile, rid: number, before: number): AccountsFile {
    const badPasswordCount = before + 1;
    const { lockoutThreshold } = all.policy;
    const locks = lockoutThreshold > 0 && badPasswordCount >= lockoutThreshold;
    return replace(all, rid, locks ? { badPasswordCount, lockedAt: clock.now() } : { badPasswordCount });
  }

  const machine: MachineAccounts = {
    async ensure() {
      const held = await lock.acquire({ waitMs: lockWaitMs });
      try {
        await file.sweep();
        if ((await file.read()).kind === 'absent') await file.write(printAccounts(newMachine()));
        else await load();
      } finally {
        held.release();
      }
    },
    isMade: async () => (await file.read()).kind !== 'absent',
    async putAside() {
      const held = await lock.acquire({ waitMs: lockWaitMs });
      try {
        if ((await file.read()).kind === 'absent') return undefined;
        await load();
        return undefined;
      } catch (error) {
        if (!(error instanceof LapsError) || error.code !== 'ERR_LAPS_DATA_DAMAGED') throw error;
        return await file.quarantine();
      } finally {
        held.release();
      }
    },
    async list() {
      const all = await load();
      return all.accounts.map((each) => viewOf(all, each));
    },
    async signIn({ name, secret }) {
      const before = await load();
      const asked = named(before, name);
      // Outside the lock, and for a name nobody has as well: neither time nor a queue tells who exists.
      const isRight = await verifies(asked?.verifier ?? null, secret, cost);
      return change<SignInOutcome>((all) => {
        const found = named(all, name);
        if (found === undefined) return [{ kind: 'wrong' }];
        if (isLocked(all, found)) return [{ kind: 'locked' }];
        // A lock that has run out takes its count with it.
        const count = found.lockedAt === null ? found.badPasswordCount : 0;
        const stillRight = isRight && found.rid === asked?.rid && found.verifier?.hash === asked.verifier?.hash;
        if (!stillRight) return [{ kind: 'wrong' }, afterWrong(all, found.rid, count)];
        // Only who knows the password learns that the account is disabled.
        if (!found.enabled) return [{ kind: 'disabled' }];
        const next = replace(all, found.rid, { lastSignInAt: clock.now(), badPasswordCount: 0, lockedAt: null });
        return [{ kind: 'signedIn', account: viewOf(all, found) }, next];
      });
    },
    lastSignInAt: async (sid) => withSid(await load(), sid)?.lastSignInAt ?? null,
    async changePassword({ name, secret }) {
      const verifier = await makeVerifier(secret, cost);
      return change<ChangeOutcome>((all) => {
        const found = named(all, name);
        if (found === undefined) return [{ kind: 'unknown' }];
        const account = viewOf(all, found);
        if (all.guarded === account.sid) return [{ kind: 'controlled', account, hresult: hresults.controlled }];
        const objection = objectionOf(all.policy, secret.reveal(), found.name);
        if (objection !== undefined) return [{ kind: 'refused', problem: `the password ${objection}` }];
        return [{ kind: 'changed' }, replace(all, found.rid, { verifier, passwordLastSetAt: clock.now() })];
      });
    },
    create: ({ name, enabled }) =>
      change((all) => {
        if (named(all, name) !== undefined) throw nameTaken(name);
        const made: StoredAccount = {
          rid: all.nextRid,
          name,
          enabled,
          lockedAt: null,
          verifier: null,
          passwordLastSetAt: null,
          lastSignInAt: null,
          badPasswordCount: 0,
        };
        return [viewOf(all, made), { ...all, nextRid: all.nextRid + 1, accounts: [...all.accounts, made] }];
      }),
    rename: (sid, name) =>
      edit(sid, (all) => {
        const other = named(all, name);
        if (other !== undefined && sidOf(all, other) !== sid) throw nameTaken(name);
        return { name };
      }),
    remove: (sid) =>
      change((all) => [undefined, { ...all, accounts: all.accounts.filter((each) => sidOf(all, each) !== sid) }]),
    setEnabled: (sid, enabled) => edit(sid, () => ({ enabled })),
    setLocked: (sid, locked) => edit(sid, () => ({ lockedAt: locked ? clock.now() : null, badPasswordCount: 0 })),
  };
  return { ...db, ...machine };
}

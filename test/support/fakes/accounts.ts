/**
 * A machine's local accounts in memory.
 *
 * Knows: names, SIDs, and passwords in the clear, for it is the world and not the program. Promises: a mark changes with
 * every set, also of the same password, as a salted verifier does; a set keeps locked and enabled. Must never: be asked
 * by the program for anything that the port does not offer.
 */
import { createHash } from 'node:crypto';
import type { ClaimOutcome } from '../../../agent/core/accountClaim.ts';
import type {
  Account,
  AccountDb,
  AccountExamination,
  AccountRemark,
  PasswordSnapshot,
} from '../../../agent/core/ports.ts';
import type { Faults } from './faults.ts';

export interface StoredAccount extends Account {
  readonly password: string | null;
  /** Counts the sets: what a salt does to a verifier. */
  readonly salt: number;
}

export interface ModelMachine {
  readonly all: () => readonly StoredAccount[];
  named: (name: string) => StoredAccount | undefined;
  bySid(sid: string): StoredAccount | undefined;
  create(name: string, rid?: number): StoredAccount;
  remove(sid: string): void;
  /** An account that was removed is there again as it was, number and all. */
  bringBack(account: StoredAccount): void;
  change(sid: string, changes: Partial<StoredAccount>): void;
  /** Somebody sets a password behind our back; true when the guard did not forbid it. */
  setByAnother(sid: string, password: string, options?: { readonly force: boolean }): boolean;
  guarded: string | null;
  /** The machine's own password policy. */
  accepts: (password: string) => boolean;
  /** Why the database cannot be written now. */
  unwritable: string | undefined;
  /** What an examination finds beside the account. */
  remarks: readonly AccountRemark[];
  bar: AccountExamination['bar'];
  /** Who else has an account claimed, by SID. */
  readonly claimed: Map<string, string>;
  /** Data folders that have an account for good, by SID. */
  readonly keptFor: Map<string, string>;
  /** Where that is kept and others may write, until somebody claims. */
  openNotes: readonly string[];
  /** Why that is not believed. */
  unsafeNotes: string | undefined;
  /** Why what says so is not believed and is written anew by whoever claims. */
  damagedNote: string | undefined;
  /** A set takes a lock away and puts it back at its end, as on real machines; one that dies does not. */
  unlocksInSet: boolean;
}

const domain = 'S-1-5-21-1111111111-2222222222-3333333333';

export function createModelMachine(): ModelMachine {
  let accounts: StoredAccount[] = [];
  let nextRid = 1001;
  const machine: ModelMachine = {
    all: () => accounts,
    named: (name) => accounts.find((each) => each.name.toLowerCase() === name.toLowerCase()),
    bySid: (sid) => accounts.find((each) => each.sid === sid),
    create(name, rid = nextRid++) {
      const made = { sid: `${domain}-${rid}`, name, rid, enabled: true, locked: false, password: null, salt: 0 };
      accounts = [...accounts, made];
      return made;
    },
    remove(sid) {
      accounts = accounts.filter((each) => each.sid !== sid);
    },
    bringBack(account) {
      accounts = [...accounts, account];
    },
    change(sid, changes) {
      accounts = accounts.map((each) => (each.sid === sid ? { ...each, ...changes } : each));
    },
    setByAnother(sid, password, options = { force: true }) {
      if (machine.guarded === sid && !options.force) return false;
      const salt = (machine.bySid(sid)?.salt ?? 0) + 1;
      machine.change(sid, { password, salt });
      return true;
    },
    guarded: null,
    accepts: () => true,
    unwritable: undefined,
    remarks: [],
    bar: undefined,
    claimed: new Map(),
    keptFor: new Map(),
    openNotes: [],
    unsafeNotes: undefined,
    damagedNote: undefined,
    unlocksInSet: false,
  };
  return machine;
}

function viewOf(account: StoredAccount): Account {
  const { sid, name, rid, enabled, locked } = account;
  return { sid, name, rid, enabled, locked };
}

/** The port over the machine. */
export function createFakeAccounts(machine: ModelMachine, faults: Faults): AccountDb {
  const snapshots = new WeakMap<PasswordSnapshot, StoredAccount>();
  const around = <T>(call: string, effect: () => T): Promise<T> => faults.around(`accounts.${call}`, effect);
  const viewed = (account: StoredAccount | undefined): Account | undefined =>
    account === undefined ? undefined : viewOf(account);
  return {
    find: (name) =>
      around('find', () =>
        viewed(name === undefined ? machine.all().find((each) => each.rid === 500) : machine.named(name)),
      ),
    examine: (name) =>
      around('examine', () => ({
        account: viewed(name === undefined ? machine.all().find((each) => each.rid === 500) : machine.named(name)),
        bar: machine.bar,
        remarks: machine.remarks,
      })),
    claim: (sid, purpose) =>
      around('claim', (): ClaimOutcome => {
        const problem = machine.claimed.get(sid);
        if (problem !== undefined) return { kind: 'busy', problem };
        const data = machine.keptFor.get(sid);
        if (purpose === 'finish')
          return data === undefined ? { kind: 'held', from: undefined } : { kind: 'kept', data };
        if (machine.unsafeNotes !== undefined)
          return { kind: 'unsafe', problem: machine.unsafeNotes, hint: 'give it back to root' };
        const closed = machine.openNotes.length === 0 ? {} : { closed: machine.openNotes };
        machine.openNotes = [];
        if (machine.damagedNote !== undefined) {
          const disbelieved = { path: '/etc/laps-agent/accounts/1001.json', problem: machine.damagedNote };
          machine.damagedNote = undefined;
          return { kind: 'held', from: undefined, ...closed, disbelieved };
        }
        if (data === undefined) return { kind: 'held', from: undefined, ...closed };
        if (purpose === 'manage') return { kind: 'kept', data, ...closed };
        machine.keptFor.delete(sid);
        return { kind: 'held', from: { data, why: 'that was asked for' }, ...closed };
      }),
    relock: (sid) =>
      around('relock', () => {
        machine.change(sid, { locked: true });
      }),
    bySid: (sid) => around('bySid', () => viewed(machine.bySid(sid))),
    writable: () => around('writable', () => machine.unwritable),
    accepts: (sid, candidate) =>
      around('accepts', () => machine.bySid(sid) !== undefined && machine.accepts(candidate.reveal())),
    mark: (sid) =>
      around('mark', () => {
        const found = machine.bySid(sid);
        if (found === undefined) return undefined;
        return createHash('sha256')
          .update(JSON.stringify([sid, found.salt, found.password]))
          .digest('hex');
      }),
    snapshot: (sid) =>
      around('snapshot', () => {
        const found = machine.bySid(sid);
        if (found === undefined) return undefined;
        const snapshot: PasswordSnapshot = { sid };
        snapshots.set(snapshot, found);
        return snapshot;
      }),
    async set(sid, secret) {
      const before = machine.bySid(sid);
      if (before === undefined)
        return around('set', () => ({ kind: 'refused', hresult: 0x80070525, problem: 'the account is not there' }));
      const locked = machine.unlocksInSet ? false : before.locked;
      await around('set', () => machine.change(sid, { password: secret.reveal(), salt: before.salt + 1, locked }));
      machine.change(sid, { locked: before.locked });
      return { kind: 'set' };
    },
    putBack: (snapshot) =>
      around('putBack', () => {
        const before = snapshots.get(snapshot);
        if (before === undefined) throw new TypeError('this snapshot was not taken here');
        machine.change(snapshot.sid, { password: before.password, salt: before.salt });
      }),
    sync: () => around('sync', () => undefined),
    opens: (sid, secret) => around('opens', () => machine.bySid(sid)?.password === secret.reveal()),
    guard: (sid) =>
      around('guard', () => {
        machine.guarded = sid;
      }),
  };
}

/**
 * Sign-in records, sessions and the memory of post-authentication actions, in memory.
 *
 * Knows: who signed in when, who is logged in, which boot this is. Promises: a record is numbered, and a reading goes on
 * after its cursor, as the edges do; every call can die or fail, before or after its effect. Must never: tell one
 * account's sign-in to another, or end what was not asked for.
 */
import type {
  Ended,
  PostAuthReading,
  PostAuthStore,
  SessionControl,
  SignInRecords,
} from '../../../agent/core/ports.ts';
import type { PostAuthMemory, Whose } from '../../../agent/core/postAuth/memory.ts';
import type { ModelFile } from './durable.ts';
import type { Faults } from './faults.ts';

/** The machine's people and what they run. */
export interface ModelPeople {
  /** Every sign-in ever, in the order in which it was written down. */
  readonly records: { readonly at: number; readonly sid: string; readonly vouched: boolean }[];
  /** Sessions and background processes, by SID. */
  readonly sessions: Map<string, number>;
  readonly processes: Map<string, number>;
  /** What was done, in order: `warn`, `endSessions`, `endProcesses`, `restart`. */
  readonly deeds: string[];
  bootId: string;
  /** How everything stands; undefined: that cannot be told. */
  standing: string | undefined;
  unreadable: string | undefined;
  /** What is missed though the rest can be read. */
  missed: string | undefined;
  /** What a call of `endSessions` or `endProcesses` cannot end. */
  stubborn: string | undefined;
  /** HRESULT with which a restart fails. */
  restartFails: number | undefined;
  signIn(sid: string, at: number): void;
  /** Writes a record that any user can write. */
  forge(sid: string, at: number): void;
}

export function createModelPeople(): ModelPeople {
  const people: ModelPeople = {
    records: [],
    sessions: new Map(),
    processes: new Map(),
    deeds: [],
    bootId: 'boot-1',
    standing: undefined,
    unreadable: undefined,
    missed: undefined,
    stubborn: undefined,
    restartFails: undefined,
    signIn(sid, at) {
      people.records.push({ at, sid, vouched: true });
      people.sessions.set(sid, (people.sessions.get(sid) ?? 0) + 1);
    },
    forge: (sid, at) => void people.records.push({ at, sid, vouched: false }),
  };
  return people;
}

export function createFakeRecords(people: ModelPeople, faults: Faults): SignInRecords {
  return {
    read: ({ account, cursor, since }) =>
      faults.around('records.read', () => {
        if (people.unreadable !== undefined) return { kind: 'unreadable', problem: people.unreadable };
        const from = cursor === null ? 0 : Number(cursor);
        const fresh = people.records.slice(from).filter((each) => cursor !== null || each.at >= since);
        const signIns = fresh.filter((each) => each.sid === account.sid).map(({ at, vouched }) => ({ at, vouched }));
        const problem = people.missed === undefined ? {} : { problem: people.missed };
        return { kind: 'read', signIns, cursor: String(people.records.length), ...problem };
      }),
  };
}

export function createFakeSessions(people: ModelPeople, faults: Faults): SessionControl {
  const end = (of: Map<string, number>, { sid }: Whose): Ended => {
    if (people.stubborn !== undefined) return { count: 0, problem: people.stubborn };
    const count = of.get(sid) ?? 0;
    of.delete(sid);
    return { count, problem: null };
  };
  const deed = <T>(name: string, act: () => T): Promise<T> =>
    faults.around(`sessions.${name}`, () => {
      people.deeds.push(name);
      return act();
    });
  return {
    bootId: () => faults.around('sessions.bootId', () => people.bootId),
    isSignedIn: ({ sid }) => faults.around('sessions.isSignedIn', () => people.sessions.has(sid)),
    warn: ({ sid }) =>
      deed('warn', () => {
        const anyone = people.sessions.has(sid);
        return { terminals: people.sessions.get(sid) ?? 0, anyone, anything: anyone || people.processes.has(sid) };
      }),
    endSessions: (account) => deed('endSessions', () => end(people.sessions, account)),
    endProcesses: (account) => deed('endProcesses', () => end(people.processes, account)),
    restart: () =>
      deed('restart', () =>
        people.restartFails === undefined ? { kind: 'ordered' } : { kind: 'failed', hresult: people.restartFails },
      ),
  };
}

/** The memory on disk, for checks; undefined when absent or damaged. */
export function memoryOn(file: ModelFile): PostAuthMemory | undefined {
  // The parse boundary of a fake: it reads what it printed itself.
  return file.text?.startsWith('{') ? (JSON.parse(file.text) as PostAuthMemory) : undefined;
}

export function createFakePostAuthStore(file: ModelFile, faults: Faults): PostAuthStore {
  const reading = (): PostAuthReading => {
    if (file.text === undefined) return { kind: 'absent' };
    const memory = memoryOn(file);
    return memory === undefined
      ? { kind: 'damaged', problem: 'it is not JSON', quarantine: 'postAuth.json.damaged-1' }
      : { kind: 'memory', memory };
  };
  return {
    read: () =>
      faults.around('memory.read', () => {
        const told = reading();
        if (told.kind === 'damaged') file.text = undefined;
        return told;
      }),
    peek: async () => reading(),
    write: (memory) =>
      faults.around('memory.write', () => {
        file.text = JSON.stringify(memory);
        file.everWritten.push(file.text);
      }),
  };
}

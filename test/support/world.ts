/**
 * A device, its tenant and its bad luck, in memory: what the stories of rotation.md 7 are told in.
 *
 * Knows: the durable parts (journal, keys, state, accounts, policy, log, tenant), and one process at a time over them.
 * Promises: the properties of rotation.md 6 (worldClaims.ts) are checked after every single call of a port, before and
 * after every death. Must never: help the program: what it forgets to do stays undone.
 */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type {
  DeviceFacts,
  DeviceState,
  IdentityReading,
  JoinType,
  PolicyRootName,
  PostAuthStore,
} from '../../agent/core/ports.ts';
import type { ForeignChangeWish } from '../../agent/core/rotation/decision.ts';
import type { JournalRecord } from '../../agent/core/rotation/journal.ts';
import { msPerDay, msPerHour } from '../../agent/core/time.ts';
import { runCycle } from '../../agent/service/cycle.ts';
import type { CycleResult } from '../../agent/service/endings.ts';
import type { CycleRequest, Trigger } from '../../agent/service/request.ts';
import type { Ports } from '../../agent/service/run.ts';
import { type StatusReport, statusReport } from '../../agent/service/status.ts';
import { createFakeAccounts, createModelMachine, type ModelMachine, type StoredAccount } from './fakes/accounts.ts';
import {
  createFakeJournal,
  createFakePolicies,
  createFakeSeal,
  createFakeState,
  createModelFile,
  createModelKeys,
  type ModelFile,
  type ModelKeys,
  type ModelPolicies,
  type PeekedJournal,
  type PeekedState,
  recordOn,
  stateOn,
} from './fakes/durable.ts';
import { createFaults, type Faults, killed } from './fakes/faults.ts';
import { createFakeLog, createModelLog, type ModelLog } from './fakes/log.ts';
import { createFakePasswords, type ModelPasswords } from './fakes/passwords.ts';
import { createFakePostAuthStore } from './fakes/postAuth.ts';
import { createFakeClient, createModelTenant, historyDepth, type ModelTenant } from './fakes/tenant.ts';
import { type AccountFault, faultyAccounts } from './faultyAccounts.ts';
import { findSecrets } from './plantedSecret.ts';
import { budget, createClaims } from './worldClaims.ts';

/** 2026-11-23 08:00 UTC. */
export const beginAt = Date.UTC(2026, 10, 23, 8);
export const csp = {
  BackupDirectory: 1,
  AdministratorAccountName: 'lapsadmin',
  PasswordAgeDays: 30,
  PasswordComplexity: 4,
  PasswordLength: 14,
};

type LivePorts = Ports & {
  readonly journal: PeekedJournal;
  readonly state: PeekedState;
  readonly memory: PostAuthStore;
};
export type CycleWish = Partial<Pick<CycleRequest, 'acceptRisk' | 'redraw' | 'takeOver' | 'parked' | 'requestedAt'>>;

export interface World {
  now: number;
  readonly tenant: ModelTenant;
  readonly machine: ModelMachine;
  readonly journalFile: ModelFile;
  readonly stateFile: ModelFile;
  /** What is remembered of sign-ins. */
  readonly memoryFile: ModelFile;
  readonly keys: ModelKeys;
  readonly policies: ModelPolicies;
  readonly passwords: ModelPasswords;
  readonly log: ModelLog;
  /** Every result and every error that came out of a cycle, and every report. */
  readonly told: string[];
  readonly faults: Faults;
  identity: IdentityReading;
  onForeignChange: ForeignChangeWish;
  /** The one that is configured. */
  configuredTenant: string | undefined;
  /** Credentials kept by the tenant for the device as it is joined now, newest first. */
  credentials(): ReturnType<ModelTenant['credentials']>;
  /** Of the process that runs now. */
  ports(): LivePorts;
  restart(): void;
  /** One cycle; time goes on an hour afterwards. */
  cycle(trigger?: Trigger, wish?: CycleWish): Promise<CycleResult>;
  /** As `cycle`, and undefined when the process was killed in it; then it is started anew. */
  cycleOrDeath(trigger?: Trigger, wish?: CycleWish): Promise<CycleResult | undefined>;
  /** `isAtWork`: as a daemon reports in whose cycle it is asked. */
  status(isAtWork?: boolean): Promise<StatusReport>;
  /** Why no sign-in can be noticed on the machine. */
  signInProblem: string | undefined;
  /** A daemon that answers nobody. */
  silent: { readonly message: string; readonly hint: string } | undefined;
  /** When its daemon looks next, as its report tells. */
  nextCycleAt: number | null;
  record(): JournalRecord;
  state(): DeviceState;
  account(name?: string): StoredAccount;
  setPolicy(settings: object | string | undefined, root?: PolicyRootName): void;
  failAccount(fault: AccountFault, times?: number): void;
  /** Somebody else sets the password. */
  changeByAnother(name?: string): void;
  /** A new device object in the same or another tenant. */
  rejoin(tenantId?: string): void;
  /** P1 and P3 are no longer claimed: the world did what rotation.md 4 leaves out. */
  voidClaims(): void;
  checkRest(): void;
  /** P5: once faults stop, at most two cycles come to rest, or a hold is named and a day later they do. */
  expectRest(): Promise<void>;
}

const worlds: World[] = [];

/** Called inside a `describe`: after every test each world must be silent (P6) and its events lawful. */
export function watchWorlds(): void {
  afterEach(() => {
    for (const world of worlds.splice(0)) expectSilent(world);
  });
}

/** P6, and no event with a field that its table row does not have. */
export function expectSilent(world: World, also: Readonly<Record<string, string>> = {}): void {
  assert.deepEqual(world.log.defects(), []);
  const found = findSecrets(
    {
      log: world.log.text(),
      journal: world.journalFile.everWritten.join('\n'),
      state: world.stateFile.everWritten.join('\n'),
      memory: world.memoryFile.everWritten.join('\n'),
      told: world.told.join('\n'),
      ...also,
    },
    world.passwords.drawn,
  );
  assert.deepEqual(found, []);
}

function guidOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

const tenantId = guidOf(0x7e000);
const machineId = 'machine-1';

function deviceOf(tenant: string, number: number, joinType: JoinType): DeviceFacts {
  return {
    identity: { tenantId: tenant, deviceId: guidOf(0xde000 + number), machineId },
    displayName: 'DESKTOP-1',
    joinType,
    os: '10.0.26100',
    endpoint: 'https://tenant.test',
    historyDepth,
  };
}

export function joinedAs(joinType: JoinType, device = 1, tenant: string = tenantId): IdentityReading {
  return { kind: 'joined', device: deviceOf(tenant, device, joinType) };
}

export interface WorldOptions {
  readonly recogniseRepeats?: boolean;
  readonly policy?: object | undefined;
}

export function createWorld(options: WorldOptions = {}): World {
  const { recogniseRepeats = false } = options;
  const tenant = createModelTenant({ recogniseRepeats });
  const machine = createModelMachine();
  machine.create('Administrator', 500);
  machine.create('lapsadmin');
  const journalFile = createModelFile();
  const stateFile = createModelFile();
  const memoryFile = createModelFile();
  const keys = createModelKeys();
  const passwords: ModelPasswords = { drawn: [] };
  const policies: ModelPolicies = { files: {}, unreadable: undefined };
  const log = createModelLog();
  let nextId = 1;
  let device = 1;

  const facts = () => (world.identity.kind === 'joined' ? world.identity.device : undefined);
  const deviceId = () => facts()?.identity.deviceId ?? 'none';

  const claims = createClaims({ machine, tenant, log, journalFile, stateFile, now: () => world.now });
  const faults = createFaults(claims.afterStep);

  const makePorts = (): LivePorts => ({
    clock: { now: () => world.now, monotonicMs: () => world.now - beginAt },
    ids: { newId: () => guidOf(nextId++) },
    journal: createFakeJournal(journalFile, faults),
    seal: createFakeSeal(keys, faults),
    state: createFakeState(stateFile, faults),
    memory: createFakePostAuthStore(memoryFile, faults),
    accounts: accounts.db,
    identity: { read: () => faults.around('identity.read', () => world.identity) },
    client: createFakeClient({
      tenant,
      faults,
      identity: () => {
        const joined = facts();
        if (joined === undefined) throw new Error('no identity');
        return joined.identity;
      },
      onPost: claims.checkOrder,
    }),
    policies: createFakePolicies(policies, faults),
    passwords: createFakePasswords(passwords, faults),
    log: createFakeLog(log, faults),
    onForeignChange: world.onForeignChange,
    tenant: world.configuredTenant,
  });
  const accounts = faultyAccounts(createFakeAccounts(machine, faults));

  const world: World = {
    now: beginAt,
    signInProblem: undefined,
    silent: undefined,
    nextCycleAt: null,
    tenant,
    machine,
    journalFile,
    stateFile,
    memoryFile,
    keys,
    policies,
    passwords,
    log,
    told: [],
    faults,
    identity: joinedAs('entra'),
    onForeignChange: 'rotate',
    configuredTenant: undefined,
    credentials: () => tenant.credentials(deviceId()),
    ports: () => live,
    restart() {
      faults.revive();
      live = makePorts();
    },
    async cycle(trigger = 'hourly', wish = {}) {
      claims.accept(wish.acceptRisk === true);
      try {
        const result = await runCycle(live, {
          trigger,
          requestedAt: world.now,
          acceptRisk: false,
          redraw: false,
          progress: () => undefined,
          parked: () => false,
          ...wish,
        });
        world.told.push(JSON.stringify(result));
        return result;
      } catch (error) {
        if (error !== killed) world.told.push(inspect(error, { depth: 9 }));
        throw error;
      } finally {
        claims.check('the cycle');
        world.now += msPerHour;
      }
    },
    async cycleOrDeath(trigger, wish) {
      try {
        return await world.cycle(trigger, wish);
      } catch (error) {
        if (error !== killed) throw error;
        claims.check('death');
        world.restart();
        return undefined;
      }
    },
    async status(isAtWork = false) {
      const obstacle = async (sid: string) => {
        const data = machine.keptFor.get(sid);
        return data === undefined ? undefined : ({ kind: 'kept', data } as const);
      };
      const report = await statusReport(
        { ...live, obstacle },
        {
          data: '.laps',
          policies: 'policies',
          nextCycleAt: world.nextCycleAt,
          daemonRunning: isAtWork,
          isAtWork,
          program: { version: '0', isReplaced: false },
          isServed: false,
          silent: world.silent,
          waiting: undefined,
          signInProblem: world.signInProblem,
          standing: [],
        },
      );
      world.told.push(JSON.stringify(report));
      return report;
    },
    record() {
      const record = recordOn(journalFile);
      assert.ok(record, 'there is no journal');
      return record;
    },
    state() {
      const state = stateOn(stateFile);
      assert.ok(state, 'there is no state');
      return state;
    },
    account(name = 'lapsadmin') {
      const found = machine.named(name);
      assert.ok(found, `there is no account ${name}`);
      return found;
    },
    setPolicy(settings, root = 'CSP') {
      const files = { ...policies.files };
      if (settings === undefined) delete files[root];
      else files[root] = typeof settings === 'string' ? settings : JSON.stringify(settings);
      policies.files = files;
    },
    failAccount: (fault, times = 1) => accounts.fail(fault, times),
    changeByAnother(name = 'lapsadmin') {
      const { sid } = world.account(name);
      claims.letGo(sid);
      machine.setByAnother(sid, `foreign ${nextId++}`);
    },
    rejoin(otherTenant = tenantId) {
      tenant.deleteDevice(deviceId());
      claims.begin();
      device += 1;
      world.identity = joinedAs('entra', device, otherTenant);
      world.restart();
    },
    voidClaims: claims.voidAll,
    checkRest() {
      const record = world.record();
      const state = world.state();
      assert.equal(record.state, 'idle');
      assert.equal(record.above, 0);
      const account = machine.bySid(state.accountSid);
      const newest = world.credentials()[0];
      assert.ok(account !== undefined && newest !== undefined, 'P2: account and credential exist');
      assert.equal(newest.sid, account.sid, 'P2: the newest credential is of the account');
      assert.equal(newest.name, account.name, 'P2: the newest credential carries its name');
      assert.ok(newest.password === account.password, 'P2: the newest credential opens the account');
      assert.deepEqual([...keys.keys.keys()], [], 'no key is left at rest');
      assert.equal(machine.guarded, account.sid);
    },
    async expectRest() {
      faults.arm();
      tenant.always('stored');
      tenant.connectFails();
      const before = tenant.posts.filter((post) => post.stored).length;
      let first = await world.cycle();
      if (first.error?.code === 'ERR_LAPS_HOLD') {
        assert.equal(first.events.filter((id) => id === 50005).length, 1, 'P5: the hold is named once');
        const held = await world.status();
        assert.equal(held.rotation.hold, true);
        assert.equal(held.healthy, false);
        world.now += msPerDay;
        const sent = tenant.posts.length;
        first = await world.cycle();
        // Another rotation may follow in the same cycle: the hold was left by the first of its posts.
        assert.equal(tenant.posts[sent]?.fresh, true, 'a hold is left over a fresh connection');
      }
      const second = await world.cycle();
      const third = await world.cycle();
      world.checkRest();
      const report = await world.status();
      assert.deepEqual(report.troubles, []);
      assert.equal(report.healthy, true);
      const stored = tenant.posts.filter((post) => post.stored).length - before;
      assert.ok(stored <= budget, `P5: ${stored} new credentials to come to rest`);
      assert.equal(second.error ?? first.error, first.error, 'P5: the second cycle comes to rest');
      assert.equal(third.outcome, 'unchanged');
    },
  };
  const given = 'policy' in options ? options.policy : csp;
  world.setPolicy(given);
  let live = makePorts();
  worlds.push(world);
  return world;
}

/** A world that has rotated once and rests. */
export async function settledWorld(options: WorldOptions = {}): Promise<World> {
  const world = createWorld(options);
  const first = await world.cycle('start');
  assert.equal(first.outcome, 'rotated');
  world.checkRest();
  return world;
}

export const openStates = ['prepared', 'escrowed', 'applied'] as const;

/** A world whose second rotation was killed in `state`, before the process came back. */
export async function openWorld(state: (typeof openStates)[number], options: WorldOptions = {}): Promise<World> {
  const world = await settledWorld(options);
  const fault = {
    // The post is made and its answer never read.
    prepared: { on: 'client.backUp', nth: 1, how: 'dieAfter' },
    escrowed: { on: 'accounts.set', nth: 1, how: 'dieBefore' },
    applied: { on: 'state.write', nth: 1, how: 'dieBefore' },
  } as const;
  world.faults.arm(fault[state]);
  assert.equal(await world.cycleOrDeath('administrator'), undefined);
  world.faults.arm();
  assert.equal(world.record().state, state);
  return world;
}

/**
 * The wiring: the only place that builds real edges and joins rooms (design 0).
 *
 * Knows: every room. Promises: each function loads only what its caller needs, so that a small command starts fast.
 * Must never: decide anything.
 */
import type { AccountsKind, OpenAccounts } from './composeAccounts.ts';
import type { Served } from './composeServed.ts';
import type { Configuration, ConfigurationKey } from './core/configuration.ts';
import type { LapsError } from './core/errors.ts';
import type { LapsEvent } from './core/events.ts';
import type { AccountDb, StateReading } from './core/ports.ts';
import type { JournalRecord } from './core/rotation/journal.ts';
import { shellWord } from './core/shellWord.ts';
import type { MachineAccounts } from './edge/accounts/simulated.ts';
import { systemClock } from './edge/clock.ts';
import type { ConfigurationStore } from './edge/configuration.ts';
import { keepOutOfCoreDumps } from './edge/coreDump.ts';
import type { DataFolder } from './edge/dataFolder.ts';
import type { DeviceIdentity } from './edge/deviceIdentity.ts';
import type { WrittenEvent } from './edge/eventLog.ts';
import { randomIds } from './edge/ids.ts';
import type { FileLock } from './edge/instanceLock.ts';
import type { Closed } from './edge/openFiles.ts';
import type { Env } from './edge/proxyEnv.ts';
import { absolutePath, shownPath, thisSystem } from './edge/system.ts';
import type { Ports } from './service/run.ts';
import type { StatusReport } from './service/status.ts';
import type { SignInPorts } from './service/watchSignIn.ts';

/** What every command says of where it works. */
export interface PlaceRequest {
  readonly data: string | undefined;
  readonly policies: string | undefined;
  readonly env: Env;
  readonly cwd: string;
  /** Make the data folder when it is not there. */
  readonly create: boolean;
  /** Mend what keeps the folder from being opened (its version, a wrong configuration), instead of refusing to go on. */
  readonly mend?: boolean;
  /** Touch nothing: what is wrong is told by the report, not mended and not refused. */
  readonly look?: boolean;
  /** A wrong configuration in the environment counts as none; whoever asks tells of it. */
  readonly anyway?: boolean;
  /** The command is about to manage real accounts: what would be refused then is refused before anything is made. */
  readonly real?: boolean;
  /** A data folder that holds nothing is made anew even where something is missed: by the installation, or by whom it was said. */
  readonly anew?: 'installing' | 'told';
  /** Members of the configuration that the command sets: they may be wrong until then. */
  readonly setting?: readonly ConfigurationKey[];
  /** Tells the person something beside the result. */
  readonly note?: (text: string) => void;
  /** Fires on Ctrl-C. */
  readonly interrupted?: AbortSignal;
}

/** A data folder, opened and judged, with what it remembers. */
export interface Place {
  readonly folder: DataFolder;
  /** What the configuration file says, and over it the environment; real accounts stay real until a person says otherwise. */
  readonly remembered: Configuration;
  /** The kind of accounts that was named for this data folder last, whatever the configuration says now. */
  readonly managed: AccountsKind | undefined;
  /** Why no command works here: the configuration would leave real accounts, and nobody has plainly said so. */
  readonly untold: LapsError | undefined;
  /** For a look: the service that works in it, what it is started with being part of `remembered`. */
  readonly served: Served | undefined;
  /** The file alone, and where it is. */
  readonly configuration: { readonly file: Configuration; readonly path: string };
  /** What was put aside or written anew so that the folder could be opened. */
  readonly mended: readonly string[];
  /** Whether it may only be looked at. */
  readonly looking: boolean;
  /** What this opening has made is removed again; what somebody else put beside it stays. */
  unmake(): Promise<void>;
  readonly note: (text: string) => void;
  remember(members: Parameters<ConfigurationStore['change']>[0]): Promise<void>;
  /** Absolute path of the policy folder. */
  readonly policies: string;
  /** Whether it was named for this command, by option or environment. */
  readonly policiesNamed: boolean;
  /** The same as a person would type it. */
  readonly policiesShown: string;
  readonly env: Env;
  readonly cwd: string;
  readonly interrupted: AbortSignal | undefined;
}

/** Opens the data folder of contract 1; undefined when there is none and none is to be made. */
export async function openPlace(request: PlaceRequest): Promise<Place | undefined> {
  const { env, cwd, note = () => {} } = request;
  // Whoever works on a data folder, or beside one, handles secrets sooner or later.
  keepOutOfCoreDumps();
  // Before anything is made: a word that is not understood is no reason for a folder.
  const { configurationOf, configured, leftReal, managedKind, usableOf } = await import('./composeStanding.ts');
  const fromEnv = request.anyway === true ? usableOf(env) : configurationOf(env);
  const [{ openDataFolder, systemData }, { meantFolder, refuseAnew, usualPolicies }, { createConfiguration }] =
    await Promise.all([import('./edge/dataFolder.ts'), import('./composeWhere.ts'), import('./edge/configuration.ts')]);
  const where = await meantFolder(request);
  if (where.ofService !== undefined)
    note(
      where.ofService === where.path
        ? `the data folder is ${where.path}, of the installed service`
        : `the data folder is ${where.path}; the installed service has another one: --data ${shellWord(where.ofService)}`,
    );
  if (request.create && request.anew !== 'installing')
    await refuseAnew(where.path, request.anew === 'told', fromEnv.accounts !== undefined);
  if (request.real === true) await (await import('./composeAccounts.ts')).refuseForeignWay(where.path);
  const looking = request.look === true;
  const [made, mended]: [string[], string[]] = [[], []];
  const closed: Record<Closed, string[]> = { open: [], theirs: [] };
  const folder = looking
    ? await (await import('./edge/dataFolderLook.ts')).folderToLookAt(where)
    : await openDataFolder({
        ...where,
        create: request.create,
        mend: request.mend === true,
        told: {
          made: (path) => made.push(path),
          closed: (path, was) => closed[was].push(path),
          mended: (what) => mended.push(what),
        },
      });
  if (folder === undefined) return undefined;
  const store = createConfiguration({ folder: folder.state });
  if (request.mend === true) {
    const aside = await store.putAside();
    if (aside !== undefined) mended.push(`the configuration (${aside})`);
  }
  const file = await configured({ store, folder, looking, closed, mended, note, without: request.setting ?? [] });
  // Whoever looks beside a service is to see what that has.
  const served = looking ? await (await import('./composeServed.ts')).servedAt(folder.root) : undefined;
  const { createManagedKind } = await import('./edge/accounts/managedKind.ts');
  const kindFile = createManagedKind({ folder: folder.accounts });
  const managed = await (await import('./composeKind.ts')).kindSoFar(folder, file);
  const { remembered, untold } = managedKind(managed, { file, environment: fromEnv, served });
  const named = request.policies ?? (env['LAPS_POLICIES'] || undefined);
  // Whoever says which accounts are meant says it over what is remembered.
  const isReal = request.real === true || (request.anew !== 'told' && remembered.accounts === 'linux');
  const usual = usualPolicies(isReal, where.path === systemData.path, thisSystem());
  const policies = named !== undefined ? absolutePath(named, cwd) : (remembered.policies ?? usual);
  return {
    folder,
    remembered,
    managed,
    untold,
    served,
    configuration: { file, path: store.path },
    mended,
    looking,
    unmake: async () => (await import('./edge/unmake.ts')).unmake(made),
    note,
    async remember(members) {
      if (looking) return;
      await store.change(members);
      const { accounts } = members;
      if (accounts === undefined || accounts === null) return;
      await kindFile.write(accounts);
      if (managed === 'linux' && accounts !== 'linux') note(leftReal);
    },
    policies,
    policiesNamed: named !== undefined,
    policiesShown: shownPath(policies, cwd),
    env,
    cwd,
    interrupted: request.interrupted,
  };
}

/** The lock of a data folder: one daemon or one command at work. `asDaemon`: for a daemon, which no command stands in for. */
export async function instanceLock(place: Place, asDaemon = false): Promise<FileLock> {
  const { createInstanceLock } = await import('./edge/instanceLock.ts');
  const path = place.folder.lockFile;
  if (asDaemon) return createInstanceLock({ path, isDaemon: true });
  const hint = await (await import('./composeServed.ts')).busyHint(place.folder.root);
  return createInstanceLock({ path, ...(hint === undefined ? {} : { hint }) });
}

export async function identityOf(place: Place): Promise<DeviceIdentity> {
  return (await import('./composeOwnTenant.ts')).identityIn(place.folder);
}

/** Everything of this device, for cycles and for the verbs about it. */
export interface Device {
  /** Readies the accounts, leaves the other kind of them, removes what a killed writer left. Once at a start, under the lock. */
  readonly prepare: () => Promise<void>;
  /** Lets other data folders have the account again; at the end of the work. */
  readonly close: () => void;
  /** Puts accounts that cannot be read aside; their new name, or undefined when there was nothing wrong. */
  readonly mendAccounts: () => Promise<string | undefined>;
  readonly ports: Ports;
  /** What would keep an account from being changed, as far as a look tells. */
  readonly obstacle: OpenAccounts['obstacle'];
  /** Why no sign-in can be noticed, as far as a look tells, in words. */
  readonly signInProblem: OpenAccounts['signInProblem'];
  readonly accounts: AccountDb;
  readonly accountsKind: AccountsKind;
  /** What people can do on the simulated machine. Throws ERR_LAPS_USAGE where real accounts are managed. */
  readonly simulated: () => MachineAccounts;
  /** Calls back when something else changed the managed account; `onError` when that cannot be told. */
  readonly watchAccount: (onForeignChange: () => void, onError: (error: unknown) => void) => () => void;
  readonly identity: DeviceIdentity;
  /** What the watch over sign-ins needs beside the ports. */
  readonly signIns: SignInPorts;
  readonly report: (daemon: {
    readonly running: boolean;
    readonly atWork: boolean;
    readonly nextCycleAt: number | null;
  }) => Promise<StatusReport>;
  /** Files that can be put aside by `repair`. */
  readonly peek: {
    journal(): Promise<JournalRecord | 'absent' | 'damaged'>;
    state(): Promise<StateReading>;
  };
}

/** Whether the managed account, at rest, is not as it was left, and nobody was told yet. */
async function isForeign(accounts: AccountDb, peek: Device['peek']): Promise<boolean> {
  const [record, reading] = await Promise.all([peek.journal(), peek.state()]);
  if (reading.kind !== 'state' || (typeof record !== 'string' && record.state !== 'idle')) return false;
  const { accountSid, mark, foreignMark } = reading.state;
  const now = await accounts.mark(accountSid);
  return now !== mark && now !== foreignMark;
}

/** The tenant that a join is to be made to before anything runs here; undefined where there is none to be made. */
export async function unjoinedTo(place: Place, identity: DeviceIdentity): Promise<string | undefined> {
  const { tenant = 'embedded' } = place.remembered;
  return tenant !== 'embedded' && (await identity.readFull()).kind === 'none' ? tenant : undefined;
}

/** Builds the ports. `onEvent` sees each event as it is written; `before` runs before the tenant is asked anything. */
export async function openDevice(
  place: Place,
  hooks: { readonly onEvent?: (event: LapsEvent) => void; readonly before?: () => Promise<void> } = {},
): Promise<Device> {
  const [
    journalFile,
    keyRing,
    seals,
    states,
    memories,
    { judgePolicies, leaveOtherKind, openAccounts, simulatedOf },
    logs,
    generator,
    folders,
    faults,
    { standingOf, standingTogether },
    { deviceClient },
  ] = await Promise.all([
    import('./edge/journalFile.ts'),
    import('./edge/keyRing.ts'),
    import('./edge/seal.ts'),
    import('./edge/stateStore.ts'),
    import('./edge/postAuthStore.ts'),
    import('./composeAccounts.ts'),
    import('./edge/eventLog.ts'),
    import('./edge/generator.ts'),
    import('./edge/policyFolder.ts'),
    import('./edge/faultPorts.ts'),
    import('./edge/standing.ts'),
    import('./composeClient.ts'),
  ]);
  const { folder } = place;
  const ring = keyRing.createKeyRing({ folder: folder.keys });
  const state = states.createStateStore({ folder: folder.state });
  const keys = place.looking
    ? keyRing.lookOnly(ring)
    : keyRing.tellingLostMark(ring, {
        isMarked: async () => (await state.peek()).kind === 'state',
        onLost: () =>
          ports.log.write({ at: systemClock.now(), id: 50106, fields: { Path: keyRing.markKeyPath(folder.keys) } }),
      });
  const identity = await identityOf(place);
  const opened = await openAccounts(place, keys);
  const accounts = opened.db;
  const journal = journalFile.createJournal({ path: folder.journalFile, keys });
  const memory = memories.createPostAuthStore({ folder: folder.state });
  const peek = { journal: () => journal.peek(), state: () => state.peek() };
  const log = logs.createEventLog({
    folder: folder.logs,
    onLost: (problem) => place.note(`${problem}; events are lost until it can be written`),
  });
  const policies = folders.createPolicyFolder({
    folder: place.policies,
    shownAs: place.policiesShown,
    judge: opened.kind === 'linux' ? judgePolicies : undefined,
  });
  const ports: Ports = {
    clock: systemClock,
    ids: randomIds,
    journal,
    seal: seals.createSeal({ keys }),
    state,
    accounts: faults.accountsWithFaultPoints(accounts),
    identity,
    client: faults.clientWithFaultPoints(await deviceClient(place, identity, hooks.before ?? (async () => {}))),
    policies,
    passwords: generator.createPasswordSource(),
    log: {
      write(event) {
        log.write(event);
        hooks.onEvent?.(event);
      },
      flush: () => log.flush(),
    },
    onForeignChange: (place.remembered.rotateOnForeignChange ?? true) ? 'rotate' : 'report',
    tenant: place.remembered.tenant,
  };
  return {
    async prepare() {
      if (place.untold !== undefined) throw place.untold;
      await opened.ensure();
      if (await leaveOtherKind(place, keys, peek))
        ports.log.write({ at: systemClock.now(), id: 50038, fields: { Kind: opened.kind } });
      await journal.sweep();
    },
    close: () => opened.close(),
    mendAccounts: () => opened.mend(),
    ports,
    obstacle: (sid) => opened.obstacle(sid),
    signInProblem: () => opened.signInProblem(),
    accounts,
    accountsKind: opened.kind,
    simulated: () => simulatedOf(opened),
    watchAccount: (onForeignChange, onError) =>
      opened.watch(() => {
        isForeign(accounts, peek).then((foreign) => foreign && onForeignChange(), onError);
      }),
    identity,
    signIns: {
      state,
      journal,
      memory,
      records: opened.records,
      standing: () =>
        standingTogether(opened.standing(), standingOf([], [folder.identity, folder.state, place.policies])),
      sessions: opened.sessions,
    },
    peek,
    async report(daemon) {
      const [{ statusReport }, { standingTroubles }, { readWaitingNote }, { isProgramReplaced }] = await Promise.all([
        import('./service/status.ts'),
        import('./composeStanding.ts'),
        import('./edge/waitingNote.ts'),
        import('./edge/ownProgram.ts'),
      ]);
      // Nothing is made for a report, a key least of all.
      const seen = place.looking ? opened : await openAccounts(place, keyRing.lookOnly(ring));
      const isServed = !daemon.running && place.served !== undefined;
      const waiting = daemon.running ? undefined : await readWaitingNote(folder.run);
      const stopped =
        isServed && waiting === undefined
          ? await (await import('./composeServed.ts')).serviceStopped(await unjoinedTo(place, identity))
          : undefined;
      const silent =
        daemon.running || waiting !== undefined
          ? undefined
          : await (await import('./composeHolder.ts')).silentDaemon(place);
      return statusReport(
        {
          clock: systemClock,
          identity,
          accounts: seen.db,
          policies,
          journal,
          state,
          memory,
          obstacle: (sid) => seen.obstacle(sid),
          onForeignChange: ports.onForeignChange,
          tenant: ports.tenant,
        },
        {
          data: shownPath(folder.root, place.cwd),
          policies: place.policiesShown,
          daemonRunning: daemon.running,
          isAtWork: daemon.atWork,
          program: { version: thisSystem().version, isReplaced: isProgramReplaced() },
          waiting,
          isServed,
          silent,
          nextCycleAt: daemon.nextCycleAt,
          signInProblem: seen.signInProblem(),
          standing: [...(stopped === undefined ? [] : [stopped]), ...(await standingTroubles(place))],
        },
      );
    },
  };
}

/** An event as the log keeps it. */
export type LoggedEvent = WrittenEvent;

/** Reading the operational log. */
export async function eventReading(): Promise<Pick<typeof import('./edge/eventReader.ts'), 'readEvents'>> {
  return import('./edge/eventReader.ts');
}

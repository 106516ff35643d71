/**
 * The wiring of accounts: which kind a data folder manages, and what it takes to manage the other kind.
 *
 * Knows: simulated accounts and real ones. Promises: real ones are never touched unless that was plainly asked for, here
 * or once before; an open rotation is never left behind with the other kind. Must never: decide whether to rotate.
 */
import type { Configuration } from './core/configuration.ts';
import { LapsError } from './core/errors.ts';
import type {
  AccountDb,
  AccountExamination,
  AccountObstacle,
  SessionControl,
  SignInRecords,
  StateReading,
} from './core/ports.ts';
import type { JournalRecord } from './core/rotation/journal.ts';
import type { LinuxAccounts } from './edge/accounts/linux.ts';
import type { MachineAccounts } from './edge/accounts/simulated.ts';
import { systemClock } from './edge/clock.ts';
import type { ConfigurationStore } from './edge/configuration.ts';
import type { DataFolder } from './edge/dataFolder.ts';
import { createKeyRing, type KeyRing } from './edge/keyRing.ts';
import type { PolicyJudge } from './edge/policyFolder.ts';
import type { Env } from './edge/proxyEnv.ts';
import { thisSystem } from './edge/system.ts';

/** What of an opened data folder the accounts need. */
export interface AccountsPlace {
  readonly folder: DataFolder;
  readonly remembered: Configuration;
  readonly env: Env;
  readonly untold?: LapsError | undefined;
  remember(members: Parameters<ConfigurationStore['change']>[0]): Promise<void>;
}

export type AccountsKind = NonNullable<Configuration['accounts']>;

export interface OpenAccounts {
  readonly kind: AccountsKind;
  readonly db: AccountDb;
  /** What people can do on the simulated machine; undefined with real accounts, where they do it themselves. */
  readonly simulated: MachineAccounts | undefined;
  readonly records: SignInRecords;
  /** Why no sign-in can be noticed, as far as a look tells, in words. */
  signInProblem(): string | undefined;
  /** How the accounts and the records of sign-ins stand, in one word; undefined when that cannot be told. */
  standing(): string | undefined;
  readonly sessions: SessionControl;
  /** Once at a start, under the instance lock. Throws where these accounts cannot be managed. */
  ensure(): Promise<void>;
  /** What would keep the account from being changed, as far as a look tells. */
  obstacle(sid: string): Promise<AccountObstacle | undefined>;
  /** Puts a file of ours that cannot be read aside; its new name, or undefined when there was nothing wrong. */
  mend(): Promise<string | undefined>;
  /** Calls back when an account file changed behind our back; returns how to stop. */
  watch(onChange: () => void): () => void;
  /** Lets other laps-agents have the account again. */
  close(): void;
}

/** What a command says of accounts; what it leaves out is as remembered. */
export interface AccountsWish {
  readonly kind: AccountsKind | undefined;
  readonly allowRoot: boolean;
  readonly allowSystem: boolean;
  readonly allowOwn: boolean;
}

/** What the data folder manages. */
export function kindOf(place: Pick<AccountsPlace, 'remembered'>): AccountsKind {
  return place.remembered.accounts ?? 'simulated';
}

/** Refuses real accounts where they cannot be had, before anything is made. */
export function refuseWithoutRoot(): void {
  const { platform, uid } = thisSystem();
  if (platform !== 'linux')
    throw new LapsError('ERR_LAPS_USAGE', {
      message: 'real accounts can be managed on Linux only',
      hint: 'leave --accounts out for simulated ones',
    });
  if (uid !== 0)
    throw new LapsError('ERR_LAPS_PERMISSION', {
      message: 'only root can manage real accounts; nothing was touched',
      hint: 'run it with sudo; or leave --accounts out for simulated accounts, in a data folder of your own',
    });
}

/** Why real accounts are not managed from this data folder, which may not be there yet; undefined when they may be. */
export async function foreignWay(data: string): Promise<LapsError | undefined> {
  const [{ foreignData }, { realPath, waysTo }, { folderOf }] = await Promise.all([
    import('./core/hosting/place.ts'),
    import('./edge/ways.ts'),
    import('./edge/system.ts'),
  ]);
  const refusal = foreignData(data, await waysTo([folderOf(data), folderOf(await realPath(data))]));
  return refusal === undefined ? undefined : new LapsError('ERR_LAPS_DATA_UNSAFE', refusal);
}

/** Judges the places of policies by which real accounts are managed; whatever they lead to counts as well. */
export async function judgePolicies(paths: readonly string[]): ReturnType<PolicyJudge> {
  const [{ foreignPolicies }, { realPath, waysTo }] = await Promise.all([
    import('./core/hosting/place.ts'),
    import('./edge/ways.ts'),
  ]);
  return foreignPolicies(await waysTo([...paths, ...(await Promise.all(paths.map(realPath)))]));
}

/** Throws ERR_LAPS_DATA_UNSAFE. */
export async function refuseForeignWay(data: string): Promise<void> {
  const refusal = await foreignWay(data);
  if (refusal !== undefined) throw refusal;
}

async function thisMachine(): Promise<string> {
  const { readMachineId, systemMachine } = await import('./edge/machineId.ts');
  return readMachineId(systemMachine());
}

async function openLinux(place: Omit<AccountsPlace, 'remember'>, keys: KeyRing): Promise<LinuxAccounts> {
  const [{ createLinuxAccounts }, { callerUids }] = await Promise.all([
    import('./edge/accounts/linux.ts'),
    import('./edge/callers.ts'),
  ]);
  const { allowRoot = false, allowSystem = false, allowOwn = false } = place.remembered;
  return createLinuxAccounts({
    data: place.folder.root,
    folder: place.folder.accounts,
    keys,
    clock: systemClock,
    machineId: await thisMachine(),
    allow: { root: allowRoot, system: allowSystem, own: allowOwn },
    callers: await callerUids(place.env),
  });
}

/** A data folder that may not be there yet. */
interface FutureFolder {
  readonly root: string;
  readonly remembered: Configuration;
  readonly env: Env;
}

async function lookFrom({ root, remembered, env }: FutureFolder): Promise<LinuxAccounts> {
  const [{ dataLayout }, { lookOnly }] = await Promise.all([
    import('./edge/dataFolder.ts'),
    import('./edge/keyRing.ts'),
  ]);
  const folder = dataLayout(root);
  return openLinux({ folder, remembered, env }, lookOnly(createKeyRing({ folder: folder.keys })));
}

/** A real account as that data folder would see it; nothing is made. */
export async function examineReal(from: FutureFolder, name: string | undefined): Promise<AccountExamination> {
  return (await lookFrom(from)).examine(name);
}

/**
 * What would keep it from managing that account, or a person from letting it; as `examineReal`, nothing is made. A note
 * that is in doubt comes first: what it says of another data folder is not to be believed.
 */
export async function obstacleReal(from: FutureFolder, sid: string): Promise<AccountObstacle | undefined> {
  const accounts = await lookFrom(from);
  return (await accounts.doubt(sid)) ?? accounts.obstacle(sid);
}

/** The accounts this data folder manages. */
export async function openAccounts(place: AccountsPlace, keys: KeyRing): Promise<OpenAccounts> {
  const kind = kindOf(place);
  if (kind === 'linux') {
    const [
      { machineRecords, machineRecordsProblem, machineRecordsStanding },
      { machineSessions },
      { standingOf, standingTogether },
    ] = await Promise.all([
      import('./edge/signIns/machineRecords.ts'),
      import('./edge/sessions/machineSessions.ts'),
      import('./edge/standing.ts'),
    ]);
    const db = await openLinux(place, keys);
    return {
      kind,
      db,
      simulated: undefined,
      records: machineRecords({ clock: systemClock }),
      signInProblem: () => machineRecordsProblem(),
      standing: () => standingTogether(standingOf(['/etc/passwd', '/etc/shadow']), machineRecordsStanding()),
      sessions: machineSessions(),
      async ensure() {
        refuseWithoutRoot();
        await refuseForeignWay(place.folder.root);
        await db.ensure();
        const { createManagedKind } = await import('./edge/accounts/managedKind.ts');
        await createManagedKind({ folder: place.folder.accounts }).write('linux');
      },
      obstacle: (sid) => db.obstacle(sid),
      // Accounts of the machine are not ours to put aside.
      mend: async () => undefined,
      watch: (onChange) => db.watch(onChange),
      close: () => db.letGo(),
    };
  }
  const [{ createSimulatedAccounts }, { simulatedRecords, simulatedSessions }, { standingOf }] = await Promise.all([
    import('./edge/accounts/simulated.ts'),
    import('./edge/accounts/simulatedSessions.ts'),
    import('./edge/standing.ts'),
  ]);
  const machine = createSimulatedAccounts({ folder: place.folder.accounts, keys, clock: systemClock });
  // Whoever changes a simulated password comes through us.
  return {
    kind,
    db: machine,
    simulated: machine,
    records: simulatedRecords(machine),
    signInProblem: () => undefined,
    standing: () => standingOf([], [place.folder.accounts]),
    sessions: simulatedSessions,
    async ensure() {
      await machine.ensure();
      if (thisSystem().uid !== 0) return;
      // Real ones that this data folder had, before it was emptied, are others' to take.
      const [{ keepOnlyClaims }, { servicePaths }] = await Promise.all([
        import('./edge/accounts/accountClaims.ts'),
        import('./core/hosting/place.ts'),
      ]);
      await keepOnlyClaims({ folder: servicePaths().accounts, data: place.folder.root }, []);
    },
    // A simulated machine has one data folder, and that is looked at anyway.
    obstacle: async () => undefined,
    mend: () => machine.putAside(),
    watch: () => () => undefined,
    close: () => undefined,
  };
}

/** A SID under which one kind of account was managed here. */
export async function kindOfSid(sid: string): Promise<AccountsKind> {
  const [{ realDomain, uidOfSid }, machineId] = await Promise.all([
    import('./edge/accounts/realSid.ts'),
    thisMachine(),
  ]);
  return uidOfSid(realDomain(machineId), sid) === undefined ? 'simulated' : 'linux';
}

/**
 * Leaves the other kind of accounts, when that was managed here before. Under the instance lock. An open rotation is not
 * left behind: it is finished with the accounts it began with. Returns whether an account of the other kind was let go.
 */
export async function leaveOtherKind(
  place: AccountsPlace,
  keys: KeyRing,
  peek: {
    journal(): Promise<JournalRecord | 'absent' | 'damaged'>;
    state(): Promise<StateReading>;
  },
): Promise<boolean> {
  const kind = kindOf(place);
  const [record, state] = await Promise.all([peek.journal(), peek.state()]);
  if (typeof record !== 'string' && record.pending !== null) {
    const { account } = record.pending;
    const begun = await kindOfSid(account.sid);
    if (begun !== kind)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: `a rotation of the ${begun} account ${account.name} is still open`,
        hint: `finish it first: laps run --accounts ${begun} --once; then change the kind of accounts`,
      });
  }
  if (state.kind !== 'state') return false;
  const before = await kindOfSid(state.state.accountSid);
  if (before === kind) return false;
  const other = await openAccounts({ ...place, remembered: { ...place.remembered, accounts: before } }, keys);
  await other.db.guard(null);
  return true;
}

/** The place as the command wants it, remembered for all later ones. Under the instance lock. */
export async function withAccounts<P extends AccountsPlace>(place: P, wish: AccountsWish): Promise<P> {
  const members = {
    ...(wish.kind === undefined ? {} : { accounts: wish.kind }),
    ...(wish.allowRoot ? { allowRoot: true } : {}),
    ...(wish.allowSystem ? { allowSystem: true } : {}),
    ...(wish.allowOwn ? { allowOwn: true } : {}),
  };
  const told = wish.kind === undefined ? {} : { untold: undefined };
  const next: P = { ...place, remembered: { ...place.remembered, ...members }, ...told };
  // Whether they can be managed here at all, before anything is remembered or let go.
  if (wish.kind === 'linux') await (await openAccounts(next, createKeyRing({ folder: place.folder.keys }))).ensure();
  if (Object.keys(members).length > 0) await place.remember(members);
  return next;
}

/** What people can do on the simulated machine. Throws ERR_LAPS_USAGE where real accounts are managed. */
export function simulatedOf({ simulated }: OpenAccounts): MachineAccounts {
  if (simulated !== undefined) return simulated;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: 'this data folder manages real accounts of this machine; that command is for simulated ones',
    hint: 'sign in as anyone would (su - NAME), change a password with passwd; or use another data folder with --data',
  });
}

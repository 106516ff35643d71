/**
 * The wiring of `laps doctor`: everything that is found out before it is judged.
 *
 * Knows: which edge looks at what, beside a running daemon or without one. Promises: reads only; no lock is taken, no file,
 * folder or mode of the device is made or changed, no password is drawn, sent or asked for; the embedded tenant, where it
 * had to be started, ends with it. Must never: judge.
 */
import { type Device, eventReading, identityOf, openDevice, type Place } from './compose.ts';
import { foreignWay, kindOfSid } from './composeAccounts.ts';
import { type Administrator, asAdministrator } from './composeAdministrator.ts';
import { httpFor } from './composeClient.ts';
import { localDoor } from './composeDoor.ts';
import { holderWords } from './composeHolder.ts';
import { lostAuthority, misconfiguredTenant } from './composeOwnTenant.ts';
import { policiesUnseen } from './composeServed.ts';
import { configurationOf, markKeyProblem } from './composeStanding.ts';
import { belongsToEmbedded, startEmbedded } from './composeTenant.ts';
import type {
  AdministratorFacts,
  ConfigurationFacts,
  DaemonFacts,
  DaemonSurroundings,
  DataFacts,
  DoctorFacts,
  LastRefusal,
  NetworkFacts,
  Read,
  Trouble,
} from './core/diagnosis/facts.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import { programIn, staleProgram } from './core/hosting/staleProgram.ts';
import { accountNameOf } from './core/policy/effective.ts';
import { defaultOs, parseOs } from './core/policy/os.ts';
import { policyOfFolder } from './core/policy/read.ts';
import type { AccountObstacle } from './core/ports.ts';
import { instantOfIso } from './core/time.ts';
import { shutToProcess } from './edge/accounts/rootPowers.ts';
import { systemClock } from './edge/clock.ts';
import { lookAtDataFolder } from './edge/dataFolderLook.ts';
import { lookAtDisk } from './edge/diskLook.ts';
import { diagnosisPermissions, type GraphClient } from './edge/graphClient.ts';
import { profileOfIdentity } from './edge/identityRecord.ts';
import { randomIds } from './edge/ids.ts';
import { holderOf } from './edge/instanceLock.ts';
import type { TrustedFile } from './edge/peerCertificate.ts';
import { reachingEnvOf } from './edge/processEnv.ts';
import { absolutePath, joinPath, shownPath, thisSystem } from './edge/system.ts';
import { tenantFiles } from './edge/tenantFolder.ts';
import { proxyOf, walkTenantPath } from './edge/tenantPath.ts';
import type { TenantHandle } from './edge/tenantProcess.ts';
import { readCertificateFile } from './edge/textFile.ts';
import { readWaitingNote } from './edge/waitingNote.ts';
import { deviceServiceErrorOf } from './edge/wireErrors.ts';

const troubleOf = ({ code, message, hint }: LapsError): Trouble => ({ code, message, hint: hint ?? null });

/** A reading, or the error that kept it from being one. Being interrupted is neither. */
async function attempt<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { kind: 'read', value: await read() };
  } catch (error) {
    if (!isLapsError(error) || error.code === 'ERR_LAPS_INTERRUPTED') throw error;
    return { kind: 'failed', trouble: troubleOf(error) };
  }
}

/** What its report says of sign-ins; undefined of one before there was such a word. */
function signInProblemIn(body: unknown): string | null | undefined {
  if (typeof body !== 'object' || body === null || !('signInProblem' in body)) return undefined;
  const { signInProblem } = body;
  return typeof signInProblem === 'string' || signInProblem === null ? signInProblem : undefined;
}

/** When it looks next, by its report. */
function nextCycleIn(body: unknown): number | null {
  if (typeof body !== 'object' || body === null || !('nextCycle' in body)) return null;
  return typeof body.nextCycle === 'string' ? (instantOfIso(body.nextCycle) ?? null) : null;
}

async function daemonFacts(place: Place): Promise<DaemonFacts> {
  const door = await localDoor(place);
  const signal = place.interrupted === undefined ? {} : { signal: place.interrupted };
  const reply = await attempt(() => door.askDaemon({ method: 'GET', path: '/status', timeoutMs: 10_000, ...signal }));
  if (reply.kind === 'failed') return { kind: 'silent', trouble: reply.trouble };
  if (reply.value.kind === 'reply') {
    const { body } = reply.value;
    const stale = staleProgram(programIn(body), thisSystem().version, place.served !== undefined);
    return { kind: 'running', signInProblem: signInProblemIn(body), stale, nextCycleAt: nextCycleIn(body) };
  }
  const waiting = await readWaitingNote(place.folder.run);
  if (waiting !== undefined) return { kind: 'waiting', waiting };
  return { kind: 'absent', held: await holderWords(place) };
}

/** What the data folder looks like, and what of it a command that works there would refuse or mend. */
async function dataFacts(place: Place): Promise<DataFacts> {
  const { folder } = place;
  const disk = await lookAtDisk([folder.root, folder.journal, folder.state, folder.keys, folder.accounts, folder.logs]);
  const { versionProblem, misplaced, remarks } = await lookAtDataFolder({
    path: folder.root,
    socketFolder: folder.run,
  });
  const foreign = place.remembered.accounts === 'linux' ? await foreignWay(folder.root) : undefined;
  const unsafe = foreign === undefined ? undefined : troubleOf(foreign);
  return {
    folder: shownPath(folder.root, place.cwd),
    ...disk,
    versionProblem,
    unsafe,
    misplaced: misplaced.map(troubleOf),
    remarks,
  };
}

/** The configuration as a command would read it: the file, and over it the environment. */
async function configurationFacts(place: Place): Promise<ConfigurationFacts> {
  const { createConfiguration } = await import('./edge/configuration.ts');
  const [file, environment] = await Promise.all([
    attempt(() => createConfiguration({ folder: place.folder.state }).read()),
    attempt(async () => configurationOf(place.env)),
  ]);
  const failed = [file, environment].flatMap((each) => (each.kind === 'failed' ? [each.trouble] : []));
  const other = await misconfiguredTenant(place);
  const authority = await lostAuthority(place);
  const served = place.served?.trouble === undefined ? [] : [place.served.trouble];
  const { policies } = place.remembered;
  const unseen = policies === undefined ? undefined : await policiesUnseen(place.folder.root, policies);
  const hidden = unseen === undefined ? undefined : new LapsError('ERR_LAPS_SERVICE', unseen);
  const elsewhere = [place.untold, other, authority, hidden].flatMap((each) =>
    each === undefined ? [] : [troubleOf(each)],
  );
  return {
    path: shownPath(place.configuration.path, place.cwd),
    troubles: [...failed, ...served, ...elsewhere],
    tenant: place.remembered.tenant,
  };
}

/** How the running daemon would go to the tenant: it was started elsewhere, perhaps with other variables. */
async function surroundings(place: Place, daemon: DaemonFacts): Promise<DaemonSurroundings | undefined> {
  const reading = await attempt(async () => (await identityOf(place)).readFull());
  const pid = daemon.kind === 'running' ? holderOf(place.folder.lockFile) : undefined;
  if (pid === undefined || reading.kind === 'failed' || reading.value.kind !== 'joined') return undefined;
  const env = await reachingEnvOf(pid);
  if (env === undefined) return undefined;
  const url = new URL(profileOfIdentity(reading.value.identity).registrationOrigin);
  const same = (name: string): boolean => (env[name] ?? '') === (place.env[name] ?? '');
  return { proxy: proxyOf(url, env), sameAuthorities: same('NODE_EXTRA_CA_CERTS') && same('SSL_CERT_FILE') };
}

/** The newest refusal in the log. */
async function lastRefusal(place: Place): Promise<LastRefusal | undefined> {
  const { readEvents } = await eventReading();
  let found: LastRefusal | undefined;
  for await (const { fields } of readEvents({ folder: place.folder.logs, id: 10059 })) {
    const said = deviceServiceErrorOf(String(fields['ResponseText'] ?? ''));
    found = { subcode: said?.subcode ?? '' };
  }
  return found;
}

async function administratorFacts(graph: GraphClient, deviceId: string): Promise<AdministratorFacts> {
  const enabled = await attempt(() => graph.isLapsEnabled());
  const lastBackup = await attempt(async () => {
    const text = await graph.lastBackupOf(deviceId);
    return text === null ? null : (instantOfIso(text) ?? null);
  });
  // A role that may not see the switch is no trouble of the device.
  return { lapsEnabled: enabled.kind === 'read' ? enabled.value : undefined, lastBackup };
}

const namesSomebody = (wanted: Administrator): boolean =>
  wanted.user !== undefined || wanted.clientId !== undefined || wanted.deviceCode;

/** The private authorities that the identity trusts, and where they are kept. */
async function trustedBy(place: Place, embedded: boolean): Promise<readonly TrustedFile[]> {
  const reading = await (await identityOf(place)).readFull();
  if (reading.kind !== 'joined' || reading.identity.caPem === null) return [];
  const path = embedded
    ? joinPath(place.folder.tenant, tenantFiles.ca)
    : joinPath(place.folder.identity, 'identity.json');
  return [{ text: reading.identity.caPem, file: shownPath(path, place.cwd), isOwn: embedded }];
}

/** What the tenant says, to the device and to an administrator where one was named or is seeded. */
async function tenantFacts(
  place: Place,
  wanted: Administrator,
): Promise<Pick<DoctorFacts, 'network' | 'administrator'>> {
  const reading = await attempt(async () => (await identityOf(place)).readFull());
  if (reading.kind === 'failed' || reading.value.kind !== 'joined')
    return { network: undefined, administrator: undefined };
  const { identity } = reading.value;
  const { caFile } = wanted;
  const given = caFile === undefined ? undefined : absolutePath(caFile, place.cwd);
  const more =
    given === undefined
      ? []
      : [{ text: await readCertificateFile(given), file: shownPath(given, place.cwd), isOwn: false }];
  const embedded = await belongsToEmbedded(place);
  let tenant: TenantHandle | undefined;
  try {
    const network: NetworkFacts = await walkTenantPath({
      env: place.env,
      clock: systemClock,
      ids: randomIds,
      identity,
      async reach() {
        if (embedded) tenant = await startEmbedded(place);
        // Only now: the embedded tenant may have renewed its authority, which the identity then trusts as well.
        const trusted = [...(await trustedBy(place, embedded)), ...more];
        const http = await httpFor(
          place,
          trusted.map(({ text }) => text),
        );
        return { http, trusted };
      },
    });
    // Nobody types a password into a network that leads nowhere.
    if (network.stopped !== undefined || !(embedded || namesSomebody(wanted)))
      return { network, administrator: undefined };
    const administrator = await attempt(() =>
      asAdministrator(
        { ...place, place },
        wanted,
        (graph) => administratorFacts(graph, identity.deviceId),
        diagnosisPermissions,
      ),
    );
    return { network, administrator };
  } finally {
    await tenant?.release();
  }
}

/** What the daemon alone is shut out of: a service has fewer powers than the root who asks. */
async function daemonObstacle(place: Place): Promise<AccountObstacle | undefined> {
  const path = '/etc/shadow';
  const pid = place.remembered.accounts === 'linux' ? holderOf(place.folder.lockFile) : undefined;
  const shut = pid === undefined ? undefined : await shutToProcess(pid, path);
  return shut === undefined ? undefined : { kind: 'unwritable', path, ...shut };
}

/** Who has taken over the account of the rotation that is open. */
async function openTakenBy(device: Device, journal: DoctorFacts['journal']): Promise<string | undefined> {
  if (journal.kind === 'failed' || typeof journal.value === 'string') return undefined;
  const { pending } = journal.value;
  const obstacle = pending === null ? undefined : await attempt(() => device.obstacle(pending.account.sid));
  return obstacle?.kind === 'read' && obstacle.value?.kind === 'kept' ? obstacle.value.data : undefined;
}

/** Whether simulated accounts are yet to be made: nothing was rotated here, or a real account was before. */
async function areToCome({ accountsKind, simulated, peek }: Device): Promise<boolean> {
  if (accountsKind !== 'simulated' || (await simulated().isMade())) return false;
  const state = await peek.state();
  if (state.kind === 'state') return (await kindOfSid(state.state.accountSid)) === 'linux';
  return state.kind === 'absent' && (await peek.journal()) === 'absent';
}

/** The account of that name, as it stands. */
async function accountFacts(
  place: Place,
  device: Device,
  name: string | undefined,
): Promise<NonNullable<DoctorFacts['account']>> {
  const toCome = await attempt(() => areToCome(device));
  if (toCome.kind === 'read' && toCome.value) return { kind: 'toCome' };
  const { accounts } = device.ports;
  return attempt(async () => {
    const examined = await accounts.examine(name);
    const { account: found } = examined;
    if (found === undefined) return { ...examined, mark: undefined, obstacle: undefined };
    const [mark, obstacle] = [await accounts.mark(found.sid), await device.obstacle(found.sid)];
    return { ...examined, mark, obstacle: obstacle ?? (await daemonObstacle(place)) };
  });
}

/** Finds everything out. Throws only for what is a defect, or when interrupted. */
export async function doctorFacts(place: Place, wanted: Administrator): Promise<DoctorFacts> {
  const disk = await dataFacts(place);
  const device = await openDevice(place);
  const { ports, peek } = device;
  const identity = await attempt(() => ports.identity.read());
  const os = identity.kind === 'read' && identity.value.kind === 'joined' ? identity.value.device.os : defaultOs.text;
  const policy = await policyOfFolder(await ports.policies.read(), parseOs(os) ?? defaultOs);
  const names = policy.kind === 'policy' && policy.policy.source !== 'none';
  const account = names ? await accountFacts(place, device, accountNameOf(policy.policy)) : undefined;
  const [daemon, journal, state, refusal] = await Promise.all([
    daemonFacts(place),
    attempt(() => peek.journal()),
    attempt(() => peek.state()),
    attempt(() => lastRefusal(place)),
  ]);
  return {
    disk,
    configuration: await configurationFacts(place),
    daemon,
    identity,
    policy,
    account,
    markProblem: await markKeyProblem(place.folder),
    signInProblem: device.signInProblem(),
    journal,
    state,
    openTakenBy: await openTakenBy(device, journal),
    lastRefusal: refusal.kind === 'read' ? refusal.value : undefined,
    surroundings: await surroundings(place, daemon),
    ...(await tenantFacts(place, wanted)),
    now: systemClock.now(),
  };
}

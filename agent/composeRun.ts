/**
 * The wiring of work: one cycle by hand, and the daemon.
 *
 * Knows: the order lock, tenant, identity, cycle, door. Promises: nothing is touched without the lock; what was opened
 * here is closed here, the tenant last. Must never: decide whether to rotate.
 */
import { type Device, instanceLock, openDevice, type Place } from './compose.ts';
import type { AccountsKind, AccountsWish } from './composeAccounts.ts';
import { joinedElsewhere } from './composeOwnTenant.ts';
import { lockForDaemon } from './composePatience.ts';
import type { Systemd } from './composeSystemd.ts';
import {
  belongsToEmbedded,
  type Joined,
  joinEmbedded,
  profileNamed,
  refuseUnusable,
  rememberEmbedded,
  startEmbedded,
} from './composeTenant.ts';
import { LapsError } from './core/errors.ts';
import type { LapsEvent } from './core/events.ts';
import { joinHint } from './core/failureHints.ts';
import { defaultOs } from './core/policy/os.ts';
import { jitterMsOf } from './core/schedule.ts';
import { sleep, systemClock } from './edge/clock.ts';
import type { HeldLock } from './edge/instanceLock.ts';
import { shownPath, thisSystem } from './edge/system.ts';
import type { TenantHandle } from './edge/tenantProcess.ts';
import { type Answer, answerOf } from './service/answer.ts';
import type { CycleRequest, Trigger } from './service/request.ts';
import type { StatusReport } from './service/status.ts';

export interface HandWork extends Omit<CycleRequest, 'parked'> {
  readonly signal: AbortSignal;
  readonly lockWaitMs: number;
}

/** The embedded tenant, brought up when it is needed and found again when it died. */
export interface TenantKeeper {
  up(): Promise<void>;
  release(): Promise<void>;
}

function tenantKeeper(place: Place): TenantKeeper {
  let handle: TenantHandle | undefined;
  return {
    async up() {
      if (!(await belongsToEmbedded(place))) return;
      const before = handle;
      handle = await startEmbedded(place);
      await before?.release();
    },
    release: async () => handle?.release(),
  };
}

/** Lock, device, embedded tenant when it is needed; all closed again, the tenant last. `mend` comes before anything is used. */
export async function runUnderLock<T>(
  place: Place,
  signal: AbortSignal,
  waitMs: number,
  act: (device: Device, tenant: TenantKeeper) => Promise<T>,
  mend?: (device: Device) => Promise<void>,
): Promise<T> {
  const lock = await (await instanceLock(place)).acquire({ waitMs, signal });
  const tenant = tenantKeeper(place);
  let device: Device | undefined;
  try {
    device = await openDevice(place, { before: tenant.up });
    await mend?.(device);
    await device.prepare();
    return await act(device, tenant);
  } finally {
    device?.close();
    await tenant.release();
    lock.release();
  }
}

/** One cycle without a daemon. */
export async function oneCycle(place: Place, work: HandWork): Promise<Answer> {
  return runUnderLock(place, work.signal, work.lockWaitMs, async (device) => {
    const { runCycle } = await import('./service/cycle.ts');
    return answerOf(await runCycle(device.ports, { ...work, parked: () => work.signal.aborted }));
  });
}

/** One look for sign-ins without a daemon: a deadline is set, and what is due is left to the next start. */
export async function lookForSignIns(place: Place, signal: AbortSignal): Promise<StatusReport> {
  return runUnderLock(place, signal, 0, async (device) => {
    const { createSignInWatch } = await import('./service/watchSignIn.ts');
    const watch = createSignInWatch({
      ports: { ...device.ports, ...device.signIns },
      ask: () => Promise.reject(new Error('nothing is begun here')),
      parked: () => true,
      onDefect: (error) => {
        throw error;
      },
    });
    await watch.look();
    return device.report({ running: false, atWork: false, nextCycleAt: null });
  });
}

export interface RunWish {
  /** `embedded`, a URL, a cloud; undefined: as remembered, else embedded. */
  readonly tenant: string | undefined;
  readonly once: boolean;
  /** An authority was named for this run, whatever is configured. */
  readonly trusts: boolean;
  readonly schedule: string | undefined;
  readonly os: string | undefined;
  readonly accounts: AccountsWish;
  readonly signal: AbortSignal;
  /** Called when the daemon can be asked at its door. */
  readonly listens: () => void;
  readonly tell: {
    readonly starting: (deviceName: string, data: string) => void;
    readonly tenant: (told: { readonly url: string; readonly domain: string; readonly embedded: boolean }) => void;
    readonly joined: (joined: Joined, isNew: boolean) => void;
    readonly event: (event: LapsEvent) => void;
    /** A line for a log that could not be given more than a line; its priority is in front. */
    readonly line: (text: string) => void;
    readonly cycle: (answer: Answer, trigger: Trigger, tookMs: number, nextCycleAt: number | null) => void;
    readonly ready: (joined: Joined, kind: AccountsKind) => void;
    readonly defect: (error: unknown) => void;
  };
}

/** Joins the embedded tenant when nothing is joined; otherwise tells what is. */
async function ensureJoined(
  place: Place,
  device: Device,
  wish: RunWish,
  embedded: TenantHandle | undefined,
): Promise<Joined> {
  const reading = await device.identity.readFull();
  if (reading.kind === 'joined') {
    const { deviceId, tenantId, displayName, joinType } = reading.identity;
    const joined = { deviceId, tenantId, displayName, joinType };
    wish.tell.joined(joined, false);
    return joined;
  }
  refuseUnusable(reading);
  if (embedded === undefined)
    throw new LapsError('ERR_LAPS_NOT_JOINED', {
      message: 'this device is not joined to that tenant',
      hint: joinHint(wish.tenant),
    });
  const joined = await joinEmbedded(place, embedded.address, {
    os: wish.os ?? place.remembered.os ?? defaultOs.text,
    joinType: 'entra',
    displayName: undefined,
  });
  await rememberEmbedded(place);
  device.ports.log.write({
    at: systemClock.now(),
    id: 50014,
    fields: { DeviceId: joined.deviceId, TenantId: joined.tenantId, JoinType: joined.joinType },
  });
  wish.tell.joined(joined, true);
  return joined;
}

/** What keeps a run with the tenant that the device has, by who named another one. */
function stayWords({ env, configuration }: Place, wanted: string, joined: string): string {
  if (env['LAPS_TENANT'] === wanted)
    return 'take LAPS_TENANT out of the environment (of a service: its file of variables)';
  return configuration.file.tenant === wanted ? `laps config set tenant ${joined}` : 'leave --tenant out';
}

/** Which tenant this run is about, started when it is the embedded one. */
async function ensureTenant(place: Place, device: Device, wish: RunWish): Promise<TenantHandle | undefined> {
  const reading = await device.identity.readFull();
  const own = await belongsToEmbedded(place);
  const wanted = wish.tenant ?? (reading.kind === 'joined' && !own ? reading.identity.tenant : 'embedded');
  if (wanted !== 'embedded') profileNamed(wanted);
  const elsewhere = await joinedElsewhere(place, wanted);
  if (elsewhere !== undefined)
    throw new LapsError('ERR_LAPS_ALREADY_JOINED', {
      message: elsewhere.problem,
      hint: `to stay with it: ${stayWords(place, wanted, elsewhere.joined)}; to join the other one: laps leave, then laps join --tenant ${wanted}${wanted === 'embedded' ? '' : ' --user UPN'}; or use another data folder with --data`,
    });
  if (wanted !== 'embedded') {
    if (reading.kind === 'joined')
      wish.tell.tenant({ url: reading.identity.tenant, domain: reading.identity.tenantId, embedded: false });
    return undefined;
  }
  const handle = await startEmbedded(place);
  const { url: Url, domain } = handle.address;
  device.ports.log.write({ at: systemClock.now(), id: 50018, fields: { Url, Kind: 'embedded' } });
  wish.tell.tenant({ url: Url, domain, embedded: true });
  return handle;
}

/** The daemon of contract 2: runs until `signal`; with `once`, one cycle. Returns the first cycle's result. */
export async function runDaemon(asFound: Place, wish: RunWish): Promise<Answer> {
  const lock: HeldLock = await lockForDaemon(asFound, wish.signal);
  const tenant = tenantKeeper(asFound);
  let embedded: TenantHandle | undefined;
  let device: Device | undefined;
  let flush = async (): Promise<void> => {};
  let work: Promise<unknown> = Promise.resolve();
  try {
    const { withAccounts } = await import('./composeAccounts.ts');
    const place = await withAccounts(asFound, wish.accounts);
    const { connectSystemd } = await import('./composeSystemd.ts');
    const systemd = connectSystemd({ env: place.env, line: wish.tell.line });
    flush = systemd.flush;
    const onEvent = (event: LapsEvent): void => {
      wish.tell.event(event);
      systemd.event(event);
    };
    device = await openDevice(place, { onEvent, before: tenant.up });
    await device.prepare();
    const known = await device.identity.readFull();
    const name = known.kind === 'joined' ? known.identity.displayName : thisSystem().deviceName;
    wish.tell.starting(name, shownPath(place.folder.root, place.cwd));
    const full = await (await import('./composeStanding.ts')).fullUnder(place.folder);
    if (full !== undefined)
      device.ports.log.write({ at: systemClock.now(), id: 50096, fields: { Problem: full.message, Hint: full.hint } });
    embedded = await ensureTenant(place, device, wish);
    const joined = await ensureJoined(place, device, wish, embedded);
    if (!wish.trusts && place.remembered.caFile !== undefined)
      await (await import('./composeTrust.ts')).takeUpConfigured(place, device.ports.log);
    return await serve(place, device, wish, joined, systemd, (ending) => {
      work = ending;
    });
  } finally {
    await tenant.release();
    await embedded?.release();
    await flush();
    // What hangs even now may yet write the journal or set the account, and nobody else may meanwhile: its locks go with
    // its own end, or with this process.
    const over = work.then(() => {
      device?.close();
      lock.release();
    });
    await Promise.race([over, sleep(0)]);
  }
}

/** `endsWith` is given what goes on until the last work is over, which may be later than this one's own end. */
async function serve(
  place: Place,
  device: Device,
  wish: RunWish,
  joined: Joined,
  systemd: Systemd,
  endsWith: (ending: Promise<unknown>) => void,
): Promise<Answer> {
  const [{ createDaemon }, { createTicker }, { createPolicyFolder }, { giveBackMemorySoon }] = await Promise.all([
    import('./service/daemon.ts'),
    import('./edge/ticker.ts'),
    import('./edge/policyFolder.ts'),
    import('./edge/frugal.ts'),
  ]);
  const schedule = wish.schedule ?? place.remembered.schedule;
  if (schedule !== undefined)
    device.ports.log.write({ at: systemClock.now(), id: 50022, fields: { Schedule: schedule } });
  let startedAt = systemClock.monotonicMs();
  let tellFirst = (): void => {};
  let lateByMs = (): number => 0;
  const daemon = createDaemon({
    ports: device.ports,
    signIns: device.signIns,
    sleep,
    startTicking(onTick) {
      const ticker = createTicker({
        onLook: () => void door.look(),
        clock: systemClock,
        jitterMs: schedule === undefined ? jitterMsOf(joined.deviceId) : 0,
        onTick,
        onError: wish.tell.defect,
        ...(schedule === undefined ? {} : { cron: schedule }),
      });
      lateByMs = ticker.lateByMs;
      return ticker;
    },
    watchPolicies: (onChange) =>
      createPolicyFolder({ folder: place.policies, shownAs: place.policiesShown }).watch(onChange),
    watchAccount: (onChange) => device.watchAccount(onChange, wish.tell.defect),
    onBegin: () => {
      startedAt = systemClock.monotonicMs();
    },
    onCycle: (result, trigger) => {
      const tookMs = systemClock.monotonicMs() - startedAt;
      giveBackMemorySoon();
      const tell = () => {
        wish.tell.cycle(answerOf(result), trigger, tookMs, daemon.nextCycleAt());
        systemd.cycleEnded(answerOf(result), daemon.nextCycleAt());
      };
      // At the first cycle's end the ticking has not begun: what comes next is known a moment later.
      if (daemon.nextCycleAt() === null && !wish.once) tellFirst = tell;
      else tell();
    },
    onDefect: wish.tell.defect,
  });
  const report = () => device.report({ running: true, atWork: daemon.queue.busy(), nextCycleAt: daemon.nextCycleAt() });
  const { openDoor } = await import('./composeOwnDoor.ts');
  const door = await openDoor(place, device.ports.log, {
    queue: daemon.queue,
    status: report,
    look: daemon.signIns.look,
    now: systemClock.now,
    stage: daemon.stage,
    answer: answerOf,
    events: async (wanted) =>
      (await import('./edge/eventReader.ts')).lastEvents({ folder: place.folder.logs, ...wanted }),
  });
  let stopSigns = (): void => {};
  wish.listens();
  try {
    // Now, not after the first cycle: a tenant that is slow to answer must not look like a service that cannot start.
    await systemd.ready();
    stopSigns = systemd.live(
      () => ({
        cycleForMs: daemon.queue.busy() ? systemClock.monotonicMs() - startedAt : null,
        lateByMs: lateByMs(),
      }),
      (Problem) => device.ports.log.write({ at: systemClock.now(), id: 50050, fields: { Problem } }),
    );
    const first = answerOf(await daemon.start({ once: wish.once }));
    tellFirst();
    if (wish.once) return first;
    if (!wish.signal.aborted) wish.tell.ready(joined, device.accountsKind);
    await new Promise<void>((resolve) => {
      if (wish.signal.aborted) resolve();
      else wish.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return first;
  } finally {
    // Together: whoever waits at the door is answered by the cycle that is being parked. Whatever hangs even so must not
    // hold up the end: the journal says where to go on.
    stopSigns();
    const endings = [systemd.stopping(), door.close(), daemon.stop()];
    endsWith(Promise.allSettled(endings));
    await Promise.race([Promise.all(endings), sleep(2_500)]);
  }
}

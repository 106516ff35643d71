/**
 * The wiring of `laps repair`: what is damaged is put aside, what was lost is made anew, and a cycle sets things right.
 *
 * Promises: under the instance lock; nothing that can be read is touched, nothing is deleted; a device whose embedded
 * tenant is lost joins a new one. Must never: run beside a daemon.
 */
import type { Device, Place } from './compose.ts';
import { forget, isLost } from './composeJoin.ts';
import { runUnderLock, type TenantKeeper } from './composeRun.ts';
import { belongsToEmbedded, type Joined, joinEmbedded, startEmbedded } from './composeTenant.ts';
import { isLapsError } from './core/errors.ts';
import { defaultOs } from './core/policy/os.ts';
import { putLogAside } from './edge/eventLogLook.ts';
import { putTenantAside } from './edge/tenantFolder.ts';
import type { TenantHandle } from './edge/tenantProcess.ts';
import { type Answer, answerOf } from './service/answer.ts';

export interface Repaired {
  /** What was put aside or written anew, for people. */
  readonly quarantined: readonly string[];
  /** The device of the new embedded tenant, where the old one was lost. */
  readonly joined: Joined | null;
  readonly answer: Answer;
  /** What is still wrong, as `laps status` would tell it. */
  readonly troubles: readonly string[];
}

/** Starts the embedded tenant; one that cannot start again is put aside first. */
async function startMended(place: Place, quarantined: string[]): Promise<TenantHandle> {
  try {
    return await startEmbedded(place, { anew: true });
  } catch (error) {
    if (!isLapsError(error) || error.code !== 'ERR_LAPS_TENANT_LOST') throw error;
    quarantined.push(...(await putTenantAside(place.folder.tenant)));
    return startEmbedded(place, { anew: true });
  }
}

/** Joins the embedded tenant that is there now, or a new one. What the old one knew of this device is gone. */
async function joinAnew(place: Place, device: Device, quarantined: string[]): Promise<Joined> {
  const reading = await device.identity.readFull();
  const before = reading.kind === 'joined' ? reading.identity : undefined;
  const tenant = await startMended(place, quarantined);
  try {
    // Only now: without a tenant to join, what there is of an identity is worth more than none.
    if (before !== undefined) quarantined.push(await device.identity.quarantine());
    const joined = await joinEmbedded(place, tenant.address, {
      os: before?.os ?? place.remembered.os ?? defaultOs.text,
      joinType: before?.joinType ?? 'entra',
      displayName: before?.displayName,
    });
    await forget(device);
    return joined;
  } finally {
    await tenant.release();
  }
}

/** What is damaged is put aside; the cycle itself does so with journal and state, with the event that says so. */
async function clear(
  place: Place,
  device: Device,
  tenant: TenantKeeper,
): Promise<Omit<Repaired, 'answer' | 'troubles'>> {
  const quarantined = [...place.mended];
  const log = await putLogAside(place.folder.logs);
  if (log !== undefined) quarantined.push(log);
  const { kind } = await device.identity.readFull();
  if (kind === 'damaged') quarantined.push(await device.identity.quarantine());
  const [journal, state] = [await device.peek.journal(), await device.peek.state()];
  if (journal === 'damaged') quarantined.push('the journal');
  if (state.kind === 'damaged') quarantined.push('the local state');
  if (kind === 'joined') {
    const lost = (await belongsToEmbedded(place)) && (await isLost(tenant));
    return { quarantined, joined: lost ? await joinAnew(place, device, quarantined) : null };
  }
  const { tenant: which = 'embedded', tenantPort } = place.remembered;
  if (kind === 'refused' || which !== 'embedded' || tenantPort === undefined) return { quarantined, joined: null };
  // An identity that is gone while its rotations are remembered was lost: leaving forgets both.
  if (kind === 'damaged' || state.kind !== 'absent')
    return { quarantined, joined: await joinAnew(place, device, quarantined) };
  await (await startMended(place, quarantined)).release();
  return { quarantined, joined: null };
}

/** Mends what can be mended and runs a cycle. */
export async function repairDevice(place: Place, now: number, signal: AbortSignal): Promise<Repaired> {
  const accounts: string[] = [];
  const mend = async (device: Device): Promise<void> => {
    const aside = await device.mendAccounts();
    if (aside !== undefined) accounts.push(aside);
  };
  const work = async (device: Device, tenant: TenantKeeper): Promise<Repaired> => {
    const cleared = await clear(place, device, tenant);
    const { joined } = cleared;
    const quarantined = [...cleared.quarantined, ...accounts];
    const { log } = device.ports;
    log.write({ at: now, id: 50021, fields: { Quarantine: quarantined.join(', ') || 'nothing' } });
    if (joined !== null) {
      const { deviceId: DeviceId, tenantId: TenantId, joinType: JoinType } = joined;
      log.write({ at: now, id: 50014, fields: { DeviceId, TenantId, JoinType } });
    }
    const { runCycle } = await import('./service/cycle.ts');
    const result = await runCycle(device.ports, {
      trigger: 'process command',
      requestedAt: now,
      acceptRisk: false,
      redraw: false,
      progress: () => {},
      parked: () => signal.aborted,
    });
    const { troubles } = await device.report({ running: false, atWork: false, nextCycleAt: null });
    return { quarantined, joined, answer: answerOf(result), troubles };
  };
  return runUnderLock(place, signal, 0, work, mend);
}

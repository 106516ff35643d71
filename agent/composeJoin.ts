/**
 * The wiring of what changes a device's identity: join and leave.
 *
 * Promises: all under the instance lock; an open rotation is settled before the identity goes. Must never: run beside a
 * daemon.
 */
import { type Device, instanceLock, openDevice, type Place } from './compose.ts';
import { runUnderLock, type TenantKeeper } from './composeRun.ts';
import {
  belongsToEmbedded,
  type Joined,
  type JoinWish,
  join,
  joinEmbedded,
  leave,
  profileNamed,
  refuseUnusable,
  rememberEmbedded,
  startEmbedded,
} from './composeTenant.ts';
import { errorTable, isLapsError, LapsError } from './core/errors.ts';
import { serviceName, servicePaths } from './core/hosting/place.ts';
import { startService } from './core/hosting/standing.ts';
import type { JoinType } from './core/ports.ts';
import { idleRecord } from './core/rotation/journal.ts';
import { systemClock } from './edge/clock.ts';
import { isServed } from './edge/installedData.ts';
import { absolutePath } from './edge/system.ts';
import { readCertificateFile, readTextFile } from './edge/textFile.ts';

export interface JoinOrder {
  readonly tenant: string;
  readonly tenantId: string | undefined;
  /** Undefined: the embedded tenant's ordinary user. Asked last: nobody types a password for a join that cannot be. */
  readonly signIn: JoinWish['signIn'] | (() => Promise<JoinWish['signIn']>) | undefined;
  readonly joinType: JoinType;
  readonly displayName: string | undefined;
  readonly os: string;
  readonly caFile: string | undefined;
  readonly signal: AbortSignal;
}

async function refuseWhenJoined(device: Device): Promise<void> {
  const reading = await device.identity.readFull();
  if (reading.kind === 'none') return;
  if (reading.kind === 'joined')
    throw new LapsError('ERR_LAPS_ALREADY_JOINED', {
      message: `this device is joined already, as ${reading.identity.deviceId}`,
      hint: 'leave first with laps leave, or use another data folder with --data',
    });
  refuseUnusable(reading);
}

async function asked(signIn: NonNullable<JoinOrder['signIn']>): Promise<JoinWish['signIn']> {
  return typeof signIn === 'function' ? signIn() : signIn;
}

/** Joins under the lock; remembers which tenant. */
export async function joinDevice(place: Place, order: JoinOrder): Promise<Joined> {
  const lock = await (await instanceLock(place)).acquire({ waitMs: 0, signal: order.signal });
  try {
    const device = await openDevice(place);
    await device.prepare();
    await refuseWhenJoined(device);
    const caFile = order.caFile || place.remembered.caFile;
    const caPem = caFile === undefined ? null : await readCertificateFile(absolutePath(caFile, place.cwd));
    let joined: Joined;
    if (order.tenant === 'embedded') {
      const embedded = await startEmbedded(place);
      try {
        const { address } = embedded;
        joined =
          order.signIn === undefined
            ? await joinEmbedded(place, address, order)
            : await join(place, {
                ...order,
                signIn: await asked(order.signIn),
                profile: profileNamed(address.url),
                tenantId: order.tenantId ?? address.tenantId,
                caPem: await readTextFile(address.caFile),
              });
        await rememberEmbedded(place);
      } finally {
        await embedded.release();
      }
    } else {
      if (order.signIn === undefined)
        throw new LapsError('ERR_LAPS_USAGE', {
          message: 'who joins the device is not clear',
          hint: 'name a user of the tenant with --user UPN',
        });
      const profile = profileNamed(order.tenant);
      joined = await join(place, { ...order, signIn: await asked(order.signIn), profile, caPem });
      await place.remember({ tenant: profile.name === 'tenant' ? profile.registrationOrigin : profile.name });
    }
    await place.remember({ os: order.os, ...(place.policiesNamed ? { policies: place.policies } : {}) });
    const { deviceId: DeviceId, tenantId: TenantId, joinType: JoinType } = joined;
    device.ports.log.write({ at: systemClock.now(), id: 50014, fields: { DeviceId, TenantId, JoinType } });
    return joined;
  } catch (error) {
    // A join that came to nothing leaves no folder behind that was not there before.
    await place.unmake();
    throw error;
  } finally {
    lock.release();
  }
}

/** What starts the daemon of a device that has joined. */
export async function startWords({ folder }: Place, paths = servicePaths()): Promise<string> {
  return (await isServed(paths, folder.root)) ? startService : 'laps run';
}

/** What a device that left its tenant remembers: nothing of it, and nothing in doubt. */
export async function forget(device: Device): Promise<void> {
  await device.accounts.guard(null);
  // With the device its credentials and whatever was in doubt about them are gone; so is the tenant's plea for patience.
  await device.ports.state.clear();
  await device.ports.journal.write(idleRecord);
  try {
    await device.ports.seal.keepOnly(null);
  } catch (error) {
    if (!isLapsError(error)) throw error;
    // What it could open is overwritten; the next cycle of a device that joins here tries again.
    device.ports.log.write({ at: systemClock.now(), id: 50019, fields: { Problem: error.message } });
  }
}

/** Whether the embedded tenant that this device joined is lost for good. Brings it up where it is not. */
export async function isLost(tenant: TenantKeeper): Promise<boolean> {
  try {
    await tenant.up();
    return false;
  } catch (error) {
    if (isLapsError(error) && error.code === 'ERR_LAPS_TENANT_LOST') return true;
    throw error;
  }
}

/** What `leave` did at the tenant, and whose device it was. */
type Parted = { readonly kind: 'left' | 'gone' | 'forgotten' } & Joined;

export interface Left extends Parted {
  /** The tenant that is configured from now on; only the embedded one is joined by a start. */
  readonly tenant: string;
  /** What comes next, in words. */
  readonly next: string;
}

/** Says what leads on when the tenant cannot be asked. */
async function leaveAtTenant(place: Place): Promise<Parted> {
  try {
    return await leave(place, true);
  } catch (error) {
    if (!(error instanceof LapsError)) throw error;
    const row = errorTable[error.code];
    if (!('event' in row) || row.event !== 10025) throw error;
    const { code, message, hint, detail, hresult } = error;
    const told = { message, hresult, ...(detail === undefined ? {} : { detail }) };
    throw new LapsError(code, {
      ...told,
      hint: `${hint === undefined ? '' : `${hint}; `}if that tenant is gone for good, laps leave --local forgets it without asking`,
    });
  }
}

/** What the next start does about a device that has left. */
export async function nextWords(
  place: Place,
  tenant: string,
  /** A private authority that only the identity remembered has to be given again. */
  authority: '' | ' --ca-file CA.pem' = '',
  paths = servicePaths(),
): Promise<string> {
  const served = await isServed(paths, place.folder.root);
  if (tenant === 'embedded')
    return served
      ? `the service joins the embedded tenant at its next start, as a new device; sudo systemctl disable ${serviceName} keeps it from that`
      : 'laps run joins the embedded tenant, as a new device';
  return `${tenant} stays configured, and nothing joins it by itself: ${served ? 'sudo ' : ''}laps join --tenant ${tenant} --user UPN${authority}, then: ${await startWords(place, paths)}; for the embedded test tenant instead: ${served ? 'sudo laps config set tenant embedded' : 'laps run --tenant embedded'}`;
}

/** Before anything is sent, Ctrl-C means that the device stays. */
function refuseWhenInterrupted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new LapsError('ERR_LAPS_INTERRUPTED', {
      message: 'interrupted: the device stays joined',
      hint: 'nothing was deleted; run it again: laps leave',
    });
}

const isOpen = (record: Awaited<ReturnType<Device['peek']['journal']>>): boolean =>
  typeof record !== 'string' && record.state !== 'idle';

/** Finishes an open rotation. Throws its failure: with the device the tenant would lose what opens the account. */
async function settle(device: Device, signal: AbortSignal): Promise<void> {
  if (!isOpen(await device.peek.journal())) return;
  const { runCycle } = await import('./service/cycle.ts');
  const { error } = await runCycle(device.ports, {
    trigger: 'process command',
    requestedAt: systemClock.now(),
    acceptRisk: false,
    redraw: false,
    progress: () => {},
    parked: () => signal.aborted,
  });
  refuseWhenInterrupted(signal);
  // A tenant that knows this device no longer has nothing to lose.
  if (error === null || error.code === 'ERR_LAPS_DEVICE_AUTH' || !isOpen(await device.peek.journal())) return;
  throw new LapsError(error.code, {
    message: `the device stays joined, for its open rotation could not be finished: ${error.message}`,
    hint: `${error.hint === null ? '' : `${error.hint}; then `}run it again: laps leave; laps leave --local forgets the device as it is and deletes nothing at the tenant`,
  });
}

/**
 * Settles what is open, deletes the device at the tenant, forgets the identity, lets the account go. With `local`, or when
 * the embedded tenant is lost, nobody is asked.
 */
export async function leaveDevice(place: Place, local: boolean, signal: AbortSignal): Promise<Left> {
  return runUnderLock(place, signal, 0, async (device, tenant) => {
    const reading = await device.identity.readFull();
    refuseUnusable(reading);
    if (reading.kind !== 'joined')
      throw new LapsError('ERR_LAPS_NOT_JOINED', {
        message: 'this device is not joined to a tenant',
        hint: 'there is nothing to leave',
      });
    const own = await belongsToEmbedded(place);
    const alone = local || (await isLost(tenant));
    if (!alone) await settle(device, signal);
    refuseWhenInterrupted(signal);
    const left = alone ? await leave(place, false) : await leaveAtTenant(place);
    await forget(device);
    const { deviceId: DeviceId, tenantId: TenantId } = left;
    device.ports.log.write({ at: systemClock.now(), id: 50015, fields: { DeviceId, TenantId } });
    // A start joins the embedded tenant by itself: it must not come to that because another one was left.
    const { tenant: configured = own ? 'embedded' : reading.identity.tenant } = place.configuration.file;
    if (!own) await place.remember({ tenant: configured });
    const tenantNext = place.remembered.tenant ?? configured;
    const authority =
      reading.identity.caPem !== null && place.remembered.caFile === undefined ? ' --ca-file CA.pem' : '';
    return { ...left, tenant: tenantNext, next: await nextWords(place, tenantNext, authority) };
  });
}

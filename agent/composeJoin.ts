/**
 * The wiring of what changes a device's identity: join, leave, repair.
 *
 * Promises: all under the instance lock; an open rotation is settled before the identity goes. Must never: run beside a
 * daemon.
 */
import { type Device, identityOf, instanceLock, openDevice, type Place } from './compose.ts';
import { runUnderLock } from './composeRun.ts';
import {
  belongsToEmbedded,
  type Joined,
  type JoinWish,
  join,
  joinEmbedded,
  leave,
  profileNamed,
  refuseUnusable,
  startEmbedded,
} from './composeTenant.ts';
import { LapsError } from './core/errors.ts';
import type { JoinType } from './core/ports.ts';
import { idleRecord } from './core/rotation/journal.ts';
import { systemClock } from './edge/clock.ts';
import { absolutePath } from './edge/system.ts';
import { readCertificateFile, readTextFile, removeFolder } from './edge/textFile.ts';
import { type Answer, answerOf } from './service/answer.ts';

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
  } finally {
    lock.release();
  }
}

/** Takes away the data folder that this command made for a join that did not come about; another's work in it stays. */
export async function takeBack(place: Place): Promise<void> {
  const lock = await (await instanceLock(place)).acquire({ waitMs: 0 }).catch(() => undefined);
  if (lock === undefined) return;
  try {
    const { kind } = await (await identityOf(place)).readFull();
    if (kind === 'none') await removeFolder(place.folder.root);
  } finally {
    lock.release();
  }
}

/** Settles what is open, deletes the device at the tenant, forgets the identity, lets the account go. */
export async function leaveDevice(
  place: Place,
  signal: AbortSignal,
): Promise<{ readonly kind: 'left' | 'gone' } & Joined> {
  return runUnderLock(place, signal, 0, async (device, tenant) => {
    const reading = await device.identity.readFull();
    refuseUnusable(reading);
    if (reading.kind !== 'joined')
      throw new LapsError('ERR_LAPS_NOT_JOINED', {
        message: 'this device is not joined to a tenant',
        hint: 'there is nothing to leave',
      });
    await tenant.up();
    const record = await device.peek.journal();
    if (typeof record !== 'string' && record.state !== 'idle') {
      const { runCycle } = await import('./service/cycle.ts');
      await runCycle(device.ports, {
        trigger: 'process command',
        requestedAt: systemClock.now(),
        acceptRisk: false,
        redraw: false,
        progress: () => {},
        parked: () => signal.aborted,
      });
    }
    const left = await leave(place);
    await device.accounts.guard(null);
    // With the device its credentials and whatever was in doubt about them are gone; so is the tenant's plea for patience.
    await device.ports.state.clear();
    await device.ports.journal.write(idleRecord);
    const { deviceId: DeviceId, tenantId: TenantId } = left;
    device.ports.log.write({ at: systemClock.now(), id: 50015, fields: { DeviceId, TenantId } });
    if (!(await belongsToEmbedded(place))) await place.remember({ tenant: null });
    return left;
  });
}

/** Puts aside what is damaged and runs a cycle. */
export async function repairDevice(
  place: Place,
  now: number,
  signal: AbortSignal,
): Promise<{ readonly quarantined: readonly string[]; readonly answer: Answer }> {
  return runUnderLock(place, signal, 0, async (device) => {
    const quarantined: string[] = place.mended === undefined ? [] : ['the configuration'];
    if ((await device.identity.readFull()).kind === 'damaged') quarantined.push(await device.identity.quarantine());
    if ((await device.peek.journal()) === 'damaged') quarantined.push('the journal');
    if ((await device.peek.state()).kind === 'damaged') quarantined.push('the local state');
    device.ports.log.write({ at: now, id: 50021, fields: { Quarantine: quarantined.join(', ') || 'nothing' } });
    const { runCycle } = await import('./service/cycle.ts');
    // The cycle itself puts a damaged journal or state aside, with the event that says so, and rotates.
    const result = await runCycle(device.ports, {
      trigger: 'process command',
      requestedAt: now,
      acceptRisk: false,
      redraw: false,
      progress: () => {},
      parked: () => signal.aborted,
    });
    return { quarantined, answer: answerOf(result) };
  });
}

/**
 * One installation in a folder of its own, and a fresh look at it: what is on the disk, what the tenant holds, what
 * opens the account.
 *
 * Knows: the agent's own edges, built anew for each look, so that nothing is believed that is not written down.
 * Promises: looking changes nothing. Must never: keep what it saw from one look to the next, but for the answer of a
 * password against one and the same verifier, which cannot change.
 */
import { openDevice, openPlace, type Place } from '../../../agent/compose.ts';
import { joinDevice } from '../../../agent/composeJoin.ts';
import { oneCycle } from '../../../agent/composeRun.ts';
import { defaultOs } from '../../../agent/core/policy/os.ts';
import type { StateReading } from '../../../agent/core/ports.ts';
import type { JournalRecord } from '../../../agent/core/rotation/journal.ts';
import { systemClock } from '../../../agent/edge/clock.ts';
import { isLockHeld } from '../../../agent/edge/lockLook.ts';
import type { Answer } from '../../../agent/service/answer.ts';
import type { StatusReport } from '../../../agent/service/status.ts';
import { accountsEnv, type RealAccount } from './realMachine.ts';
import type { Held, TenantView } from './tenantChild.ts';

/** Where one installation lies and what it is known by. */
export interface Installation {
  readonly data: string;
  readonly policies: string;
  readonly deviceId: string;
}

/** What a fresh look shows. */
export interface Sight {
  readonly journal: JournalRecord | 'absent' | 'damaged';
  readonly state: StateReading;
  readonly report: StatusReport;
  /** Credentials in the tenant, newest first. */
  readonly held: readonly Held[];
  /** Index in `held` of the newest credential that opens the account; -1: none does. */
  readonly opensAt: number;
  /** Whether the account's password field is as the state remembers it. */
  readonly isMarked: boolean;
  /** Name of the account that is, or is about to be, managed. */
  readonly accountName: string;
  /** Posts that may be in doubt: H - 1. */
  readonly budget: number;
}

/** The folder as a command started now would open it. */
export async function placeAt(where: Pick<Installation, 'data' | 'policies'>): Promise<Place> {
  const { data, policies } = where;
  const place = await openPlace({ data, policies, env: accountsEnv(), cwd: data, create: true });
  if (place === undefined) throw new Error(`${data} was not made`);
  return place;
}

/** Joins a new device to the tenant, as its ordinary user. */
export async function install(
  where: Pick<Installation, 'data' | 'policies'>,
  tenant: TenantView,
  name: string,
): Promise<Installation> {
  const user = `alice@${tenant.address.domain}`;
  const { deviceId } = await joinDevice(await placeAt(where), {
    tenant: tenant.address.url,
    tenantId: tenant.address.tenantId,
    signIn: { kind: 'password', user, password: await tenant.passwordOf(user) },
    joinType: 'entra',
    displayName: name,
    os: defaultOs.text,
    caFile: tenant.address.caFile,
    signal: new AbortController().signal,
  });
  return { ...where, deviceId };
}

/** The installation that a command joined in `data`. */
export async function installationAt(where: Pick<Installation, 'data' | 'policies'>): Promise<Installation> {
  const reading = await (await openDevice(await placeAt(where))).identity.read();
  if (reading.kind !== 'joined') throw new Error(`no device is joined in ${where.data}: ${reading.kind}`);
  return { ...where, deviceId: reading.device.identity.deviceId };
}

/** How the rotation stands there, by the journal alone. */
export async function journalAt(where: Pick<Installation, 'data' | 'policies'>): Promise<Sight['journal']> {
  return (await openDevice(await placeAt(where))).peek.journal();
}

/** One cycle, by edges that know nothing of what was before: what a restarted command does. */
export async function cycleAt(
  where: Installation,
  wish: { readonly kind: 'reset' | 'process'; readonly acceptRisk?: boolean },
): Promise<Answer> {
  return oneCycle(await placeAt(where), {
    trigger: wish.kind === 'reset' ? 'administrator' : 'process command',
    requestedAt: systemClock.now(),
    acceptRisk: wish.acceptRisk ?? false,
    redraw: false,
    progress: () => {},
    signal: new AbortController().signal,
    lockWaitMs: 10_000,
  });
}

/** Password against verifier: one answer for ever, and dear to compute. */
const known = new Map<string, boolean>();

/** A fresh look. */
export async function look(where: Installation, tenant: TenantView, real?: RealAccount): Promise<Sight> {
  // A chpasswd outlives whoever started it: what it does between two of the looks below would be seen as neither.
  await real?.quiet();
  const place = await placeAt(where);
  const device = await openDevice(place);
  const [journal, state, identity, held] = await Promise.all([
    device.peek.journal(),
    device.peek.state(),
    device.identity.read(),
    tenant.history(where.deviceId),
  ]);
  // A daemon that is at work here is not asked: what is seen is what lies on the disk.
  const running = (await isLockHeld(place.folder.lockFile)) === true;
  const report = await device.report({ running, atWork: false, nextCycleAt: null });
  const pending = typeof journal === 'string' ? null : journal.pending;
  const accountName =
    state.kind === 'state' ? state.state.accountName : (pending?.account.name ?? real?.name ?? 'lapsadmin');
  const account = await device.accounts.find(accountName);
  const mark = account === undefined ? undefined : await device.accounts.mark(account.sid);
  let opensAt = -1;
  for (const [index, { password }] of held.entries()) {
    if (account === undefined || mark === undefined) break;
    const key = `${where.data}\n${mark}\n${password.reveal()}`;
    const opens = known.get(key) ?? (await device.accounts.opens(account.sid, password));
    known.set(key, opens);
    if (!opens) continue;
    opensAt = index;
    break;
  }
  const isMarked = state.kind === 'state' && state.state.mark === mark && state.state.accountSid === account?.sid;
  const budget = identity.kind === 'joined' ? identity.device.historyDepth - 1 : 0;
  return { journal, state, report, held, opensAt, isMarked, accountName, budget };
}

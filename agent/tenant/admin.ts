/**
 * The management listener: seed, inspect, break, reset (design 5).
 *
 * Knows: a token that only its owner's file holds. Promises: no browser gets through (a foreign Host, an Origin or a
 * Referer is refused before anything else), the token is compared in constant time. Must never: say a password, a
 * secret, or anything that helps to guess one.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingRequest, OutgoingReply, RequestHandler } from '../edge/httpServer.ts';
import { headerOf, type TenantContext } from './context.ts';
import { TenantError } from './errors.ts';
import { type FaultBoard, faultHelp } from './faults.ts';
import { isJson, type Json, member, parseJson, textMember } from './plain.ts';
import { policyOf, readPolicy, writePolicy } from './policy.ts';
import type { Device } from './store/devices.ts';

export interface AdminParts {
  readonly context: Promise<TenantContext>;
  readonly faults: FaultBoard;
  readonly token: string;
  readonly clock: { skewSeconds: number };
  /** Epoch ms by the tenant's clock. */
  readonly now: () => number;
  /** Back to the seed: no devices, no records, no faults; users keep their passwords. */
  readonly reset: () => void;
}

export function createAdmin(parts: AdminParts): RequestHandler {
  return async (request) => {
    const refused = foreign(request) ?? unauthorised(request, parts.token);
    if (refused !== undefined) return refused;
    try {
      return handle(request, await parts.context, parts);
    } catch (error) {
      if (error instanceof TenantError) return says(400, error.code, error.message);
      throw error;
    }
  };
}

function reply(status: number, body?: unknown): OutgoingReply {
  if (body === undefined) return { status };
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}

function says(status: number, code: string, message: string): OutgoingReply {
  return reply(status, { error: { code, message } });
}

/** A page in a browser may reach loopback; it cannot help sending one of these, or a name of its own. */
function foreign(request: IncomingRequest): OutgoingReply | undefined {
  const { host, origin, referer } = request.headers;
  const ours = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host ?? '');
  if (ours && origin === undefined && referer === undefined) return undefined;
  return says(403, 'Forbidden', 'The management listener does not talk to browsers.');
}

function unauthorised(request: IncomingRequest, token: string): OutgoingReply | undefined {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const given = headerOf(request, 'authorization') ?? '';
  if (timingSafeEqual(digest(given), digest(`Bearer ${token}`))) return undefined;
  return says(401, 'Unauthorized', 'The bearer token of the admin token file is needed.');
}

function handle(request: IncomingRequest, tenant: TenantContext, parts: AdminParts): OutgoingReply {
  const [, first, second, third] = request.path.split('/');
  const body = parseJson(request.body);
  const json: Json = isJson(body) ? body : {};
  const key = `${request.method} /${first ?? ''}`;
  if (key === 'GET /state' && second === undefined) return reply(200, stateOf(tenant, parts));
  if (key === 'GET /faults' && second === undefined) return reply(200, faultsOf(parts.faults));
  if (key === 'POST /faults' && second === undefined) {
    const specs = member(json, 'specs');
    if (!Array.isArray(specs) || !specs.every((spec) => typeof spec === 'string')) {
      return says(400, 'BadRequest', `specs must be a list of texts OP:EFFECT[:COUNT]; ${faultHelp}`);
    }
    parts.faults.add(specs);
    return reply(200, faultsOf(parts.faults));
  }
  if (key === 'DELETE /faults' && second === undefined) {
    parts.faults.clear();
    return reply(204);
  }
  if (key === 'POST /laps-switch' && second === undefined) return lapsSwitch(tenant, member(json, 'enabled'));
  if (key === 'POST /policy' && second === undefined) return changePolicy(tenant, json);
  if (first === 'devices' && second !== undefined && third === undefined) return device(request, second, tenant, json);
  if (key === 'POST /device-codes' && second === 'approve') return decide(tenant, json, parts.now());
  if (key === 'POST /clock' && second === undefined) {
    const seconds = member(json, 'skewSeconds');
    if (typeof seconds !== 'number' || !Number.isInteger(seconds) || Math.abs(seconds) > 1e10) {
      return says(400, 'BadRequest', 'skewSeconds must be a whole number');
    }
    parts.clock.skewSeconds = seconds;
    return reply(200, { skewSeconds: seconds, now: new Date(parts.now()).toISOString() });
  }
  if (key === 'POST /reset' && second === undefined) {
    parts.reset();
    return reply(204);
  }
  return says(404, 'NotFound', 'There is no such thing here.');
}

function stateOf(tenant: TenantContext, parts: AdminParts) {
  const { store } = tenant;
  const policy = readPolicy(store.meta);
  return {
    tenantId: tenant.tenantId,
    domain: tenant.domain,
    origin: tenant.origin,
    now: new Date(parts.now()).toISOString(),
    skewSeconds: parts.clock.skewSeconds,
    lapsEnabled: policy.localAdminPassword.isEnabled,
    userDeviceQuota: policy.userDeviceQuota,
    counts: {
      ...store.principals.counts(),
      devices: store.devices.count(),
      credentials: tenant.credentials.count(),
      audits: store.audits.count(),
    },
    devices: store.devices.all().map(deviceView),
    ...faultsOf(parts.faults),
  };
}

function deviceView(found: Device) {
  const { deviceId, id, displayName, accountEnabled, trustType } = found;
  return { deviceId, id, displayName, accountEnabled, trustType };
}

function faultsOf(faults: FaultBoard) {
  return { faults: faults.list().map(({ spec, left }) => ({ spec, left: Number.isFinite(left) ? left : null })) };
}

function lapsSwitch(tenant: TenantContext, enabled: unknown): OutgoingReply {
  if (typeof enabled !== 'boolean') return says(400, 'BadRequest', 'enabled must be true or false');
  writePolicy(tenant.store.meta, { ...readPolicy(tenant.store.meta), localAdminPassword: { isEnabled: enabled } });
  return reply(200, { lapsEnabled: enabled });
}

/** Members given replace those there; unlike Graph's put, the quota stays where it is not named. */
function changePolicy(tenant: TenantContext, json: Json): OutgoingReply {
  const present = readPolicy(tenant.store.meta);
  const policy = policyOf({ userDeviceQuota: present.userDeviceQuota, ...json }, present);
  if (typeof policy === 'string') return says(400, 'BadRequest', policy);
  writePolicy(tenant.store.meta, policy);
  return reply(200, policy);
}

function device(request: IncomingRequest, deviceId: string, tenant: TenantContext, json: Json): OutgoingReply {
  const { devices } = tenant.store;
  const found = devices.byDeviceId(deviceId);
  if (found === undefined) return says(404, 'NotFound', 'There is no such device.');
  if (request.method === 'GET') return reply(200, deviceView(found));
  if (request.method === 'DELETE') {
    tenant.store.transaction(() => devices.remove(found.deviceId));
    return reply(204);
  }
  const [enabled, name] = [member(json, 'accountEnabled'), textMember(json, 'displayName')];
  if (request.method !== 'PATCH' || (enabled === undefined && name === undefined)) {
    return says(400, 'BadRequest', 'PATCH accountEnabled or displayName, DELETE, or GET');
  }
  if (enabled !== undefined && typeof enabled !== 'boolean') {
    return says(400, 'BadRequest', 'accountEnabled must be true or false');
  }
  devices.change(found.deviceId, {
    ...(enabled === undefined ? {} : { accountEnabled: enabled }),
    ...(name === undefined ? {} : { displayName: name }),
  });
  return reply(
    200,
    deviceView({ ...found, accountEnabled: enabled ?? found.accountEnabled, displayName: name ?? found.displayName }),
  );
}

/** Stands in for the person at the page: `{ userCode, userPrincipalName, approve? }`. */
function decide(tenant: TenantContext, json: Json, at: number): OutgoingReply {
  const user = tenant.store.principals.userByName(textMember(json, 'userPrincipalName') ?? '');
  if (user === undefined) return says(404, 'NotFound', 'There is no such user.');
  const approve = member(json, 'approve') !== false;
  const done = tenant.deviceCodes.decide(textMember(json, 'userCode') ?? '', approve ? user.id : null, at);
  return done ? reply(204) : says(404, 'NotFound', 'Nobody waits with this code.');
}

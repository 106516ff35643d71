/**
 * A tenant in memory: what Entra keeps of a device, and the client that speaks to it.
 *
 * Knows: three credentials a device, newest first, whatever accounts they are for. Promises: an answer may be lost after the credential was stored, and a repeated request id is stored again unless the tenant is
 * told to recognise it (rotation.md 1). Must never: tell the device what it holds.
 */
import type { BackupClient, BackupReply, WireFailure } from '../../../agent/core/ports.ts';
import type { Identity } from '../../../agent/core/rotation/journal.ts';
import type { Faults } from './faults.ts';

export const historyDepth = 3;

export interface Credential {
  readonly sid: string;
  readonly name: string;
  readonly password: string;
  readonly requestId: string;
  readonly ageDays: number;
}

export interface Post {
  readonly rotationId: string;
  readonly deviceId: string;
  readonly sid: string;
  readonly fresh: boolean;
  readonly stored: boolean;
  readonly reply: BackupReply['kind'];
}

/** What becomes of one post. */
export type Fate =
  | 'stored'
  /** The answer is lost, cut short, HTML, a wrong echo, a 5xx: whatever is not clear. */
  | { readonly kind: 'unclear'; readonly stored: boolean; readonly says?: string; readonly retryAt?: number }
  | { readonly kind: 'refused'; readonly status: number; readonly text?: string; readonly retryAt?: number }
  | { readonly kind: 'notSent' };

export interface ModelTenant {
  credentials(deviceId: string): readonly Credential[];
  readonly posts: readonly Post[];
  /** The fates of the next posts; after these, all are stored (or as `always` says). */
  next(...fates: readonly Fate[]): void;
  /** The fate of every post until told otherwise. */
  always(fate: Fate): void;
  /** What the next connects fail with; after these they succeed. */
  connectFails(...failures: readonly WireFailure[]): void;
  deleteDevice(deviceId: string): void;
  /** A post as the client makes it. */
  take: (post: { deviceId: string; credential: Credential; fresh: boolean }) => BackupReply;
  connect(): WireFailure | undefined;
}

function failureOf(code: WireFailure['code'], message: string, hresult: number): WireFailure {
  return { code, message, hresult, phase: 'backup' };
}

function replyOf(fate: Fate): BackupReply {
  if (fate === 'stored') return { kind: 'stored' };
  if (fate.kind === 'notSent')
    return {
      kind: 'notSent',
      failure: failureOf('ERR_LAPS_NO_TENANT', 'the tenant does not answer', 0x80072efd),
    };
  if (fate.kind === 'unclear')
    return {
      kind: 'unclear',
      failure: {
        ...failureOf('ERR_LAPS_TENANT_UNCLEAR', fate.says ?? 'the answer was lost', 0x80072efe),
        ...(fate.retryAt === undefined ? {} : { retryAt: fate.retryAt }),
      },
    };
  const { status, text = 'no', retryAt } = fate;
  const throttled = status === 429 || status === 503;
  const failure: WireFailure = {
    ...failureOf(
      throttled ? 'ERR_LAPS_TENANT_THROTTLED' : 'ERR_LAPS_TENANT_REFUSED',
      `the tenant refused the backup: ${text}`,
      0x80070000 | status,
    ),
    hresult: (0x80070000 | status) >>> 0,
    ...(retryAt === undefined ? {} : { retryAt }),
  };
  return { kind: 'refused', httpStatus: status, text, failure };
}

export function createModelTenant(options: { readonly recogniseRepeats: boolean }): ModelTenant {
  const devices = new Map<string, Credential[]>();
  const posts: Post[] = [];
  let fates: Fate[] = [];
  let always: Fate = 'stored';
  let connects: WireFailure[] = [];

  function store(deviceId: string, credential: Credential): void {
    const kept = devices.get(deviceId) ?? [];
    if (options.recogniseRepeats && kept.some((each) => each.requestId === credential.requestId)) return;
    devices.set(deviceId, [credential, ...kept].slice(0, historyDepth));
  }

  return {
    credentials: (deviceId) => devices.get(deviceId) ?? [],
    posts,
    next(...given) {
      fates = [...given];
    },
    always(fate) {
      always = fate;
      fates = [];
    },
    connectFails(...failures) {
      connects = [...failures];
    },
    deleteDevice(deviceId) {
      devices.delete(deviceId);
    },
    take({ deviceId, credential, fresh }) {
      const fate = fates.shift() ?? always;
      const stored = fate === 'stored' || (fate.kind === 'unclear' && fate.stored);
      if (stored) store(deviceId, credential);
      const reply = replyOf(fate);
      posts.push({
        rotationId: credential.requestId,
        deviceId,
        sid: credential.sid,
        fresh,
        stored,
        reply: reply.kind,
      });
      return reply;
    },
    connect: () => connects.shift(),
  };
}

/** The device's client in one process: discovery once, then a token and posts. */
export function createFakeClient(deps: {
  readonly tenant: ModelTenant;
  readonly identity: () => Identity;
  readonly faults: Faults;
  /** Told before the post leaves, for the order of things (P4). */
  readonly onPost: (rotationId: string) => void;
}): BackupClient {
  const { tenant, identity, faults } = deps;
  let discovered = false;
  let connected = false;
  return {
    connect: ({ onRequest }) =>
      faults.around('client.connect', () => {
        connected = false;
        const failure = tenant.connect();
        if (!discovered && failure?.phase !== 'token') onRequest('https://tenant.test/discover');
        if (failure !== undefined) return { kind: 'failed', failure };
        discovered = true;
        connected = true;
        return { kind: 'ready' };
      }),
    backUp: ({ rotationId, body, secret, fresh, onRequest }) =>
      faults.around('client.backUp', () => {
        if (!connected) throw new Error('backUp must follow a successful connect');
        deps.onPost(rotationId);
        onRequest(`https://tenant.test/backup/${rotationId}`);
        const credential: Credential = {
          sid: body.AccountSid,
          name: body.AccountName,
          password: secret.reveal(),
          requestId: rotationId,
          ageDays: body.PasswordAgeDays,
        };
        return tenant.take({ deviceId: identity().deviceId, credential, fresh });
      }),
  };
}

/**
 * The device's side of the backup: discovery once, a device token in hand, one post (wire 1 to 3).
 *
 * Promises: the password is in the body of that post and nowhere else; it is posted once per call, only to a pinned
 * origin, over verified TLS. Must never: retry by itself, for the rotation counts every send.
 */
import type { TenantProfile } from '../core/cloudProfiles.ts';
import type { BackupClient, Clock, IdSource } from '../core/ports.ts';
import { leastBackupMs } from '../core/schedule.ts';
import type { Secret } from '../core/secret.ts';
import { judgeBackup } from './backupReply.ts';
import { createDeviceTokens } from './deviceToken.ts';
import { discover, type Endpoints } from './discovery.ts';
import type { Http } from './http.ts';

/** What the client must know of the device; see deviceIdentity.ts. */
export interface BackupDevice {
  readonly tenantId: string;
  readonly deviceId: string;
  readonly os: string;
  /** Base64 DER. */
  readonly certificate: string;
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string;
}

/** The BackupClient port over HTTPS. */
export function createBackupClient(options: {
  readonly http: Http;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly profile: TenantProfile;
  readonly device: BackupDevice;
}): BackupClient {
  const { clock, ids, profile, device } = options;
  let until = Number.POSITIVE_INFINITY;
  /** The sender, held to what is left of the cycle: each request by itself, and all of them together. */
  const http: Http = {
    async send(request) {
      const deadlineMs = until - clock.monotonicMs();
      if (deadlineMs <= 0) return { kind: 'notSent', reason: 'timeoutConnect', detail: 'no time left in this cycle' };
      return options.http.send({ ...request, ...(Number.isFinite(deadlineMs) ? { deadlineMs } : {}) });
    },
    dropIdle: () => options.http.dropIdle(),
  };
  const tokens = createDeviceTokens({ http, clock, ...device });
  let endpoints: Endpoints | undefined;
  let token: Secret | undefined;

  return {
    async connect({ fresh, leftMs, onRequest }) {
      until = clock.monotonicMs() + leftMs;
      token = undefined;
      if (fresh) http.dropIdle();
      if (endpoints === undefined) {
        const found = await discover({
          http,
          clock,
          ids,
          profile,
          tenant: device.tenantId,
          expectedTenantId: device.tenantId,
          fresh,
          onRequest,
        });
        if (found.kind === 'failed') return { kind: 'failed', failure: { ...found.failure, phase: 'discovery' } };
        // Once per process, as Windows does once per boot (wire 1.1), while the service answers for itself.
        endpoints = found.endpoints;
      }
      const got = await tokens.get({
        tokenEndpoint: endpoints.tokenEndpoint,
        resource: endpoints.deviceManagementResourceId,
        fresh,
      });
      if (got.kind === 'failed') return got;
      token = got.token;
      return { kind: 'ready' };
    },

    async backUp({ rotationId, body, secret, fresh, leftMs, onRequest }) {
      until = clock.monotonicMs() + leftMs;
      if (leftMs < leastBackupMs)
        return {
          kind: 'notSent',
          failure: {
            code: 'ERR_LAPS_TIMEOUT',
            message: 'the tenant answered so slowly that this cycle had no time left for the backup',
            hint: 'the next cycle goes on from here; if it goes on, check the network between this machine and the tenant',
            hresult: 0x80072ee2,
            phase: 'backup',
          },
        };
      if (endpoints === undefined || token === undefined)
        return {
          kind: 'notSent',
          failure: {
            code: 'ERR_LAPS_DEVICE_AUTH',
            message: 'there is no device token in hand',
            hint: 'try again',
            hresult: 0x8007052e,
            phase: 'token',
          },
        };
      const { lapsBackup } = profile;
      // Braced, upper case, twice: as the Windows client asks for it back (wire 3.1).
      const sentId = `{${rotationId.toUpperCase()}}`;
      const path = lapsBackup.path.replace('{deviceId}', encodeURIComponent(device.deviceId));
      const base = `${endpoints.deviceManagementEndpoint}${path}?api-version=${lapsBackup.apiVersion}`;
      const id = encodeURIComponent(sentId);
      const url = `${base}&client-request-id=${id}&return-client-request-id=${id}`;
      const { fieldMap } = lapsBackup;
      onRequest(`${base}&client-request-id=${sentId}&return-client-request-id=${sentId}`);
      const outcome = await http.send({
        method: 'POST',
        url,
        headers: {
          authorization: `Bearer ${token.reveal()}`,
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Windows LAPS',
        },
        body: JSON.stringify({
          [fieldMap.AccountName]: body.AccountName,
          [fieldMap.AccountSid]: body.AccountSid,
          [fieldMap.NewPassword]: secret.reveal(),
          [fieldMap.PasswordAgeDays]: body.PasswordAgeDays,
        }),
        fresh,
      });
      const reply = judgeBackup({ outcome, profile: lapsBackup, url, sentId, secret, now: clock.now() });
      if (reply.kind === 'refused' && reply.httpStatus === 401) {
        token = undefined;
        tokens.drop();
      }
      // Something answered in the service's place. The next send asks the way first: while that is closed, nothing leaves
      // and nothing more comes into doubt.
      if (reply.kind === 'unclear' && outcome.kind === 'answer') endpoints = undefined;
      return reply;
    },
  };
}

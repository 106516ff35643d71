/**
 * Recovery through Microsoft Graph, as the in-box cmdlet does it (spec 9.3, wire 4).
 *
 * Promises: a password is asked for only when plainly wanted, and comes back as a Secret; pages are followed on the same
 * origin only and never without end; every refusal says what to do next. Must never: put an answer's text that may hold
 * a password into an error.
 */
import type { TenantProfile } from '../core/cloudProfiles.ts';
import { isLapsError, LapsError } from '../core/errors.ts';
import type { Clock, IdSource } from '../core/ports.ts';
import type { Secret } from '../core/secret.ts';
import { decodePassword, newestFirst } from './credentialText.ts';
import { isGuid } from './guid.ts';
import type { Http, HttpOutcome } from './http.ts';
import { busyError } from './retryAfter.ts';
import { errorOf, failureOfUnanswered, hostOf } from './wireFailure.ts';
import { isObject, type JsonObject, listIn, objectIn, objectOf, textIn } from './wireJson.ts';
import { cleanText } from './wireText.ts';

/** One credential of one device; times are ISO text as Graph gives them. */
export interface RecoveredCredential {
  readonly deviceName: string;
  readonly deviceId: string;
  /** Null when passwords were not asked for. */
  readonly account: string | null;
  readonly password: Secret | null;
  /** Of the newest credential only, as the cmdlet has it. */
  readonly passwordExpirationTime: string | null;
  readonly passwordUpdateTime: string | null;
}

/** One LAPS-enabled device. */
export interface LapsDevice {
  readonly deviceName: string;
  readonly deviceId: string;
  readonly lastBackupDateTime: string | null;
  readonly passwordExpirationTime: string | null;
}

/** What an administrator can ask. Everything throws LapsError. */
export interface GraphClient {
  /** `device` is a deviceId or a display name. Empty when the tenant keeps nothing for it. */
  recover(request: {
    readonly device: string;
    readonly includePasswords: boolean;
    readonly includeHistory: boolean;
  }): Promise<RecoveredCredential[]>;
  listDevices(): Promise<LapsDevice[]>;
  /** When the tenant last took a backup of a device, ISO text; null when it keeps none. Metadata, never audited. */
  lastBackupOf(deviceId: string): Promise<string | null>;
  /** The tenant's switch (wire 5). */
  isLapsEnabled(): Promise<boolean>;
}

/** What to ask a Graph token for: `.default` for an application, named permissions for a person (wire 4.6). */
export function graphScope(
  profile: TenantProfile,
  caller: 'application' | 'user',
  permissions: readonly string[] = recoveryPermissions,
): string {
  const { graphResource } = profile;
  if (caller === 'application') return `${graphResource}/.default`;
  return [...permissions.map((each) => `${graphResource}/${each}`), 'openid', 'profile'].join(' ');
}

const recoveryPermissions = ['DeviceLocalCredential.Read.All', 'Device.Read.All'] as const;
/** What a diagnosis asks: metadata and the switch, no password. */
export const diagnosisPermissions = ['DeviceLocalCredential.ReadBasic.All', 'Policy.Read.DeviceConfiguration'] as const;

const maxPages = 1000;

type Answer = Extract<HttpOutcome, { readonly kind: 'answer' }>;

function refusalOf({ status, headers, text }: Answer, host: string, now: number): LapsError {
  const said = objectIn(objectOf(text), 'error');
  const code = cleanText(textIn(said, 'code') ?? '');
  const message = cleanText(textIn(said, 'message') ?? '');
  const told = message === '' ? `HTTP ${status}` : message.replace(/\.$/, '');
  const detail = `HTTP ${status} ${code}`;
  if (said === undefined)
    return new LapsError('ERR_LAPS_GRAPH_FAILED', {
      message: `${host} answered with something that is not Graph's (HTTP ${status})`,
      hint: 'check that this address is a tenant, and that nothing in between answers in its place',
      detail,
    });
  switch (status) {
    case 401:
      return new LapsError('ERR_LAPS_ADMIN_SIGN_IN', {
        message: `Graph does not accept the sign-in: ${told}`,
        hint: 'sign in again; if Conditional Access asks for more, use --device-code',
        detail,
      });
    case 403:
      return new LapsError('ERR_LAPS_ACCESS_DENIED', {
        message: `this caller may not read that: ${told}`,
        hint: 'passwords need the Cloud Device or Intune Administrator role, or DeviceLocalCredential.Read.All for an application; metadata is open to more roles',
        detail,
      });
    case 404:
      return new LapsError('ERR_LAPS_DEVICE_UNKNOWN', {
        message: 'the tenant keeps no password for this device, or does not know it',
        hint: 'laps devices lists the devices it knows; a device appears after its first backup',
        detail,
      });
    case 429:
    case 503:
      return busyError(`Graph takes no request just now (HTTP ${status})`, headers, now);
    default:
      return new LapsError('ERR_LAPS_GRAPH_FAILED', {
        message: `Graph refused: ${told}`,
        hint: 'try again later',
        detail,
      });
  }
}

/** @param token an access token for Graph, already signed in for (userToken.ts). */
export function createGraphClient(options: {
  readonly http: Http;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly profile: TenantProfile;
  readonly token: Secret;
}): GraphClient {
  const { http, clock, ids, profile, token } = options;
  const origin = profile.graphOrigin;
  const host = hostOf(origin);
  const garbled = (what: string): LapsError =>
    new LapsError('ERR_LAPS_GRAPH_FAILED', {
      message: `${host} sent ${what}`,
      hint: 'check that this address is a tenant, and that nothing in between answers in its place',
    });

  /** Undefined for an empty body, which the cmdlet takes for "nothing kept" (wire 4.7). */
  async function get(url: string): Promise<JsonObject | undefined> {
    const outcome = await http.send({
      method: 'GET',
      url,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        accept: 'application/json',
        // Graph documents User-Agent as required (wire 4.5); the other three are the cmdlet's own (spec 9.3, step 3).
        'user-agent': 'laps-agent',
        'ocp-client-name': 'Get-LapsAADPassword Windows LAPS Cmdlet',
        'ocp-client-version': '1.0',
        'client-request-id': ids.newId(),
      },
    });
    if (outcome.kind !== 'answer') throw errorOf(failureOfUnanswered(outcome, url, 'ERR_LAPS_GRAPH_FAILED'));
    if (outcome.status < 200 || outcome.status >= 300) throw refusalOf(outcome, host, clock.now());
    if (outcome.text.trim() === '') return undefined;
    const body = objectOf(outcome.text);
    if (body === undefined) throw garbled('something that is not JSON');
    return body;
  }

  /** Every row of a list, page after page. */
  async function rows(first: string): Promise<JsonObject[]> {
    const all: JsonObject[] = [];
    const seen = new Set<string>();
    let next: string | undefined = first;
    while (next !== undefined) {
      if (seen.has(next) || seen.size >= maxPages) throw garbled('a list without an end');
      seen.add(next);
      const page: JsonObject | undefined = await get(next);
      const value = listIn(page, 'value');
      if (value === undefined) throw garbled('a list without its rows');
      all.push(...value.filter(isObject));
      const link: string | undefined = textIn(page, '@odata.nextLink');
      // The token goes with the request: never to another origin.
      if (link !== undefined && !(URL.canParse(link) && new URL(link).origin === origin))
        throw new LapsError('ERR_LAPS_TENANT_NOT_PINNED', {
          message: `${host} continues its list on another origin`,
          hint: 'nothing was sent there; check that this address is the tenant',
        });
      next = link;
    }
    return all;
  }

  async function deviceIdOf(device: string): Promise<string> {
    if (isGuid(device)) return device.toLowerCase();
    const filter = encodeURIComponent(`DisplayName eq '${device.replaceAll("'", "''")}'`);
    const found = await rows(`${origin}/v1.0/devices?$filter=${filter}`);
    const matching = found.map((row) => textIn(row, 'deviceId')).filter((id) => id !== undefined && isGuid(id));
    const [only] = matching;
    if (only === undefined)
      throw new LapsError('ERR_LAPS_DEVICE_UNKNOWN', {
        message: `the tenant has no device named "${cleanText(device)}"`,
        hint: 'check the name, or use the device id; laps devices lists those that back up their password',
      });
    if (matching.length > 1)
      throw new LapsError('ERR_LAPS_DEVICE_UNKNOWN', {
        message: `${matching.length} devices are named "${cleanText(device)}": ${matching.slice(0, 20).join(', ')}`,
        hint: 'name the one you mean by its device id',
      });
    return only.toLowerCase();
  }

  return {
    async recover({ device, includePasswords, includeHistory }) {
      const id = await deviceIdOf(device);
      const url = `${origin}/v1.0/directory/deviceLocalCredentials/${id}`;
      const info = await get(includePasswords ? `${url}?$select=credentials` : url);
      if (info === undefined) return [];
      const answeredId = textIn(info, 'id')?.toLowerCase();
      if (answeredId !== id) throw garbled('the record of another device');
      const shared = { deviceName: cleanText(textIn(info, 'deviceName') ?? ''), deviceId: id };
      const expiry = textIn(info, 'refreshDateTime') ?? null;
      if (!includePasswords)
        return [{ ...shared, account: null, password: null, passwordExpirationTime: expiry, passwordUpdateTime: null }];
      const credentials = newestFirst(
        (listIn(info, 'credentials') ?? []).filter(isObject),
        textIn(info, 'lastBackupDateTime') ?? '',
      );
      return credentials.slice(0, includeHistory ? credentials.length : 1).map((credential, index) => {
        const password = decodePassword(textIn(credential, 'passwordBase64') ?? '');
        if (password === undefined) throw garbled('a password that cannot be decoded');
        return {
          ...shared,
          account: cleanText(textIn(credential, 'accountName') ?? ''),
          password,
          passwordExpirationTime: index === 0 ? expiry : null,
          passwordUpdateTime: textIn(credential, 'backupDateTime') ?? null,
        };
      });
    },

    async listDevices() {
      const found = await rows(`${origin}/v1.0/directory/deviceLocalCredentials`);
      return found.map((row) => ({
        deviceName: cleanText(textIn(row, 'deviceName') ?? ''),
        deviceId: (textIn(row, 'id') ?? '').toLowerCase(),
        lastBackupDateTime: textIn(row, 'lastBackupDateTime') ?? null,
        passwordExpirationTime: textIn(row, 'refreshDateTime') ?? null,
      }));
    },

    async lastBackupOf(deviceId) {
      try {
        const info = await get(`${origin}/v1.0/directory/deviceLocalCredentials/${encodeURIComponent(deviceId)}`);
        return textIn(info, 'lastBackupDateTime') ?? null;
      } catch (error) {
        if (isLapsError(error) && error.code === 'ERR_LAPS_DEVICE_UNKNOWN') return null;
        throw error;
      }
    },

    async isLapsEnabled() {
      const policy = await get(`${origin}/v1.0/policies/deviceRegistrationPolicy`);
      const enabled = objectIn(policy, 'localAdminPassword')?.['isEnabled'];
      if (typeof enabled !== 'boolean') throw garbled('a registration policy without the switch');
      return enabled;
    },
  };
}

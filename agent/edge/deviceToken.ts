/**
 * Gets a token for the device itself: a nonce, a request signed with the device's key, a token (wire 2).
 *
 * Promises: nothing of a password is near this exchange, so any failure of it is "not sent" (rotation.md 3); a token is
 * kept until shortly before it ends, on both clocks. Must never: show the signed request or the token.
 */
import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { hresultOfHttpStatus } from '../core/errors.ts';
import type { Clock, WireFailure } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';
import { isoOf, msPerDay } from '../core/time.ts';
import type { Http, HttpOutcome } from './http.ts';
import { patienceHint, retryAtOf } from './retryAfter.ts';
import { oauthErrorOf, sentenceOf } from './wireErrors.ts';
import { failureOfUnanswered } from './wireFailure.ts';
import { numberIn, objectOf, textIn } from './wireJson.ts';
import { cleanText } from './wireText.ts';

/**
 * Client of the signed request. Which one the Windows client uses is not public (wire 2.2); the redirect URI must match it.
 */
const clientId = '1b730954-1685-4b74-9bfd-dac224a7b894';
/** A token is not used in its last minutes. */
const marginMs = 300_000;
const longestMs = msPerDay;

export type TokenOutcome =
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'failed'; readonly failure: WireFailure };

/** The token of one device at one tenant. */
export interface DeviceTokens {
  /** The token in hand, or a new one. */
  get(request: {
    readonly tokenEndpoint: string;
    readonly resource: string;
    readonly fresh: boolean;
  }): Promise<TokenOutcome>;
  /** Forgets the token: the tenant would not take it. */
  drop(): void;
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** The signed request of wire 2.2; `x5c` is a single string, not a list. */
function signedRequest(options: {
  readonly nonce: string;
  readonly resource: string;
  readonly os: string;
  readonly certificate: string;
  readonly key: KeyObject;
}): string {
  const header = base64url(JSON.stringify({ alg: 'RS256', typ: 'JWT', x5c: options.certificate, kdf_ver: 2 }));
  const payload = base64url(
    JSON.stringify({
      grant_type: 'device_token',
      client_id: clientId,
      resource: options.resource,
      request_nonce: options.nonce,
      win_ver: options.os,
      iss: 'aad:brokerplugin',
      redirect_uri: `ms-appx-web://Microsoft.AAD.BrokerPlugin/${clientId}`,
    }),
  );
  const signature = sign('sha256', Buffer.from(`${header}.${payload}`), options.key).toString('base64url');
  return `${header}.${payload}.${signature}`;
}

const deviceHints: Readonly<Record<number, string>> = {
  135011: 'an administrator enables the device in Devices; the present password stays valid',
  700003: 'the device was deleted in the tenant: laps leave, then laps join',
  50155:
    'the device was deleted or disabled in the tenant; an administrator enables it, or: laps leave, then laps join',
  90002: 'the tenant is not known there: laps leave, then laps join',
  140000: 'try again',
};

/** Refusals that say what they mean of the device, whatever the clock says of its certificate. */
const plainRefusals: readonly number[] = [135011, 700003];

interface Told {
  readonly message: string;
  readonly hint: string;
}

/** That the certificate is out of its dates at `now`, which the tenant tells as a device that failed to prove itself. */
function outOfDates(certificate: string, now: number): Told | undefined {
  const { validFrom, validTo } = new X509Certificate(Buffer.from(certificate, 'base64'));
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  const here = `by the clock of this machine it is ${isoOf(now)}`;
  if (now < from)
    return {
      message: `the device's certificate is not valid before ${isoOf(from)}, and ${here}`,
      hint: "set this machine's clock right, then run: laps process; the identity is good, and there is no need to leave",
    };
  if (now <= to) return undefined;
  return {
    message: `the device's certificate ended at ${isoOf(to)}, and ${here}`,
    hint: 'where that clock is wrong, set it right, and the identity is good; where it is right: laps leave, then laps join',
  };
}

/** What the token endpoint's refusal means: material for 10026 and 10032. */
function refusal(outcome: Extract<HttpOutcome, { kind: 'answer' }>, now: number, certificate: string): WireFailure {
  const { status, headers, text } = outcome;
  const said = oauthErrorOf(text);
  const shown = cleanText(said?.description || said?.error || text);
  const retryAt = status === 429 || status === 503 ? retryAtOf(headers, now) : undefined;
  const busy = status === 429 || status >= 500;
  const dates =
    said === undefined || busy || plainRefusals.includes(said.aadsts) ? undefined : outOfDates(certificate, now);
  const hint = dates?.hint ?? deviceHints[said?.aadsts ?? 0];
  // As at discovery: who asks for patience says nothing of this device.
  const throttled = status === 429 || retryAt !== undefined;
  const problem =
    said === undefined
      ? `the token endpoint gave no token (HTTP ${status})`
      : busy
        ? 'the tenant gives no device token just now'
        : `the tenant does not accept the device's identity${dates === undefined ? '' : `: ${dates.message}`}`;
  return {
    code: throttled ? 'ERR_LAPS_TENANT_THROTTLED' : 'ERR_LAPS_DEVICE_AUTH',
    message: said === undefined || dates !== undefined ? problem : `${problem}: ${sentenceOf(shown)}`,
    hint: hint ?? (retryAt === undefined ? 'run it again later: laps process' : patienceHint),
    hresult: status >= 200 && status < 300 ? 0x80072f78 : hresultOfHttpStatus(status),
    detail: `HTTP ${status}`,
    phase: 'token',
    ...(retryAt === undefined ? {} : { retryAt }),
    token: { httpStatus: status, aadsts: said?.aadsts ?? 0, text: shown, problem },
  };
}

/** Tokens for one device. `certificate` is base64 DER; `os` the build it claims. */
export function createDeviceTokens(options: {
  readonly http: Http;
  readonly clock: Clock;
  readonly certificate: string;
  readonly privateKeyPem: string;
  readonly os: string;
}): DeviceTokens {
  const { http, clock, certificate, privateKeyPem, os } = options;
  interface Held {
    readonly token: Secret;
    readonly resource: string;
    readonly from: number;
    readonly until: number;
    readonly untilMonotonic: number;
  }
  let held: Held | undefined;
  let key: KeyObject | undefined;

  // Both clocks: the wall clock may be set back, the monotonic one may stand still while the machine sleeps.
  const isGood = (candidate: Held, resource: string): boolean =>
    candidate.resource === resource &&
    clock.now() >= candidate.from &&
    clock.now() < candidate.until &&
    clock.monotonicMs() < candidate.untilMonotonic;

  async function ask(tokenEndpoint: string, form: Record<string, string>, fresh: boolean): Promise<HttpOutcome> {
    return http.send({
      method: 'POST',
      url: tokenEndpoint,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
      fresh,
    });
  }

  function failed(outcome: HttpOutcome, url: string): TokenOutcome {
    const failure: WireFailure =
      outcome.kind === 'answer'
        ? refusal(outcome, clock.now(), certificate)
        : { ...failureOfUnanswered(outcome, url, 'ERR_LAPS_DEVICE_AUTH'), phase: 'token' };
    return { kind: 'failed', failure };
  }

  return {
    async get({ tokenEndpoint, resource, fresh }) {
      if (fresh) held = undefined;
      if (held !== undefined && isGood(held, resource)) return { kind: 'token', token: held.token };
      held = undefined;
      const challenge = await ask(tokenEndpoint, { windows_api_version: '2.0', grant_type: 'srv_challenge' }, fresh);
      if (challenge.kind !== 'answer' || challenge.status !== 200) return failed(challenge, tokenEndpoint);
      const nonce = textIn(objectOf(challenge.text), 'Nonce');
      if (nonce === undefined) return failed(challenge, tokenEndpoint);

      key ??= createPrivateKey(privateKeyPem);
      const from = clock.now();
      const fromMonotonic = clock.monotonicMs();
      const request = signedRequest({ nonce, resource, os, certificate, key });
      const answer = await ask(
        tokenEndpoint,
        { windows_api_version: '2.2', grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', request },
        fresh,
      );
      if (answer.kind !== 'answer' || answer.status !== 200) return failed(answer, tokenEndpoint);
      const body = objectOf(answer.text);
      const text = textIn(body, 'access_token');
      // What goes into a header must be able to stand in one.
      if (text === undefined || !/^[\x21-\x7e]{1,16384}$/.test(text))
        return failed({ ...answer, text: '' }, tokenEndpoint);
      const token = new Secret(text);
      const lifeMs = Math.min((numberIn(body, 'expires_in') ?? 0) * 1000, longestMs);
      const goodMs = lifeMs - Math.min(marginMs, lifeMs / 2);
      held = { token, resource, from, until: from + goodMs, untilMonotonic: fromMonotonic + goodMs };
      return { kind: 'token', token };
    },
    drop() {
      held = undefined;
    },
  };
}

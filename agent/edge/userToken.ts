/**
 * Signs a person or an application in and gets a token (wire 10.2): password, device code, client secret.
 *
 * Promises: the secret goes to the token endpoint and nowhere else; every refusal is a LapsError that says what to do.
 * Must never: show a token, a password or a client secret, or poll faster than asked.
 */
import { LapsError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';
import type { Http, HttpOutcome } from './http.ts';
import { busyError } from './retryAfter.ts';
import { type OAuthError, oauthErrorOf, sentenceOf } from './wireErrors.ts';
import { errorOf, failureOfUnanswered, hostOf } from './wireFailure.ts';
import { numberIn, objectOf, textIn } from './wireJson.ts';
import { cleanText } from './wireText.ts';

/** What a person is shown while they sign in elsewhere. */
export interface DeviceCodePrompt {
  /** The service's own sentence, cleaned. */
  readonly message: string;
  readonly userCode: string;
  readonly verificationUri: string;
}

/** How to sign in. */
export type SignInMethod =
  | { readonly kind: 'password'; readonly user: string; readonly password: Secret }
  | { readonly kind: 'deviceCode'; readonly show: (prompt: DeviceCodePrompt) => void; readonly signal?: AbortSignal }
  | { readonly kind: 'clientSecret'; readonly secret: Secret };

/** Where, as whom and for what. */
export interface SignInRequest {
  readonly http: Http;
  readonly clock: Clock;
  /** Waits; rejects or returns early when the signal fires. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** `https://login…/{tenant}`, without a trailing slash; see {@link authorityOf}. */
  readonly authority: string;
  readonly clientId: string;
  /** Space separated. */
  readonly scope: string;
  readonly method: SignInMethod;
}

/** The authority of a tenant at a login origin. `tenant` is its id or domain. */
export function authorityOf(loginOrigin: string, tenant: string): string {
  return `${loginOrigin}/${encodeURIComponent(tenant)}`;
}

/** The authority behind a v1 token endpoint, as discovery names one; undefined when it does not look like one. */
export function authorityOfTokenEndpoint(tokenEndpoint: string): string | undefined {
  return /^(https:\/\/.+?)\/oauth2(?:\/v2\.0)?\/token\/?$/.exec(tokenEndpoint)?.[1];
}

const hints: Readonly<Record<number, string>> = {
  50126: 'check the user name and the password',
  50034: 'check the user name: the tenant does not know it',
  50053: 'the account is locked for now; try again later',
  50055: "the user's password has expired; change it first",
  50057: 'the user is disabled; use another one',
  50076: 'the tenant asks for a second factor: use --device-code',
  50079: 'the tenant asks for a second factor: use --device-code',
  50158: 'the tenant asks for more than a password: use --device-code',
  53000: 'Conditional Access asks for a compliant device; sign in from one, or with --device-code',
  53001: 'Conditional Access asks for a joined device; sign in from one, or with --device-code',
  53003: 'Conditional Access blocks this sign-in; ask an administrator',
  65001: 'an administrator must consent to this application first',
  65004: 'the sign-in was declined; start again',
  70016: 'the sign-in was not finished; start again',
  70019: 'the code has expired; start again',
  90002: 'the tenant is not known there; check --tenant and --tenant-id',
  700016: 'the tenant does not know this application; check --client-id',
  7000215: 'the client secret is wrong; check LAPS_CLIENT_SECRET',
  7000222: 'the client secret has expired; make a new one',
  500011: 'the tenant does not know the service asked for',
};

function refused(
  outcome: HttpOutcome & { readonly kind: 'answer' },
  url: string,
  secret: Secret | undefined,
  now: number,
): LapsError {
  const said = oauthErrorOf(outcome.text);
  if (outcome.status === 429 || outcome.status === 503)
    return busyError(`${hostOf(url)} takes no sign-in just now (HTTP ${outcome.status})`, outcome.headers, now);
  if (said === undefined)
    return new LapsError('ERR_LAPS_GRAPH_FAILED', {
      message: `${hostOf(url)} answered the sign-in with something that is no answer (HTTP ${outcome.status})`,
      hint: 'check that this address is a tenant, and that nothing in between answers in its place',
    });
  return new LapsError('ERR_LAPS_ADMIN_SIGN_IN', {
    message: `the sign-in was refused: ${sentenceOf(cleanText(said.description || said.error, secret))}`,
    hint: hints[said.aadsts] ?? 'check the user, the tenant and the application, and try again',
    detail: `HTTP ${outcome.status} ${cleanText(said.error, secret)} AADSTS${said.aadsts}`,
  });
}

function tokenIn(text: string): Secret | undefined {
  const token = textIn(objectOf(text), 'access_token');
  return token !== undefined && /^[\x21-\x7e]{1,32768}$/.test(token) ? new Secret(token) : undefined;
}

/**
 * Signs in. Throws ERR_LAPS_ADMIN_SIGN_IN (refused, declined, expired), ERR_LAPS_INTERRUPTED, ERR_LAPS_NO_TENANT,
 * ERR_LAPS_TENANT_UNTRUSTED and their like.
 */
export async function signIn(request: SignInRequest): Promise<Secret> {
  const { http, authority, clientId, scope, method } = request;
  const tokenUrl = `${authority}/oauth2/v2.0/token`;
  const hidden =
    method.kind === 'password' ? method.password : method.kind === 'clientSecret' ? method.secret : undefined;

  async function ask(url: string, form: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<HttpOutcome> {
    return http.send({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        // Routes the request to the user's directory (wire 10.2).
        ...(method.kind === 'password' && /^[\x21-\x7e]+$/.test(method.user)
          ? { 'x-anchormailbox': `UPN: ${method.user}` }
          : {}),
      },
      body: new URLSearchParams({ client_id: clientId, scope, ...form }).toString(),
      ...(signal ? { signal } : {}),
    });
  }

  /** A token, or undefined when the service said to go on waiting. */
  function judge(outcome: HttpOutcome, url: string, pending: (error: OAuthError) => boolean): Secret | undefined {
    if (outcome.kind !== 'answer') throw errorOf(failureOfUnanswered(outcome, url, 'ERR_LAPS_GRAPH_FAILED'));
    if (outcome.status === 200) {
      const token = tokenIn(outcome.text);
      if (token !== undefined) return token;
    } else {
      const said = oauthErrorOf(outcome.text);
      if (said !== undefined && pending(said)) return undefined;
    }
    throw refused(outcome, url, hidden, request.clock.now());
  }

  const never = (): boolean => false;
  switch (method.kind) {
    case 'password': {
      const form = { grant_type: 'password', username: method.user, password: method.password.reveal() };
      const token = judge(await ask(tokenUrl, form), tokenUrl, never);
      if (token !== undefined) return token;
      break;
    }
    case 'clientSecret': {
      const form = { grant_type: 'client_credentials', client_secret: method.secret.reveal() };
      const token = judge(await ask(tokenUrl, form), tokenUrl, never);
      if (token !== undefined) return token;
      break;
    }
    case 'deviceCode':
      return byDeviceCode(request, method, ask, judge);
  }
  throw new LapsError('ERR_LAPS_INTERNAL', { message: 'the sign-in came to no end' });
}

async function byDeviceCode(
  { clock, sleep, authority }: SignInRequest,
  { show, signal }: Extract<SignInMethod, { readonly kind: 'deviceCode' }>,
  ask: (url: string, form: Readonly<Record<string, string>>, signal?: AbortSignal) => Promise<HttpOutcome>,
  judge: (outcome: HttpOutcome, url: string, pending: (error: OAuthError) => boolean) => Secret | undefined,
): Promise<Secret> {
  const interrupted = (): LapsError =>
    new LapsError('ERR_LAPS_INTERRUPTED', {
      message: 'the sign-in was given up',
      hint: 'run it again to get a new code',
    });
  const codeUrl = `${authority}/oauth2/v2.0/devicecode`;
  const started = await ask(codeUrl, {}, signal);
  const body = started.kind === 'answer' && started.status === 200 ? objectOf(started.text) : undefined;
  const deviceCode = textIn(body, 'device_code');
  const userCode = textIn(body, 'user_code');
  const verificationUri = textIn(body, 'verification_uri') ?? textIn(body, 'verification_url');
  if (deviceCode === undefined || userCode === undefined || verificationUri === undefined) {
    judge(started, codeUrl, () => false);
    throw new LapsError('ERR_LAPS_GRAPH_FAILED', { message: 'the tenant gave no device code' });
  }
  const uri = cleanText(verificationUri);
  const code = cleanText(userCode);
  show({
    message: cleanText(textIn(body, 'message') ?? `open ${uri} and enter the code ${code}`),
    userCode: code,
    verificationUri: uri,
  });

  let intervalMs = Math.min(Math.max(numberIn(body, 'interval') ?? 5, 1), 60) * 1000;
  const until = clock.monotonicMs() + Math.min(numberIn(body, 'expires_in') ?? 900, 3600) * 1000;
  const tokenUrl = `${authority}/oauth2/v2.0/token`;
  let silent = 0;
  while (clock.monotonicMs() + intervalMs <= until) {
    if (signal?.aborted) throw interrupted();
    try {
      await sleep(intervalMs, signal);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    if (signal?.aborted) throw interrupted();
    // The bare name is what official clients send (wire 10.2).
    const outcome = await ask(tokenUrl, { grant_type: 'device_code', device_code: deviceCode }, signal);
    if (signal?.aborted) throw interrupted();
    // A lost poll costs nothing; a person is typing meanwhile. Three in a row are trouble.
    if (outcome.kind !== 'answer') {
      silent += 1;
      if (silent < 3) continue;
    } else silent = 0;
    const token = judge(outcome, tokenUrl, ({ error }) => {
      if (error === 'slow_down') intervalMs += 5000;
      return error === 'authorization_pending' || error === 'slow_down';
    });
    if (token !== undefined) return token;
  }
  throw new LapsError('ERR_LAPS_ADMIN_SIGN_IN', {
    message: 'nobody signed in with the code before it expired',
    hint: 'start again and enter the code in time',
  });
}

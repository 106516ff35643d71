/**
 * Walks the way to the tenant as a cycle does, up to the device token, and tells how far it got.
 *
 * Knows: the very requests of a cycle that carry no password: discovery, nonce, token. Promises: each layer is told by
 * what those met, not by a look-alike; the backup is never asked for. Must never: have a password at hand.
 */
import type { NetworkFacts, ProxyFacts } from '../core/diagnosis/facts.ts';
import { isLapsError } from '../core/errors.ts';
import type { Clock, IdSource, WireFailure } from '../core/ports.ts';
import { createDeviceTokens } from './deviceToken.ts';
import { discover } from './discovery.ts';
import type { Http, HttpOutcome } from './http.ts';
import { profileOfIdentity, type StoredIdentity } from './identityRecord.ts';
import { lookAtCertificate, outdatedAuthority, type TrustedFile } from './peerCertificate.ts';
import { type Env, proxyFor } from './proxyEnv.ts';
import { authoritiesContext } from './trust.ts';

/** A person waits: shorter than a cycle's half minute, long enough for a slow line. */
const requestMs = 10_000;

const layers = {
  dns: 'name',
  refused: 'connection',
  unreachable: 'connection',
  timeoutConnect: 'connection',
  tls: 'certificate',
  proxy: 'proxy',
} as const;

/** Which proxy stands between here and an address, without its credentials. */
export function proxyOf(url: URL, env: Env): ProxyFacts {
  const choice = proxyFor(url.hostname, url.port === '' ? 443 : Number(url.port), env);
  if (choice.kind === 'proxy') return { kind: 'proxy', shown: choice.named.address ?? choice.url.host };
  return choice.kind === 'none' ? choice : { kind: 'unusable', problem: choice.problem };
}

function stoppedBy(outcome: HttpOutcome | undefined, failure: WireFailure): NetworkFacts['stopped'] {
  if (outcome?.kind !== 'notSent' || outcome.reason === 'aborted') return { at: 'answer', failure };
  return { at: layers[outcome.reason], failure };
}

/** A page instead of an answer, or the way to one. */
function isWebPage(outcome: HttpOutcome | undefined): boolean {
  if (outcome?.kind !== 'answer') return false;
  const { status, headers, text } = outcome;
  return /html/i.test(headers['content-type'] ?? '') || /^\s*</.test(text) || (status >= 300 && status < 400);
}

/** @param reach brings the embedded tenant up and says how to go there; its LapsError is the first layer's failure. */
export async function walkTenantPath(options: {
  readonly reach: () => Promise<{ readonly http: Http; readonly trusted: readonly TrustedFile[] }>;
  readonly env: Env;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly identity: StoredIdentity;
}): Promise<NetworkFacts> {
  const { env, clock, ids, identity } = options;
  const profile = profileOfIdentity(identity);
  const url = new URL(profile.registrationOrigin);
  let last: HttpOutcome | undefined;
  let clocks: NetworkFacts['clocks'];
  const facts = (rest: Partial<NetworkFacts>): NetworkFacts => ({
    host: url.host,
    proxy: proxyOf(url, env),
    stopped: undefined,
    certificate: undefined,
    webPage: isWebPage(last),
    clocks,
    token: undefined,
    ...rest,
  });
  let way: Awaited<ReturnType<typeof options.reach>>;
  try {
    way = await options.reach();
  } catch (error) {
    if (!isLapsError(error)) throw error;
    const { code, message, hint, hresult } = error;
    return facts({ stopped: { at: 'start', failure: { code, message, hresult, ...(hint ? { hint } : {}) } } });
  }
  const http: Http = {
    async send(request) {
      last = await way.http.send({ ...request, deadlineMs: requestMs });
      const server = last.kind === 'answer' ? Date.parse(last.headers['date'] ?? '') : Number.NaN;
      if (!Number.isNaN(server)) clocks = { server, own: clock.now() };
      return last;
    },
    dropIdle: () => way.http.dropIdle(),
  };
  const { tenantId } = identity;
  const found = await discover({
    http,
    clock,
    ids,
    profile,
    tenant: tenantId,
    expectedTenantId: tenantId,
    fresh: true,
  });
  if (found.kind === 'failed') {
    const stopped = stoppedBy(last, found.failure);
    // An answer of somebody else is dated by somebody else.
    if (stopped?.at !== 'certificate') return facts({ stopped, clocks: undefined });
    const secureContext = authoritiesContext(env, []);
    const certificate = await lookAtCertificate({ url, env, secureContext, timeoutMs: requestMs });
    const authority = certificate && outdatedAuthority(certificate, way.trusted, clock.now());
    return facts({ stopped, clocks: undefined, certificate, authority });
  }
  const { tokenEndpoint, deviceManagementResourceId: resource } = found.endpoints;
  const got = await createDeviceTokens({ http, clock, ...identity }).get({ tokenEndpoint, resource, fresh: true });
  return facts({ webPage: false, token: got.kind === 'token' ? { kind: 'token' } : got });
}

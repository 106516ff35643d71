/**
 * Judges the way to the tenant, layer by layer: proxy, name, connection, certificate, discovery, clock.
 *
 * Promises: the first layer that failed is the trouble, those after it were not reached. Must never: call a layer well
 * that nothing went through.
 */
import type { WireFailure } from '../ports.ts';
import type { Failure } from '../rotation/journal.ts';
import { isoOf } from '../time.ts';
import { type Check, type CheckName, notReached, notReachedWords, ok, trouble } from './check.ts';
import type { DoctorFacts, NetworkFacts, OutdatedAuthority, ProxyFacts, ShownCertificate, Trouble } from './facts.ts';
import { openFailureOf } from './machine.ts';

/** Entra refuses what is signed by a clock further off than this. */
export const mostSkewMs = 300_000;

const layers = ['start', 'proxy', 'name', 'connection', 'certificate', 'answer'] as const;

/** A failure's own words, and the moment where the tenant named one. */
export function messageOf({ message, retryAt }: Pick<WireFailure, 'message' | 'retryAt'>): string {
  return retryAt === undefined ? message : `${message}, and asks for patience until ${isoOf(retryAt) ?? 'later'}`;
}

function troubleOf(failure: WireFailure): Trouble {
  return { code: failure.code, message: messageOf(failure), hint: failure.hint ?? null };
}

function proxyText(network: NetworkFacts): string {
  return network.proxy.kind === 'proxy' ? `${network.proxy.shown} lets ${network.host} through` : 'none is used';
}

const datesOf = ({ validFrom, validTo }: Pick<ShownCertificate, 'validFrom' | 'validTo'>): string =>
  `valid from ${isoOf(validFrom) ?? '?'} to ${isoOf(validTo) ?? '?'}`;

function shownWords(shown: ShownCertificate): string {
  return `it is for ${shown.names || shown.subject}, issued by ${shown.issuer}, ${datesOf(shown)}`;
}

/** Of a certificate that is in its dates and an authority that is not. */
function authorityTrouble(message: string, authority: OutdatedAuthority, failure: WireFailure, now: number): Trouble {
  const renew = authority.isOwn
    ? 'end laps run (or the service) and start it again: the embedded tenant then renews it'
    : 'the tenant must renew it, and its new certificate be given to this device: laps process --ca-file FILE';
  return {
    code: failure.code,
    message: `${message}; that is good, but its authority as it is trusted here is not: ${authority.name}, in ${authority.file}, ${datesOf(authority)}`,
    hint: `this machine's clock says ${isoOf(now) ?? '?'}: if that is wrong set it right; otherwise ${renew}`,
  };
}

/** What is wrong with the certificate that was shown, with this machine's own clock beside its dates. */
function certificateTrouble(network: NetworkFacts, failure: WireFailure, now: number): Trouble {
  const { certificate, authority } = network;
  if (certificate === undefined) return troubleOf(failure);
  const message = `${failure.message}; ${shownWords(certificate)}`;
  if (now < certificate.validFrom || now > certificate.validTo)
    return {
      code: failure.code,
      message,
      hint: `this machine's clock says ${isoOf(now) ?? '?'}: if that is wrong set it right, otherwise the certificate must be renewed`,
    };
  // 0x80072f05: something of it is out of its dates.
  if (failure.hresult === 0x80072f05 && authority !== undefined)
    return authorityTrouble(message, authority, failure, now);
  if (failure.hresult === 0x80072f05)
    return {
      code: failure.code,
      message: `${message}; that is good, but an authority above it is not`,
      hint: 'whoever runs the tenant must renew the authority; where it is a private one, then: laps process --ca-file FILE',
    };
  // 0x80072f0d: nobody we trust vouches for it.
  if (failure.hresult === 0x80072f0d)
    return {
      code: failure.code,
      message,
      hint: 'if that issuer is your own (an inspecting proxy, a private tenant), install its authority on this machine, or name it in NODE_EXTRA_CA_CERTS or with --ca-file (laps process --ca-file FILE remembers it); if you do not know it, somebody stands in between: do not trust it',
    };
  return { code: failure.code, message, hint: failure.hint ?? null };
}

function clockCheck({ clocks, stopped }: NetworkFacts): Check {
  if (clocks === undefined)
    return notReached('clock', stopped === undefined ? 'the tenant told no time' : notReachedWords);
  const skewMs = clocks.own - clocks.server;
  if (Math.abs(skewMs) <= mostSkewMs) return ok('clock', `${Math.round(Math.abs(skewMs) / 1000)} s from the tenant's`);
  return trouble('clock', {
    code: 'ERR_LAPS_CLOCK_WRONG',
    message: `this machine's clock is ${Math.round(Math.abs(skewMs) / 60_000)} minutes ${skewMs > 0 ? 'ahead of' : 'behind'} the tenant's (${isoOf(clocks.own) ?? '?'} here, ${isoOf(clocks.server) ?? '?'} there)`,
    hint: 'set it right and keep it right with a time service; certificates, tokens and expiry all go by it',
  });
}

function proxyWords(proxy: ProxyFacts): string {
  return proxy.kind === 'proxy' ? `the proxy ${proxy.shown}` : proxy.kind === 'none' ? 'no proxy' : 'an unusable proxy';
}

const unreached: ReadonlyArray<Failure['code']> = [
  'ERR_LAPS_NAME_NOT_RESOLVED',
  'ERR_LAPS_NO_TENANT',
  'ERR_LAPS_PROXY_REFUSED',
];

/**
 * What went well here need not go well for the daemon: a service is started with other variables than a shell (the
 * vendor's checklist: the proxy must be set for the system, not for the user). Trouble only when it fails that way.
 */
function otherwiseForDaemon(facts: DoctorFacts, network: NetworkFacts, check: Check): Check {
  const { surroundings } = facts;
  const failure = openFailureOf(facts);
  if (surroundings === undefined || failure === undefined || check.result !== 'ok') return check;
  const how =
    'give the daemon the same variables as this shell (a service: Environment= in its unit), and start it again';
  if (check.name === 'proxy' && unreached.includes(failure.code)) {
    const [its, ours] = [proxyWords(surroundings.proxy), proxyWords(network.proxy)];
    if (its !== ours)
      return trouble('proxy', {
        code: failure.code,
        message: `the daemon uses ${its} and fails (${failure.message}); here ${ours} is used, and it works`,
        hint: `${how}: HTTPS_PROXY, NO_PROXY`,
      });
  }
  if (check.name === 'certificate' && failure.code === 'ERR_LAPS_TENANT_UNTRUSTED' && !surroundings.sameAuthorities)
    return trouble('certificate', {
      code: failure.code,
      message: `the daemon reads other certificate authorities than this shell names, and fails: ${failure.message}`,
      hint: `${how}: NODE_EXTRA_CA_CERTS, SSL_CERT_FILE; or install the authority on the machine`,
    });
  return check;
}

/** The checks of the way, in order. */
export function networkChecks(facts: DoctorFacts): Check[] {
  const { network, now } = facts;
  const names: readonly CheckName[] = ['proxy', 'name', 'connection', 'certificate', 'discovery', 'clock'];
  if (network === undefined) return names.map((name) => notReached(name, 'there is no tenant to go to'));
  const { host, proxy, stopped } = network;
  const reached = stopped === undefined ? layers.length : layers.indexOf(stopped.at);
  /** `well` is said only of a layer that was passed. */
  const layer = (
    name: CheckName,
    at: (typeof layers)[number],
    well: string,
    told: (failure: WireFailure) => Trouble,
  ) => {
    const own = layers.indexOf(at);
    if (reached > own) return ok(name, well);
    if (stopped !== undefined && reached === own) return trouble(name, told(stopped.failure));
    return notReached(name, notReachedWords);
  };
  const viaProxy = proxy.kind === 'proxy';
  const checks = [
    // A tenant that could not be started stops before everything else, and is told where people look for it.
    stopped?.at === 'start'
      ? notReached('proxy', 'none is used')
      : layer('proxy', 'proxy', proxyText(network), troubleOf),
    stopped?.at === 'start'
      ? notReached('name', notReachedWords)
      : layer('name', 'name', viaProxy ? `${host}, resolved by the proxy` : host, troubleOf),
    stopped?.at === 'start'
      ? trouble('connection', troubleOf(stopped.failure))
      : layer('connection', 'connection', viaProxy ? 'through the proxy' : 'direct', troubleOf),
    layer('certificate', 'certificate', 'trusted, for this host', (failure) =>
      certificateTrouble(network, failure, now),
    ),
    layer('discovery', 'answer', 'the tenant names its services', (failure) => ({
      code: failure.code,
      message: network.webPage ? `${failure.message}: a web page answers in the tenant's place` : messageOf(failure),
      hint: network.webPage
        ? 'a captive portal or a gateway: sign in to the network in a browser, or use another one'
        : (failure.hint ?? null),
    })),
    clockCheck(network),
  ];
  return checks.map((check) => otherwiseForDaemon(facts, network, check));
}

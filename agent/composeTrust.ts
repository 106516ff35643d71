/**
 * The wiring of a private authority for a device that is there already: `--ca-file` (contract 2), what is configured, and its
 * own embedded tenant's with new dates.
 *
 * Promises: it is remembered with the identity; a daemon goes by it from its next request on. It takes the place of what was
 * trusted before only once the tenant was reached without that. A device that is not joined remembers it for its join. Must
 * never: cut the device off from its tenant, or bring back an identity that is forgotten meanwhile.
 */
import { identityOf, type Place } from './compose.ts';
import { type Caller, httpFor } from './composeClient.ts';
import { ownIdentity } from './composeOwnTenant.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import type { EventLog } from './core/ports.ts';
import { shellWord } from './core/shellWord.ts';
import { systemClock } from './edge/clock.ts';
import type { FullIdentityReading } from './edge/deviceIdentity.ts';
import { discover } from './edge/discovery.ts';
import type { Http } from './edge/http.ts';
import { profileOfIdentity, type StoredIdentity } from './edge/identityRecord.ts';
import { randomIds } from './edge/ids.ts';
import { holderOf } from './edge/instanceLock.ts';
import { isLockHeld } from './edge/lockLook.ts';
import { reachingEnvOf } from './edge/processEnv.ts';
import type { Env } from './edge/proxyEnv.ts';
import { absolutePath } from './edge/system.ts';
import { readCertificateFile } from './edge/textFile.ts';
import { type CertificateFacts, certificatesBeyond, certificatesIn } from './edge/trust.ts';
import { failureOfUnanswered } from './edge/wireFailure.ts';

/** An identity is read whole at each cycle, and its file is bounded. */
const mostCharacters = 200_000;
/** For each request of a look: a tenant that hangs is no reason to hold up a cycle. */
const lookMs = 10_000;

/** What became of an authority that was named. */
export type Trusted =
  /** There is no device: the next join trusts it. */
  | { readonly kind: 'forJoin' }
  /** It is all that was trusted beside the system's already. */
  | { readonly kind: 'known' }
  /** Instead of what was trusted before. */
  | { readonly kind: 'replaced' }
  /** Beside it; `why`: what came of a look without it, where something was there to be replaced. */
  | { readonly kind: 'added'; readonly why?: string };

/**
 * The ways on which the tenant is to be reached: this command's own, and the daemon's. One that does not run starts without
 * what only this command's environment trusts.
 */
async function waysOf({ env, folder }: Place): Promise<readonly Env[]> {
  const pid = (await isLockHeld(folder.lockFile)) === false ? undefined : holderOf(folder.lockFile);
  if (pid === process.pid) return [env];
  const { NODE_EXTRA_CA_CERTS: _extra, SSL_CERT_FILE: _bundle, ...bare } = env;
  return [env, (pid === undefined ? undefined : await reachingEnvOf(pid)) ?? bare];
}

/** Why the tenant is not reached with these authorities and the system's; undefined where it is, on every way. */
async function unreachedThrough(place: Place, identity: StoredIdentity, pem: string): Promise<string | undefined> {
  for (const env of await waysOf(place)) {
    const why = await unreachedOn({ ...place, env }, identity, pem);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** The same on one way; all hosts of the tenant are to be reached. */
async function unreachedOn(place: Caller, identity: StoredIdentity, pem: string): Promise<string | undefined> {
  const whole = await httpFor(place, [pem]);
  const http: Http = { ...whole, send: (request) => whole.send({ deadlineMs: lookMs, ...request }) };
  const profile = profileOfIdentity(identity);
  const { tenantId } = identity;
  try {
    const asked = { http, clock: systemClock, ids: randomIds, profile, tenant: tenantId, expectedTenantId: tenantId };
    const found = await discover(asked);
    if (found.kind === 'failed') return found.failure.message;
    for (const origin of found.endpoints.origins) {
      if (origin === profile.registrationOrigin) continue;
      const outcome = await http.send({ method: 'GET', url: `${origin}/` });
      // Whatever is answered, the certificate was accepted.
      if (outcome.kind !== 'answer') return failureOfUnanswered(outcome, origin, 'ERR_LAPS_DISCOVERY_FAILED').message;
    }
    return undefined;
  } finally {
    http.dropIdle();
  }
}

const printed = (certificates: readonly string[]): string => [...certificates, ''].join('\n');

/**
 * Trusts what a file holds, beside what is trusted already where it `adds` alone.
 * Throws ERR_LAPS_NO_SUCH_FILE and ERR_LAPS_FILE_UNREADABLE for the file, and as the disk does.
 */
export async function trustAuthority(place: Place, caFile: string, adds = false): Promise<Trusted> {
  const path = absolutePath(caFile, place.cwd);
  const given = certificatesBeyond('', await readCertificateFile(path));
  const reading = await (await identityOf(place)).readFull();
  const before = reading.kind === 'joined' ? reading.identity : undefined;
  const others = before === undefined ? [] : certificatesBeyond(printed(given), before.caPem ?? '');
  let found: Trusted = { kind: 'added' };
  const mayReplace = before !== undefined && others.length > 0 && !adds && (await ownIdentity(place)) === undefined;
  if (mayReplace) {
    const why = await unreachedThrough(place, before, printed(given));
    found = why === undefined ? { kind: 'replaced' } : { kind: 'added', why };
  }
  // What somebody else has put there meanwhile was not looked at, and stays.
  const kept = (identity: StoredIdentity): string =>
    found.kind === 'replaced' && identity.caPem === before?.caPem ? '' : (identity.caPem ?? '');
  const { kind, changed } = await remembered(place, printed(given), path, kept);
  if (kind !== 'none') return changed || mayReplace ? found : { kind: 'known' };
  await place.remember({ caFile: path });
  return { kind: 'forJoin' };
}

/** Trusts what a text holds beside what is trusted; the kind of identity that was there. `path`: where it is from. */
export async function trustText(place: Place, text: string, path: string): Promise<FullIdentityReading['kind']> {
  return (await remembered(place, text, path, ({ caPem }) => caPem ?? '')).kind;
}

/** `kept`: what of an identity's own stays beside it. */
async function remembered(
  place: Place,
  text: string,
  path: string,
  kept: (identity: StoredIdentity) => string,
): Promise<{ readonly kind: FullIdentityReading['kind']; readonly changed: boolean }> {
  let changed = false;
  const { kind } = await (await identityOf(place)).change((identity) => {
    const stays = kept(identity);
    const added = certificatesBeyond(stays, text);
    if (added.length === 0) return undefined;
    const caPem = printed([...(stays === '' ? [] : [stays.trimEnd()]), ...added]);
    if (caPem.length > mostCharacters)
      throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
        message: `${path} holds more authorities than can be remembered with the identity`,
        hint: 'name a file with the authority of the tenant alone, or the bundle in NODE_EXTRA_CA_CERTS',
      });
    changed = true;
    return { ...identity, caPem };
  });
  return { kind, changed };
}

/** Trusts what `--ca-file` names, and tells a person what came of it. */
export async function trustNamed(place: Place, caFile: string): Promise<void> {
  const trusted = await trustAuthority(place, caFile);
  if (trusted.kind === 'forJoin') return;
  // A start goes by what is configured: another file there would bring back what is replaced here.
  const { caFile: configured } = place.configuration.file;
  const path = absolutePath(caFile, place.cwd);
  const isOther = configured !== undefined && configured !== path;
  if (isOther) await place.remember({ caFile: null });
  if (trusted.kind !== 'known') place.note(trustedWords(trusted, caFile));
  if (isOther)
    place.note(
      `caFile is no longer ${configured}: a start would trust that again; it is followed again, or this file is, by: laps config set caFile FILE`,
    );
}

/** What became of it in words, of `path`. */
export function trustedWords(trusted: Trusted, path: string): string {
  switch (trusted.kind) {
    case 'forJoin':
      return `the next join trusts what ${path} holds`;
    case 'known':
      return `what ${path} holds is trusted already`;
    case 'replaced':
      return `what ${path} holds is trusted from now on, in place of what was trusted before: the tenant was reached without that`;
    case 'added':
      return trusted.why === undefined
        ? `what ${path} holds is trusted from now on`
        : `what ${path} holds is trusted from now on, beside what was trusted before, for without that the tenant was not reached (${trusted.why}); the same command replaces it once it can be: laps process --ca-file ${shellWord(path)}`;
  }
}

/** At a start: what is configured and not trusted yet, or renewed in its file, is taken up. Trouble is told, and goes by. */
export async function takeUpConfigured(place: Place, log: EventLog): Promise<void> {
  const { caFile } = place.remembered;
  // The embedded tenant has an authority of its own, which its device knows.
  if (caFile === undefined || (await ownIdentity(place)) !== undefined) return;
  const at = systemClock.now();
  // What is in the environment stays there when another is named by --ca-file: what was named last may be needed next.
  const adds = place.configuration.file.caFile !== caFile;
  try {
    const trusted = await trustAuthority(place, caFile, adds);
    if (trusted.kind === 'known') return;
    log.write({ at, id: 50094, fields: { Outcome: trustedWords(trusted, caFile) } });
  } catch (error) {
    if (!isLapsError(error)) throw error;
    log.write({ at, id: 50095, fields: { Path: caFile, Problem: error.message } });
  }
}

/** What the identity trusts beside the system's authorities; undefined for a device that is not joined. */
export async function privateAuthorities(place: Place): Promise<readonly CertificateFacts[] | undefined> {
  const reading = await (await identityOf(place)).readFull();
  if (reading.kind !== 'joined') return undefined;
  return certificatesIn(reading.identity.caPem ?? '');
}

/**
 * Judges the answer to a backup, exactly as rotation.md 3 says: stored, refused, not sent, unclear.
 *
 * Knows: what counts as the device service's own word. Promises: a wrong judgement is only ever towards unclear, which
 * costs a repeated send and never a password. Must never: take a yes from anything that merely answered in between.
 */
import type { LapsBackupProfile } from '../core/cloudProfiles.ts';
import { hresultOfHttpStatus } from '../core/errors.ts';
import type { BackupReply, WireFailure } from '../core/ports.ts';
import type { Secret } from '../core/secret.ts';
import { instantOfIso } from '../core/time.ts';
import type { HttpOutcome } from './http.ts';
import { patienceHint, retryAtOf } from './retryAfter.ts';
import { deviceServiceErrorOf } from './wireErrors.ts';
import { failureOfUnanswered, hostOf } from './wireFailure.ts';
import { type JsonObject, objectOf, textIn } from './wireJson.ts';
import { cleanText } from './wireText.ts';

type Answer = Extract<HttpOutcome, { readonly kind: 'answer' }>;

const refusalHints: Readonly<Record<string, string>> = {
  error_fail: 'an administrator switches it on in Devices > Device settings; the present password stays valid',
  error_missing_device: 'the device was deleted in the tenant: laps leave, then laps join',
  error_authorization_request_denied: 'the device may be disabled; an administrator enables it in Devices',
  error_device_mismatch: 'the device speaks for another one; leave and join again',
  error_unsupported_join_type: 'only Entra joined and hybrid joined devices can back up; leave and join as one',
  error_invalid_token: 'the next attempt uses a new token',
};

/** Where the service's own sentence needs more words than the matter; event 10059 carries the sentence itself. */
const refusalWords: Readonly<Record<string, string>> = { error_fail: 'LAPS is not enabled for this tenant' };

/** The GUID inside, braced or not, lower case. */
function plainId(text: string): string {
  return text
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .toLowerCase();
}

function unclear(message: string, hresult: number, detail: string, retryAt?: number): BackupReply {
  const hint = 'the same password is sent again; the present one stays valid';
  return {
    kind: 'unclear',
    failure: {
      code: 'ERR_LAPS_TENANT_UNCLEAR',
      message,
      hint,
      hresult,
      detail,
      phase: 'backup',
      ...(retryAt === undefined ? {} : { retryAt }),
    },
  };
}

/** Epoch ms at which the service says it stored, or undefined where it says nothing that is a time. */
function storedAtOf(body: JsonObject | undefined): number | undefined {
  return instantOfIso(textIn(body, 'backupDateTime') ?? '');
}

/** A time before there was such a service names nothing. */
function stored(at: number | undefined): BackupReply {
  return at === undefined || at < 0 ? { kind: 'stored' } : { kind: 'stored', backedUpAt: at };
}

function refused(answer: Answer, now: number, secret: Secret): BackupReply | undefined {
  const { status, headers, text } = answer;
  const said = deviceServiceErrorOf(text);
  if (said === undefined) return undefined;
  const retryAfter = headers['retry-after']?.trim();
  // A 503 counts only where the service turned the request away on purpose; an internal error may have stored first.
  const turnedAway = status === 503 && retryAfter !== undefined && retryAfter !== '';
  if (!turnedAway && !(status >= 400 && status < 500 && status !== 408)) return undefined;
  const throttled = status === 429 || status === 503;
  const retryAt = throttled ? retryAtOf(headers, now) : undefined;
  const failure: WireFailure = {
    code: throttled ? 'ERR_LAPS_TENANT_THROTTLED' : 'ERR_LAPS_TENANT_REFUSED',
    message: throttled
      ? 'the tenant takes no backup just now'
      : `the tenant refused the backup: ${refusalWords[said.subcode] ?? cleanText(said.message, secret).replace(/\.$/, '')}`,
    hint: throttled
      ? retryAt === undefined
        ? 'run it again later; a password that is due is rotated by the daemon without being asked'
        : patienceHint
      : (refusalHints[said.subcode] ?? 'the present password stays valid; ask an administrator of the tenant'),
    hresult: hresultOfHttpStatus(status),
    detail: cleanText(`HTTP ${status} ${said.code} ${said.subcode}`, secret),
    phase: 'backup',
    ...(retryAt === undefined ? {} : { retryAt }),
  };
  return { kind: 'refused', httpStatus: status, text: cleanText(text, secret), failure };
}

/**
 * @param sentId the client-request-id that went out. @param secret what must not come back in any text.
 */
export function judgeBackup(options: {
  readonly outcome: HttpOutcome;
  readonly profile: LapsBackupProfile;
  readonly url: string;
  readonly sentId: string;
  readonly secret: Secret;
  readonly now: number;
}): BackupReply {
  const { outcome, profile, url, sentId, secret, now } = options;
  const host = hostOf(url);
  if (outcome.kind !== 'answer') {
    const failure: WireFailure = { ...failureOfUnanswered(outcome, url, 'ERR_LAPS_TENANT_UNCLEAR'), phase: 'backup' };
    return outcome.kind === 'notSent' ? { kind: 'notSent', failure } : { kind: 'unclear', failure };
  }
  const { status, headers, text } = outcome;
  if (status >= profile.successStatus.from && status <= profile.successStatus.to) {
    const echo = headers['client-request-id'];
    if (echo !== undefined) {
      // Somebody else's answer, however good it looks.
      if (plainId(echo) !== plainId(sentId))
        return unclear(`${host} answered another request`, 0x80072f78, 'wrong echo');
      // An empty body is fine, another than JSON is not: whoever wrote that page may have copied the header too.
      const body = objectOf(text);
      if (text.trim() === '' || (body !== undefined && deviceServiceErrorOf(text) === undefined))
        return stored(storedAtOf(body));
      return unclear(`${host} said yes with a body that makes no sense`, 0x80072f78, 'echo with a malformed body');
    }
    const storedAt = storedAtOf(objectOf(text));
    if (storedAt !== undefined) return stored(storedAt);
    return unclear(`${host} said yes without naming the backup`, 0x80072f78, `HTTP ${status} without an echo`);
  }
  const no = refused(outcome, now, secret);
  if (no !== undefined) return no;
  if (status >= 300 && status < 400)
    return unclear(
      `${host} answered the backup with a redirect, which is not followed`,
      hresultOfHttpStatus(status),
      `HTTP ${status}`,
    );
  // Whoever asks for patience gets it, also where it may be something in between that speaks, or passes on what it made
  // of a yes: that it was not stored is proven by the service's own shape alone (rotation.md 3).
  const retryAt = status === 429 || status === 503 ? retryAtOf(headers, now) : undefined;
  return unclear(
    `${host} answered the backup with HTTP ${status}`,
    hresultOfHttpStatus(status),
    `HTTP ${status}`,
    retryAt,
  );
}

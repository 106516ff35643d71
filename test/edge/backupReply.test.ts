import assert from 'node:assert/strict';
import { cloudProfiles } from '../../agent/core/cloudProfiles.ts';
import { Secret } from '../../agent/core/secret.ts';
import { judgeBackup } from '../../agent/edge/backupReply.ts';
import type { HttpOutcome } from '../../agent/edge/http.ts';

const id = '6A1B7C3E-0000-4000-8000-0000000000AA';
const now = Date.UTC(2026, 0, 5);
const error = {
  code: 'invalid_request',
  subcode: 'error_fail',
  operation: 'POST',
  message: 'no',
  requestId: '5b0e1d2c-0000-4000-8000-00000000abcd',
  time: '2026-01-05T10:20:30.1234567Z',
};
const oldError = { ErrorType: 'DirectoryError', Message: 'no', TraceId: 'a', Time: 'b' };
const stored = { backupDateTime: '2026-01-05T10:20:30.1234567Z', refreshDateTime: '2026-02-04T10:20:30.1234567Z' };

function judged(outcome: HttpOutcome) {
  return judgeBackup({
    outcome,
    profile: cloudProfiles.global.lapsBackup,
    url: 'https://tenant.test/manage',
    sentId: `{${id}}`,
    secret: new Secret('Planted#Secret%5'),
    now,
  });
}
const judge = (outcome: HttpOutcome): string => judged(outcome).kind;
const answer = (status: number, body: unknown, headers: Record<string, string> = {}): HttpOutcome => ({
  kind: 'answer',
  status,
  headers,
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
const proxy = { address: 'proxy.test:3128', variable: 'HTTPS_PROXY', hasUser: false };
const echo = { 'client-request-id': `{${id}}` };

describe('judgeBackup', () => {
  const rows: ReadonlyArray<readonly [what: string, outcome: HttpOutcome, kind: string]> = [
    ['200 with the echo', answer(200, stored, echo), 'stored'],
    ['200 with the echo and nothing else', answer(200, '', echo), 'stored'],
    ['204 with the echo unbraced, lower case', answer(204, '', { 'client-request-id': id.toLowerCase() }), 'stored'],
    ['200 with the echo and HTML', answer(200, '<html>welcome</html>', echo), 'unclear'],
    ['200 with the echo and an answer cut short', answer(200, '{"backupDateTime":', echo), 'unclear'],
    ['200 with the echo and an error', answer(200, error, echo), 'unclear'],
    ['200 with the echo and other members', answer(200, { ok: true }, echo), 'stored'],
    ['200 with backupDateTime', answer(200, stored), 'stored'],
    ['200 empty without an echo', answer(200, ''), 'unclear'],
    ['200 HTML', answer(200, '<html>welcome</html>'), 'unclear'],
    ['200 with another echo', answer(200, '', { 'client-request-id': id.replace('6A', '6B') }), 'unclear'],
    ['200 with another echo though it names a time', answer(200, stored, { 'client-request-id': 'x' }), 'unclear'],
    ['200 with a time that is none', answer(200, { backupDateTime: 'soon' }), 'unclear'],
    ['200 with a time that is no text', answer(200, { backupDateTime: 5 }), 'unclear'],
    ['200 with a time cut short', answer(200, JSON.stringify(stored).slice(0, 30)), 'unclear'],
    ['200 with a list', answer(200, [stored]), 'unclear'],
    ['200 with an error in it', answer(200, error), 'unclear'],
    ...[400, 401, 403, 404, 409, 410, 413, 422, 429].map(
      (status) => [`${status} in the shape`, answer(status, error), 'refused'] as const,
    ),
    ['400 in the old shape', answer(400, oldError), 'refused'],
    ['408 in the shape', answer(408, error), 'unclear'],
    ['500 in the shape', answer(500, error), 'unclear'],
    ['502 in the shape', answer(502, error), 'unclear'],
    ['504 in the shape', answer(504, error), 'unclear'],
    ['500 in the shape with Retry-After', answer(500, error, { 'retry-after': '5' }), 'unclear'],
    ['503 in the shape without Retry-After', answer(503, error), 'unclear'],
    ['503 in the shape with Retry-After', answer(503, error, { 'retry-after': '5' }), 'refused'],
    ['503 HTML with Retry-After', answer(503, '<html>', { 'retry-after': '5' }), 'unclear'],
    ['400 HTML', answer(400, '<html>'), 'unclear'],
    ['403 of a gateway', answer(403, { code: '403', message: 'blocked' }), 'unclear'],
    ['403 of Graph', answer(403, { error: { code: 'x', message: 'y' } }), 'unclear'],
    ['400 with a member of the wrong type', answer(400, { ...error, subcode: 5 }), 'unclear'],
    ['400 cut short', answer(400, JSON.stringify(error).slice(0, -1)), 'unclear'],
    ['400 empty', answer(400, ''), 'unclear'],
    ['407 without the shape', answer(407, ''), 'unclear'],
    ['429 without the shape', answer(429, '', { 'retry-after': '5' }), 'unclear'],
    ['301', answer(301, ''), 'unclear'],
    ['307 in the shape', answer(307, error), 'unclear'],
    ['999', answer(999, error), 'unclear'],
    ['a refused port', { kind: 'notSent', reason: 'refused', detail: 'ECONNREFUSED' }, 'notSent'],
    ['an unknown name', { kind: 'notSent', reason: 'dns', detail: 'ENOTFOUND' }, 'notSent'],
    ['a foreign certificate', { kind: 'notSent', reason: 'tls', detail: 'CERT_HAS_EXPIRED' }, 'notSent'],
    ['a proxy’s no', { kind: 'notSent', reason: 'proxy', detail: 'CONNECT 403', proxy }, 'notSent'],
    ['a black hole', { kind: 'notSent', reason: 'timeoutConnect', detail: '' }, 'notSent'],
    ['a reset', { kind: 'broken', reason: 'reset', detail: 'ECONNRESET' }, 'unclear'],
    ['a timeout', { kind: 'broken', reason: 'timeout', detail: '' }, 'unclear'],
    ['a flood', { kind: 'broken', reason: 'tooLarge', detail: '' }, 'unclear'],
    ['an interruption', { kind: 'broken', reason: 'aborted', detail: '' }, 'unclear'],
  ];
  for (const [what, outcome, kind] of rows) it(`takes ${what} for ${kind}`, () => assert.equal(judge(outcome), kind));

  it("gives the service's own time of a backup, where it says one that can be", () => {
    const backedUpAt = Date.parse('2026-01-05T10:20:30.123Z');
    assert.deepEqual(judged(answer(200, stored, echo)), { kind: 'stored', backedUpAt });
    assert.deepEqual(judged(answer(200, stored)), { kind: 'stored', backedUpAt });
    for (const body of ['', { ok: true }, { backupDateTime: 'soon' }, { backupDateTime: '0001-01-01T00:00:00Z' }])
      assert.deepEqual(judged(answer(200, body, echo)), { kind: 'stored' });
  });

  it('keeps the patience that a 429 or 503 asks for, whatever the body says, and stays unclear about the rest', () => {
    const at = now + 600_000;
    const date = new Date(at).toUTCString();
    for (const status of [429, 503])
      for (const body of ['<html>busy</html>', '{}', '', { code: '429', message: 'slow down' }])
        for (const retryAfter of ['600', date]) {
          const reply = judged(answer(status, body, { 'retry-after': retryAfter }));
          assert.ok(reply.kind === 'unclear');
          assert.equal(reply.failure.retryAt, at);
        }
    for (const [status, retryAfter] of [
      [429, 'soon'],
      [502, '600'],
    ] as const) {
      const reply = judged(answer(status, '<html>', { 'retry-after': retryAfter }));
      assert.ok(reply.kind === 'unclear');
      assert.equal(reply.failure.retryAt, undefined);
    }
  });

  it('takes no yes or no from a prefix of an honest answer', () => {
    for (const [status, body] of [
      [200, stored],
      [400, error],
    ] as const) {
      const text = JSON.stringify(body);
      for (let cut = 0; cut < text.length; cut += 1) assert.equal(judge(answer(status, text.slice(0, cut))), 'unclear');
    }
  });
});

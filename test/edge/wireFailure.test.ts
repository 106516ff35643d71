import assert from 'node:assert/strict';
import { LapsError } from '../../agent/core/errors.ts';
import { errorOf, failureOfStatus, failureOfUnanswered, type Unanswered } from '../../agent/edge/wireFailure.ts';
import { hintAsAsked } from '../../agent/service/request.ts';

const proxy = { address: 'proxy.test:3128', variable: 'HTTPS_PROXY', hasUser: false };

describe('the hint of an unknown authority', () => {
  it('names each command once, whichever command asked', () => {
    const failure = failureOfUnanswered(
      { kind: 'notSent', reason: 'tls', detail: 'SELF_SIGNED_CERT_IN_CHAIN' },
      'https://tenant.test/',
      'ERR_LAPS_TENANT_UNCLEAR',
    );
    const hint = hintAsAsked({ code: failure.code, hint: failure.hint ?? null }, { trigger: 'administrator' }, null);
    assert.match(hint ?? '', /; laps run, reset and process remember it$/);
  });
});

describe('failureOfUnanswered', () => {
  const rows: ReadonlyArray<readonly [outcome: Unanswered, code: string, hresult: number]> = [
    [{ kind: 'notSent', reason: 'dns', detail: 'ENOTFOUND' }, 'ERR_LAPS_NAME_NOT_RESOLVED', 0x80072ee7],
    [{ kind: 'notSent', reason: 'refused', detail: '' }, 'ERR_LAPS_NO_TENANT', 0x80072efd],
    [{ kind: 'notSent', reason: 'unreachable', detail: '' }, 'ERR_LAPS_NO_TENANT', 0x80072efd],
    [{ kind: 'notSent', reason: 'timeoutConnect', detail: '' }, 'ERR_LAPS_NO_TENANT', 0x80072ee2],
    [{ kind: 'notSent', reason: 'proxy', detail: 'CONNECT 407', proxy }, 'ERR_LAPS_PROXY_REFUSED', 0x80072efd],
    [{ kind: 'notSent', reason: 'tls', detail: 'CERT_HAS_EXPIRED' }, 'ERR_LAPS_TENANT_UNTRUSTED', 0x80072f05],
    [
      { kind: 'notSent', reason: 'tls', detail: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      'ERR_LAPS_TENANT_UNTRUSTED',
      0x80072f06,
    ],
    [{ kind: 'notSent', reason: 'tls', detail: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'ERR_LAPS_TENANT_UNTRUSTED', 0x80072f0d],
    [
      { kind: 'notSent', reason: 'tls', detail: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      'ERR_LAPS_TENANT_UNTRUSTED',
      0x80072f0d,
    ],
    [
      { kind: 'notSent', reason: 'tls', detail: 'ERR_SSL_WRONG_VERSION_NUMBER' },
      'ERR_LAPS_TENANT_UNTRUSTED',
      0x80072f7d,
    ],
    [{ kind: 'notSent', reason: 'aborted', detail: '' }, 'ERR_LAPS_INTERRUPTED', 0x800704c7],
    [{ kind: 'broken', reason: 'reset', detail: '' }, 'ERR_LAPS_TENANT_UNCLEAR', 0x80072efe],
    [{ kind: 'broken', reason: 'timeout', detail: '' }, 'ERR_LAPS_TENANT_UNCLEAR', 0x80072ee2],
    [{ kind: 'broken', reason: 'tooLarge', detail: '' }, 'ERR_LAPS_TENANT_UNCLEAR', 0x80072f78],
    [{ kind: 'broken', reason: 'aborted', detail: '' }, 'ERR_LAPS_INTERRUPTED', 0x800704c7],
  ];
  for (const [outcome, code, hresult] of rows)
    it(`names ${outcome.kind} ${outcome.reason} ${outcome.detail}`, () => {
      const failure = failureOfUnanswered(outcome, 'https://tenant.test:8443/secret?path', 'ERR_LAPS_TENANT_UNCLEAR');
      assert.equal(failure.code, code);
      assert.equal(failure.hresult, hresult);
      assert.ok(!failure.message.includes('secret'));
      assert.ok(
        outcome.reason === 'aborted' ||
          (failure.message.includes(outcome.reason === 'dns' ? 'tenant.test' : 'tenant.test:8443') && failure.hint),
      );
      const error = errorOf(failure);
      assert.ok(error instanceof LapsError);
      assert.equal(error.hresult, hresult);
      assert.equal(error.hint, failure.hint);
    });
});

describe('a certificate that is out of its dates', () => {
  it('makes one look at the clock of this machine first', () => {
    const outcome: Unanswered = { kind: 'notSent', reason: 'tls', detail: 'CERT_NOT_YET_VALID' };
    const { hint } = failureOfUnanswered(outcome, 'https://tenant.test', 'ERR_LAPS_TENANT_UNCLEAR');
    assert.match(hint ?? '', /^check this machine's clock first; .*certificate or its authority's must be renewed$/);
  });
});

describe('failureOfStatus', () => {
  it('makes the HRESULT of the status, and none of a success', () => {
    assert.equal(failureOfStatus('ERR_LAPS_TENANT_REFUSED', 403, 'm').hresult, 0x80070193);
    assert.equal(failureOfStatus('ERR_LAPS_DISCOVERY_FAILED', 200, 'm').hresult, 0x80072f78);
  });

  it('names of an unknown host the name alone, without a port that nobody looks up', () => {
    const told = failureOfUnanswered(
      { kind: 'notSent', reason: 'dns', detail: 'ENOTFOUND' },
      'https://nowhere.test:8443/x',
      'ERR_LAPS_NO_TENANT',
    );
    assert.equal(told.message, 'the name nowhere.test could not be resolved');
  });
});

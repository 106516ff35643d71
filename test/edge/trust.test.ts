import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { isSameAuthority, trustedAuthorities } from '../../agent/edge/trust.ts';
import { makeAuthority, redateAuthority } from '../../agent/tenant/certificates.ts';
import { stubCertificates } from '../support/stubCertificates.ts';

describe('trustedAuthorities', () => {
  let folder: string;
  let ca: string;
  let other: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laps-trust-'));
    const { caPem, certificates } = await stubCertificates();
    ca = caPem.trim();
    other = (certificates.get('selfSigned')?.cert ?? '').trim();
  });
  after(() => rmSync(folder, { recursive: true }));
  const fileOf = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  /** What is trusted beyond Node's own list. */
  const added = (env: Record<string, string>, more: readonly string[] = []): string[] =>
    trustedAuthorities(env, more).slice(rootCertificates.length);
  const none = (): string => join(folder, 'none');

  it("begins with Node's own list and adds the system's, NODE_EXTRA_CA_CERTS and what was named", () => {
    const env = { SSL_CERT_FILE: fileOf('system', ca), NODE_EXTRA_CA_CERTS: fileOf('extra', other) };
    assert.deepEqual(trustedAuthorities(env, ['mine']).slice(0, rootCertificates.length), [...rootCertificates]);
    assert.deepEqual(added(env, ['mine']), [ca, other, 'mine']);
  });

  it('names none twice', () => {
    const both = fileOf('both', `${rootCertificates[0]}\n${ca}\n${ca}`);
    assert.deepEqual(added({ SSL_CERT_FILE: both, NODE_EXTRA_CA_CERTS: both }), [ca]);
  });

  it('takes from a damaged bundle what can be read, from one that is missing nothing', () => {
    const cut = ca.replace(/[A-Za-z0-9+/]{40}\n/, '\n');
    assert.deepEqual(added({ SSL_CERT_FILE: fileOf('cut', `${cut}\n${other}\nnoise`) }), [other]);
    assert.deepEqual(added({ SSL_CERT_FILE: none() }), []);
    assert.deepEqual(added({ SSL_CERT_FILE: folder }), []);
  });

  it('finds what this machine keeps by itself, and adds only authorities', () => {
    const found = added({});
    assert.ok(found.every((pem) => /^-----BEGIN CERTIFICATE-----/.test(pem)));
    assert.equal(new Set(found).size, found.length);
  });
});

describe('isSameAuthority', () => {
  it('knows an authority by its name and key, whatever the dates of its certificate', async () => {
    const dated = (year: number) => ({
      notBefore: new Date(Date.UTC(year, 0, 1)),
      notAfter: new Date(Date.UTC(year + 1, 0, 1)),
    });
    const [one, other] = [await makeAuthority('CN=A', dated(2015)), await makeAuthority('CN=A', dated(2015))];
    const renewed = await redateAuthority(one, dated(2026));
    assert.notEqual(renewed.cert, one.cert);
    assert.ok(isSameAuthority(one.cert, renewed.cert));
    assert.ok(isSameAuthority(`${other.cert}${one.cert}`, renewed.cert));
    assert.ok(!isSameAuthority(other.cert, renewed.cert), 'another key under the same name');
    assert.ok(!isSameAuthority('', renewed.cert));
  });
});

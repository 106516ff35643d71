import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { trustedAuthorities } from '../../agent/edge/trust.ts';
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

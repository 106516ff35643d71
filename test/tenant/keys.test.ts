/** The tenant's authority and dates: no clock, however wrong, ends it, and one that a date would end is renewed. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { makeAuthority } from '../../agent/tenant/certificates.ts';
import { msPerDay } from '../../agent/tenant/instants.ts';
import { openKeys } from '../../agent/tenant/keys.ts';
import { createSealer } from '../../agent/tenant/seal.ts';

const tenantId = '11111111-2222-3333-4444-555555555555';
const now = Date.UTC(2026, 10, 27, 12);

/** Made once: it is slow, and not what this is about. */
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

function world() {
  const rows = new Map<string, string>();
  const sealer = createSealer(randomBytes(32));
  const clock = { at: now };
  const open = async () => {
    const keys = await openKeys({
      meta: { get: (name) => rows.get(name), set: (name, value) => void rows.set(name, value) },
      sealer,
      tenantId,
      domain: 'contoso.test',
      tlsNow: () => clock.at,
      serverCertificateMs: msPerDay,
    });
    await keys.settled();
    return keys;
  };
  const keep = (name: string, value: object) =>
    rows.set(`key.${name}`, sealer.seal(JSON.stringify(value), `${tenantId}|key|${name}`));
  keep('signing', { key: rsa, cert: '' });
  return { open, keep, clock };
}

const holdsAt = (pem: string, at: number): boolean => {
  const { validFrom, validTo } = new X509Certificate(pem);
  return Date.parse(validFrom) <= at && at <= Date.parse(validTo);
};

describe("the tenant's keys", () => {
  for (const [name, first] of Object.entries({
    'in 1970': 0,
    'in 2015': Date.UTC(2015, 0, 1),
    'a year ahead': now + 365 * msPerDay,
    'ten years ahead': now + 3653 * msPerDay,
  }))
    it(`made with a clock ${name} hold when the clock is right`, async () => {
      const { open, clock } = world();
      clock.at = first;
      const made = await open();
      assert.ok(holdsAt(made.server().cert, first));
      clock.at = now;
      // Of a tenant that goes on running, and of one that starts again.
      const [renewed] = await Promise.all([made.renewServerIfDue(), made.renewServerIfDue()]);
      assert.ok(renewed !== undefined && holdsAt(renewed.cert, now));
      const again = await open();
      assert.equal(again.caCertificate, made.caCertificate);
      assert.equal(again.redated, undefined);
      for (const at of [0, now, Date.UTC(2500, 0, 1)]) assert.ok(holdsAt(again.caCertificate, at));
      assert.ok(new X509Certificate(again.server().cert).verify(new X509Certificate(made.caCertificate).publicKey));
    });

  it('renew a server certificate that a clock set back a few minutes makes not yet valid', async () => {
    const { open, clock } = world();
    const keys = await open();
    clock.at = now - 7 * 60_000;
    const renewed = await keys.renewServerIfDue();
    assert.ok(renewed !== undefined && holdsAt(renewed.cert, clock.at));
    assert.equal(await keys.renewServerIfDue(), undefined);
  });

  for (const [name, from, isOut] of [
    ['that a wrong clock made', Date.UTC(2014, 11, 31), true],
    ['that is in its dates still', now - msPerDay, false],
  ] as const)
    it(`give an authority with an end ${name} a certificate without one, for the same name and key`, async () => {
      const { open, keep } = world();
      const to = from + 3653 * msPerDay;
      const old = await makeAuthority('CN=laps-agent test tenant CA+O=contoso.test', {
        notBefore: new Date(from),
        notAfter: new Date(to),
      });
      keep('authority', old);
      const keys = await open();
      const [was, is] = [new X509Certificate(old.cert), new X509Certificate(keys.caCertificate)];
      assert.deepEqual(keys.redated, isOut ? { from, to } : undefined);
      assert.ok(holdsAt(keys.caCertificate, now));
      assert.equal(is.subject, was.subject);
      assert.ok(is.publicKey.equals(was.publicKey));
      assert.ok(is.verify(was.publicKey));
      assert.ok(new X509Certificate(keys.server().cert).verify(was.publicKey));
      const again = await open();
      assert.equal(again.caCertificate, keys.caCertificate);
      assert.equal(again.redated, undefined);
    });
});

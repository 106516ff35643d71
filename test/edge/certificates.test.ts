import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import {
  bcryptPublicBlob,
  contentOfOctetString,
  createDeviceKey,
  readDeviceCertificate,
} from '../../agent/edge/certificates.ts';
import { bytesOfGuid, guidOfBytes, isGuid } from '../../agent/edge/guid.ts';
import { deviceCertificate, deviceId, tenantId } from '../support/stubTenant.ts';

async function publicKey() {
  const { publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return crypto.subtle.importKey('spki', key.export({ type: 'spki', format: 'der' }), algorithm, true, ['verify']);
}

describe('createDeviceKey', () => {
  it('makes a PKCS#10 with the fixed subject, signed SHA-256 by an RSA-2048 key, with the nonce', async () => {
    const key = await createDeviceKey({ nonce: 'n'.repeat(200) });
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(key.request, 'base64'));
    assert.equal(request.subject, 'CN=7E980AD9-B86D-4306-9425-9AC066FB014A');
    assert.ok(await request.verify());
    assert.deepEqual(request.signatureAlgorithm.hash, { name: 'SHA-256' });
    const extension = request.getExtension('1.2.840.113556.1.5.284.2.1');
    assert.ok(extension);
    const content = contentOfOctetString(new Uint8Array(extension.value));
    assert.equal(Buffer.from(content ?? []).toString(), 'n'.repeat(200));
    const own = createPublicKey(createPrivateKey(key.privateKeyPem));
    assert.equal(own.asymmetricKeyDetails?.modulusLength, 2048);
    assert.deepEqual(own.export({ type: 'spki', format: 'der' }), Buffer.from(request.publicKey.rawData));

    const blob = Buffer.from(key.transportKey, 'base64');
    const jwk = own.export({ format: 'jwk' });
    assert.equal(blob.toString('latin1', 0, 4), 'RSA1');
    assert.deepEqual(
      [4, 8, 12, 16, 20].map((at) => blob.readUInt32LE(at)),
      [2048, 3, 256, 0, 0],
    );
    assert.equal(blob.subarray(24, 27).toString('base64url'), jwk.e);
    assert.equal(blob.subarray(27).toString('base64url'), jwk.n);
  });

  it('writes the blob of known numbers byte for byte', () => {
    assert.equal(
      Buffer.from(bcryptPublicBlob(Buffer.from([1, 0, 1]), Buffer.from([0xab, 0xcd]))).toString('hex'),
      '52534131' + '10000000' + '03000000' + '02000000' + '00000000' + '00000000' + '010001' + 'abcd',
    );
  });
});

describe('readDeviceCertificate', () => {
  it('reads both ids, lengths in the short form and the long one', async () => {
    const key = await publicKey();
    for (const longForm of [false, true]) {
      const read = readDeviceCertificate(await deviceCertificate({ publicKey: key, longForm }));
      assert.deepEqual([read.deviceId, read.tenantId], [deviceId, tenantId]);
    }
  });

  it('refuses what is no certificate, names no device, or two', async () => {
    const key = await publicKey();
    for (const bad of [
      'AAAA',
      '',
      'not base64 at all',
      await deviceCertificate({ publicKey: key, subject: 'CN=somebody' }),
      await deviceCertificate({ publicKey: key, subject: 'O=none' }),
      await deviceCertificate({ publicKey: key, extensionDeviceId: tenantId }),
    ])
      assert.throws(() => readDeviceCertificate(bad), /^Error: the device certificate/);
  });
});

describe('contentOfOctetString', () => {
  it('refuses other tags, wrong lengths and empty bytes', () => {
    for (const hex of ['', '04', '0480', '0402aa', '0401aabb', '0501aa', '0484000000', '048101'])
      assert.equal(contentOfOctetString(Buffer.from(hex, 'hex')), undefined, hex);
    assert.deepEqual(contentOfOctetString(Buffer.from('0400', 'hex')), Buffer.from(''));
    assert.deepEqual(contentOfOctetString(Buffer.from('048101aa', 'hex')), Buffer.from('aa', 'hex'));
  });
});

describe('guid', () => {
  it('turns text into .NET bytes and back', () => {
    const text = '00112233-4455-6677-8899-aabbccddeeff';
    assert.equal(Buffer.from(bytesOfGuid(text) ?? []).toString('hex'), '33221100554477668899aabbccddeeff');
    assert.equal(guidOfBytes(bytesOfGuid(text.toUpperCase()) ?? new Uint8Array()), text);
    assert.equal(guidOfBytes(new Uint8Array(15)), undefined);
    for (const bad of ['', '{00112233-4455-6677-8899-aabbccddeeff}', `${text}0`, text.replaceAll('-', '')])
      assert.ok(!isGuid(bad));
    assert.equal(bytesOfGuid('x'), undefined);
  });
});

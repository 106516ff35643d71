/**
 * What a device signs with, made from the specification: keys, a certificate request, a signed text.
 *
 * Must never: use anything of the agent.
 */
import 'reflect-metadata';
import { createPublicKey, createSign, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

let sharedKey: KeyObject | undefined;

/** One RSA key for all devices of a test process: keys take long, and no test is about their being different. */
export function deviceKey(fresh: boolean): KeyObject {
  if (fresh) return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  sharedKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return sharedKey;
}

/** A PKCS#10 with the fixed subject of wire 1.3, base64 DER. */
export async function certificateRequest(privateKey: KeyObject): Promise<string> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=7E980AD9-B86D-4306-9425-9AC066FB014A',
    keys: {
      privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
  });
  return Buffer.from(csr.rawData).toString('base64');
}

/** BCRYPT_RSAKEY_BLOB of the public half, base64 (wire 1.3). */
export function transportKeyOf(privateKey: KeyObject): string {
  const { n = '', e = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const [modulus, exponent] = [Buffer.from(n, 'base64url'), Buffer.from(e, 'base64url')];
  const header = Buffer.alloc(24);
  header.write('RSA1', 'latin1');
  header.writeUInt32LE(modulus.length * 8, 4);
  header.writeUInt32LE(exponent.length, 8);
  header.writeUInt32LE(modulus.length, 12);
  return Buffer.concat([header, exponent, modulus]).toString('base64');
}

/** A compact JWS signed RS256; `header` may claim another algorithm. */
export function signedText(header: object, payload: object, privateKey: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createSign('sha256').update(signed).sign(privateKey).toString('base64url')}`;
}

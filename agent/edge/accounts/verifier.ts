/**
 * What the simulated machine keeps of a password: a salted scrypt hash, never the password.
 *
 * Knows: scrypt and its cost, kept with each hash so that it may be raised. Promises: one and the same answer in the same
 * time whether the password is wrong or there is none. Must never: compare hashes other than in constant time.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';

/** As the file holds it; `salt` and `hash` base64. */
export interface Verifier {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly hash: string;
}

/**
 * scrypt's cost: a power of two. At this default it takes a little more than 32 MiB for some tens of milliseconds: more
 * than glibc's malloc ever keeps for later, so the memory goes back at once. At half of it each thread that had hashed
 * kept 16 MiB for good, which doubled the idle daemon (measured, `npm run bench`).
 */
export const defaultCost = 2 ** 15;
/** The most a file may ask for: a damaged number must not eat the memory. */
export const maxCost = 2 ** 18;
const hashBytes = 32;

async function derive(secret: Secret, salt: Buffer, { N, r, p }: Pick<Verifier, 'N' | 'r' | 'p'>): Promise<Buffer> {
  const plain = Buffer.from(secret.reveal(), 'utf8');
  try {
    return await new Promise((resolve, reject) => {
      const maxmem = 128 * N * r + 128 * r * p + 2 ** 20;
      scrypt(plain, salt, hashBytes, { N, r, p, maxmem }, (error, hash) => (error ? reject(error) : resolve(hash)));
    });
  } finally {
    plain.fill(0);
  }
}

/** A verifier of `secret` with a fresh salt. */
export async function makeVerifier(secret: Secret, cost: number): Promise<Verifier> {
  const salt = randomBytes(16);
  const parameters = { N: cost, r: 8, p: 1 };
  const hash = await derive(secret, salt, parameters);
  return { ...parameters, salt: salt.toString('base64'), hash: hash.toString('base64') };
}

/** Whether `secret` is the one; null has none, and takes as long to say so. */
export async function verifies(verifier: Verifier | null, secret: Secret, cost: number): Promise<boolean> {
  if (verifier === null) {
    await derive(secret, Buffer.alloc(16), { N: cost, r: 8, p: 1 });
    return false;
  }
  const expected = Buffer.from(verifier.hash, 'base64');
  const actual = await derive(secret, Buffer.from(verifier.salt, 'base64'), verifier);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

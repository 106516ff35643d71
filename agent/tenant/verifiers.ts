/**
 * Verifiers of users' passwords and applications' secrets: scrypt, with its cost written beside the hash.
 *
 * Knows: how to make and check one. Promises: checks take the same path for a wrong and an unknown name. Must never: keep
 * what it was given.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** For what a person chose. */
export const chosenCost = 16_384;
/** For what was drawn here: 120 bits and more need no slow hash, and a tenant must start fast. */
export const drawnCost = 1_024;

function hash(secret: string, salt: Buffer, cost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret.normalize('NFC'), salt, 32, { N: cost, r: 8, p: 1 }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** `scrypt$<cost>$<salt>$<hash>`. */
export async function verifierOf(secret: string, cost: number): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt$${cost}$${salt.toString('base64')}$${(await hash(secret, salt, cost)).toString('base64')}`;
}

/** An absent verifier costs as much as a wrong secret and is as wrong. */
export async function verifies(verifier: string | null | undefined, secret: string): Promise<boolean> {
  const parts = (verifier ?? `scrypt$${drawnCost}$AAAA$AAAA`).split('$');
  const [, cost, salt, expected] = parts;
  const found = await hash(secret, Buffer.from(salt ?? '', 'base64'), Number(cost));
  const wanted = Buffer.from(expected ?? '', 'base64');
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

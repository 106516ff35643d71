/**
 * Verifiers of users' passwords and applications' secrets: scrypt, with its cost written beside the hash.
 *
 * Knows: how to make and check one. Promises: a check of one among many costs the same whichever it is, and also for none.
 * Must never: keep what it was given.
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

/** The cost that a verifier was made with. */
export function costOf(verifier: string): number {
  return Number(verifier.split('$')[1]);
}

/**
 * An absent verifier is met by nothing. `costs` are those of all verifiers that could have been meant: each of them is
 * paid, whichever this one has, so that the time an answer takes does not tell whether there is a verifier, or which.
 */
export async function verifies(
  verifier: string | null | undefined,
  secret: string,
  costs: readonly number[] = [],
): Promise<boolean> {
  const [, own = '', salt = '', expected = ''] = verifier?.split('$') ?? [];
  const wanted = Buffer.from(expected, 'base64');
  let isMet = false;
  for (const cost of new Set([...costs, ...(own === '' ? [] : [Number(own)])])) {
    const found = await hash(secret, Buffer.from(salt, 'base64'), cost);
    if (cost === Number(own)) isMet = wanted.length === found.length && timingSafeEqual(wanted, found);
  }
  return isMet;
}

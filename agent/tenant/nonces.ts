/**
 * Nonces: proof that a signed request is fresh (wire 2.1: five minutes, single use, sealed with an HMAC).
 *
 * Knows: a key of this process and the nonces used in the last minutes. Promises: issuing keeps no state, so asking
 * costs nothing; after a restart every older nonce is stale. Must never: take one twice.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const nonceLifeMs = 300_000;

export interface Nonces {
  issue(at: number): string;
  /** True once per nonce issued here within the last five minutes. */
  redeem(nonce: string, at: number): boolean;
}

export function createNonces(): Nonces {
  const key = randomBytes(32);
  const used = new Map<string, number>();
  const seal = (bytes: Buffer) => createHmac('sha256', key).update(bytes).digest().subarray(0, 16);
  return {
    issue(at) {
      const bytes = Buffer.alloc(24);
      bytes.writeDoubleBE(at, 0);
      randomBytes(16).copy(bytes, 8);
      return Buffer.concat([bytes, seal(bytes)]).toString('base64url');
    },
    redeem(nonce, at) {
      for (const [old, issuedAt] of used) {
        if (Math.abs(at - issuedAt) > nonceLifeMs) used.delete(old);
        else break;
      }
      const bytes = Buffer.from(nonce, 'base64url');
      if (bytes.length !== 40 || !timingSafeEqual(seal(bytes.subarray(0, 24)), bytes.subarray(24))) return false;
      const issuedAt = bytes.readDoubleBE(0);
      // One minute of the future is allowed to a clock that was set back meanwhile.
      if (at - issuedAt > nonceLifeMs || issuedAt - at > 60_000) return false;
      const name = bytes.toString('base64url');
      if (used.has(name)) return false;
      used.set(name, issuedAt);
      return true;
    },
  };
}

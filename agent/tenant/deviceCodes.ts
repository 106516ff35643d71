/**
 * Device codes: a sign-in begun on one device and approved on another (wire 10.2).
 *
 * Knows: codes waiting, in memory. Promises: a code is redeemed once, by the client that asked, within fifteen minutes.
 * Must never: tell one party the other's code.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { msPerHour } from './instants.ts';

export const deviceCodeSeconds = 900;
/** Seconds between polls. */
export const deviceCodeInterval = 1;

interface Waiting {
  readonly clientId: string;
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly wantsIdToken: boolean;
  readonly userCode: string;
  readonly expiresAt: number;
  /** Undefined while nobody decided; null when declined. */
  readonly userId: string | null | undefined;
}

export interface DeviceCodes {
  begin(
    wish: Pick<Waiting, 'clientId' | 'audience' | 'scopes' | 'wantsIdToken'>,
    at: number,
  ): { readonly deviceCode: string; readonly userCode: string };
  /** False for a code nobody waits with. */
  decide(userCode: string, userId: string | null, at: number): boolean;
  redeem(
    deviceCode: string,
    clientId: string,
    at: number,
  ):
    | { readonly kind: 'pending' | 'expired' | 'unknown' | 'declined' }
    | { readonly kind: 'approved'; readonly userId: string; readonly wish: Waiting };
  clear(): void;
}

export function createDeviceCodes(): DeviceCodes {
  const waiting = new Map<string, Waiting>();
  const letters = 'BCDFGHJKLMNPQRSTVWXZ';
  return {
    begin(wish, at) {
      // Kept a while after their end, so that a late poll is told "expired" and not "unknown".
      for (const [code, entry] of waiting) if (entry.expiresAt < at - msPerHour) waiting.delete(code);
      const deviceCode = randomBytes(32).toString('base64url');
      const userCode = Array.from({ length: 9 }, () => letters[randomInt(letters.length)]).join('');
      waiting.set(deviceCode, { ...wish, userCode, expiresAt: at + deviceCodeSeconds * 1000, userId: undefined });
      return { deviceCode, userCode };
    },
    decide(userCode, userId, at) {
      const wanted = userCode.replace(/[\s-]/g, '').toUpperCase();
      for (const [code, entry] of waiting) {
        if (entry.userCode === wanted && entry.userId === undefined && entry.expiresAt > at) {
          waiting.set(code, { ...entry, userId });
          return true;
        }
      }
      return false;
    },
    redeem(deviceCode, clientId, at) {
      const entry = waiting.get(deviceCode);
      if (entry === undefined || entry.clientId !== clientId) return { kind: 'unknown' };
      if (entry.expiresAt <= at) return { kind: 'expired' };
      if (entry.userId === undefined) return { kind: 'pending' };
      waiting.delete(deviceCode);
      return entry.userId === null ? { kind: 'declined' } : { kind: 'approved', userId: entry.userId, wish: entry };
    },
    clear: () => waiting.clear(),
  };
}

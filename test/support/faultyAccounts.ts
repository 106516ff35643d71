/**
 * An account database that misbehaves on request, around an honest one.
 *
 * Knows: the ways in which a real one was seen or is feared to fail (rotation.md 7). Promises: one fault at a time, each
 * used up after `times`; everything else goes through. Must never: be in the product.
 */
import type { AccountDb } from '../../agent/core/ports.ts';
import { Secret } from '../../agent/core/secret.ts';

export type AccountFault =
  /** `set` refuses with this HRESULT. */
  | { readonly kind: 'refuses'; readonly hresult: number }
  /** `set` says it did, and did not. */
  | { readonly kind: 'doesNothing' }
  /** `set` keeps the first characters only, as chpasswd does with a line without its end. */
  | { readonly kind: 'truncates'; readonly to: number }
  /** `set` keeps another password altogether, as a machine that hashes otherwise would. */
  | { readonly kind: 'hashesOtherwise' }
  /** `opens` gives the opposite answer. */
  | { readonly kind: 'lies' }
  /** `set` or `opens` throws before or after its effect. */
  | { readonly kind: 'throws'; readonly on: 'set' | 'opens'; readonly when: 'before' | 'after'; readonly error: Error };

export interface FaultyAccounts {
  readonly db: AccountDb;
  /** The next `times` calls concerned fail so. */
  fail(fault: AccountFault, times?: number): void;
}

/** Wraps `honest`. */
export function faultyAccounts(honest: AccountDb): FaultyAccounts {
  let armed: AccountFault | undefined;
  let left = 0;

  function take(concerned: (fault: AccountFault) => boolean): AccountFault | undefined {
    if (armed === undefined || left === 0 || !concerned(armed)) return undefined;
    left -= 1;
    return armed;
  }

  const db: AccountDb = {
    ...honest,
    async set(sid, secret) {
      const fault = take((each) => each.kind !== 'lies' && !(each.kind === 'throws' && each.on === 'opens'));
      switch (fault?.kind) {
        case undefined:
        case 'lies':
          return honest.set(sid, secret);
        case 'refuses':
          return { kind: 'refused', hresult: fault.hresult, problem: 'as the test asked' };
        case 'doesNothing':
          return { kind: 'set' };
        case 'truncates':
          return honest.set(sid, new Secret(secret.reveal().slice(0, fault.to)));
        case 'hashesOtherwise':
          return honest.set(sid, new Secret([...secret.reveal()].reverse().join('')));
        case 'throws':
          if (fault.when === 'after') await honest.set(sid, secret);
          throw fault.error;
      }
    },
    async opens(sid, secret) {
      const fault = take((each) => each.kind === 'lies' || (each.kind === 'throws' && each.on === 'opens'));
      if (fault?.kind === 'throws' && fault.when === 'before') throw fault.error;
      const isOpen = await honest.opens(sid, secret);
      if (fault?.kind === 'throws') throw fault.error;
      return fault === undefined ? isOpen : !isOpen;
    },
  };

  return {
    db,
    fail(fault, times = 1) {
      armed = fault;
      left = times;
    },
  };
}

/**
 * Where a fake world goes wrong: any call of any port may die or fail, before or after its effect.
 *
 * Knows: the names of the calls in the order they were made. Promises: one fault is used up by the call it was armed
 * for; after a death every further call of the same process dies too, so that no `finally` of ours can tidy up. Must
 * never: invent an effect that the honest fake would not have had.
 */
import { LapsError } from '../../../agent/core/errors.ts';

/** What a dead process throws: not an Error, so that nothing that catches errors can take it for one. */
export const killed = Symbol('killed');

export interface Fault {
  /** Which call, `journal.write` and the like; any when left out. */
  readonly on?: string;
  /** Which of these calls, from 1, counted from the arming. */
  readonly nth: number;
  readonly how: 'dieBefore' | 'dieAfter' | 'failBefore' | 'failAfter';
}

export interface Faults {
  /** Names of all calls since the last arming. */
  readonly calls: readonly string[];
  arm(...faults: readonly Fault[]): void;
  /** A new process over the same durable parts. */
  revive(): void;
  isDead(): boolean;
  /** Whether a fault was met since the last arming. */
  wasMet(): boolean;
  /** Carries one call out, as it is fated. */
  around<T>(name: string, effect: () => T | Promise<T>): Promise<T>;
}

const diskFull = (name: string): LapsError =>
  new LapsError('ERR_LAPS_DISK', { message: `no space is left for ${name}`, hint: 'free some' });

/** @param onStep called after every effect, dead or alive: where properties are checked. */
export function createFaults(onStep: (call: string) => void): Faults {
  let armed: readonly Fault[] = [];
  let calls: string[] = [];
  let dead = false;
  let met = false;

  function fateOf(name: string): Fault['how'] | undefined {
    calls.push(name);
    const nth = (on: string | undefined): number => calls.filter((each) => on === undefined || each === on).length;
    return armed.find((fault) => (fault.on === undefined || fault.on === name) && nth(fault.on) === fault.nth)?.how;
  }

  return {
    get calls() {
      return calls;
    },
    arm(...faults) {
      armed = faults;
      calls = [];
      met = false;
    },
    revive() {
      dead = false;
    },
    isDead: () => dead,
    wasMet: () => met,
    async around(name, effect) {
      if (dead) throw killed;
      const how = fateOf(name);
      if (how !== undefined) met = true;
      if (how === 'dieBefore') {
        dead = true;
        throw killed;
      }
      if (how === 'failBefore') throw diskFull(name);
      const result = await effect();
      onStep(name);
      if (how === 'dieAfter') {
        dead = true;
        throw killed;
      }
      if (how === 'failAfter') throw diskFull(name);
      return result;
    },
  };
}

/**
 * One cycle at a time (spec 4.1, serialisation).
 *
 * Knows: the cycle under way and the requests that wait for the next one. Promises: no overlap; requests that wait
 * together are met together, by one cycle that begins after the last of them, so ten resets at once are at most two
 * rotations (rotation.md 3, rule 4). Must never: answer a request from a cycle that had begun before it.
 */
import type { CycleResult } from './endings.ts';
import type { CycleRequest, Trigger } from './request.ts';

export type Asked = Pick<CycleRequest, 'trigger' | 'requestedAt' | 'acceptRisk' | 'redraw' | 'takeOver'>;

export interface CycleQueue {
  ask(asked: Asked): Promise<CycleResult>;
  /** True while a cycle runs. */
  busy(): boolean;
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>;
}

/** What asks for a new password outweighs the rest, an administrator's word first; else the first to come names it. */
const weight = (trigger: Trigger): number =>
  trigger === 'administrator' ? 2 : trigger === 'post-authentication' ? 1 : 0;

function joined(a: Asked, b: Asked): Asked {
  const [first, second] = weight(b.trigger) > weight(a.trigger) ? [b, a] : [a, b];
  return {
    trigger: first.trigger,
    // A deadline is known by its time, through all attempts; what only wants a look does not change it.
    requestedAt:
      first.trigger === 'post-authentication' && weight(second.trigger) === 0
        ? first.requestedAt
        : Math.max(a.requestedAt, b.requestedAt),
    acceptRisk: a.acceptRisk || b.acceptRisk,
    redraw: a.redraw || b.redraw,
    takeOver: a.takeOver === true || b.takeOver === true,
  };
}

export function createCycleQueue(cycle: (asked: Asked) => Promise<CycleResult>): CycleQueue {
  let running: Promise<unknown> | undefined;
  let waiting: { asked: Asked; readonly result: Promise<CycleResult> } | undefined;

  function begin(asked: Asked): Promise<CycleResult> {
    const result = cycle(asked);
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    running = ended;
    void ended.then(() => {
      if (running === ended) running = undefined;
    });
    return result;
  }

  return {
    ask(asked) {
      // First of all: between the end of one cycle and the begin of the next nothing runs, but somebody waits.
      if (waiting !== undefined) {
        waiting.asked = joined(waiting.asked, asked);
        return waiting.result;
      }
      if (running === undefined) return begin(asked);
      const turn = running.then(() => {
        const mine = waiting;
        waiting = undefined;
        return begin(mine?.asked ?? asked);
      });
      waiting = { asked, result: turn };
      return turn;
    },
    busy: () => running !== undefined,
    async idle() {
      while (running !== undefined || waiting !== undefined) await (waiting?.result.catch(() => undefined) ?? running);
    },
  };
}

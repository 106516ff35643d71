/** One cycle at a time, and who is met by which. */
import assert from 'node:assert/strict';
import type { CycleResult } from '../../agent/service/endings.ts';
import { type Asked, createCycleQueue } from '../../agent/service/queue.ts';

const result: CycleResult = {
  outcome: 'unchanged',
  rotationId: null,
  events: [],
  passwordExpiry: null,
  accountName: null,
  error: null,
};
const asked = (changes: Partial<Asked> = {}): Asked => ({
  trigger: 'hourly',
  requestedAt: 0,
  acceptRisk: false,
  redraw: false,
  ...changes,
});

/** A queue whose cycles end when the test says so. */
function queued() {
  const begun: Asked[] = [];
  const ends: Array<{ resolve: () => void; reject: (error: Error) => void }> = [];
  let running = 0;
  let most = 0;
  const queue = createCycleQueue(async (each) => {
    begun.push(each);
    running += 1;
    most = Math.max(most, running);
    try {
      await new Promise<void>((resolve, reject) => {
        ends.push({ resolve, reject });
      });
      return { ...result, rotationId: String(begun.length) };
    } finally {
      running -= 1;
    }
  });
  const endNext = (): void => ends.shift()?.resolve();
  return { queue, begun, ends, endNext, most: () => most };
}

/** Everything that can run without the outside world has run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the queue of cycles', () => {
  it('begins at once when nothing runs', () => {
    const { queue, begun } = queued();
    void queue.ask(asked());
    assert.equal(begun.length, 1);
    assert.equal(queue.busy(), true);
  });

  it('meets ten that wait together by one cycle that begins after the last of them', async () => {
    const { queue, begun, endNext } = queued();
    const first = queue.ask(asked({ trigger: 'administrator', requestedAt: 1 }));
    const rest = Array.from({ length: 9 }, (_, index) =>
      queue.ask(asked({ trigger: 'administrator', requestedAt: index + 2 })),
    );
    assert.equal(begun.length, 1);
    endNext();
    assert.equal((await first).rotationId, '1');
    await settle();
    assert.equal(begun.length, 2);
    assert.equal(begun[1]?.requestedAt, 10);
    endNext();
    for (const each of await Promise.all(rest)) assert.equal(each.rotationId, '2');
    await queue.idle();
    assert.equal(begun.length, 2);
  });

  it('joins what is asked: an administrator outweighs the hour, flags add up', async () => {
    for (const order of [0, 1]) {
      const { queue, begun, endNext } = queued();
      void queue.ask(asked());
      const both = [
        asked({ trigger: 'administrator', acceptRisk: true, requestedAt: 5 }),
        asked({ trigger: 'policy change', redraw: true, takeOver: true, requestedAt: 7 }),
      ];
      for (const each of order === 0 ? both : both.toReversed()) void queue.ask(each);
      endNext();
      await settle();
      assert.deepEqual(begun[1], {
        trigger: 'administrator',
        requestedAt: 7,
        acceptRisk: true,
        redraw: true,
        takeOver: true,
      });
      endNext();
    }
  });

  it('keeps the first name of those that no administrator asked for', async () => {
    const { queue, begun, endNext } = queued();
    void queue.ask(asked({ trigger: 'start' }));
    void queue.ask(asked({ trigger: 'policy change' }));
    void queue.ask(asked({ trigger: 'hourly' }));
    endNext();
    await settle();
    assert.equal(begun[1]?.trigger, 'policy change');
    endNext();
  });

  it('lets a deadline outweigh the hour and keep its time, and an administrator outweigh both', async () => {
    const { queue, begun, endNext } = queued();
    void queue.ask(asked());
    void queue.ask(asked({ trigger: 'hourly', requestedAt: 9 }));
    void queue.ask(asked({ trigger: 'post-authentication', requestedAt: 5 }));
    void queue.ask(asked({ trigger: 'policy change', requestedAt: 8 }));
    endNext();
    await settle();
    assert.deepEqual([begun[1]?.trigger, begun[1]?.requestedAt], ['post-authentication', 5]);
    void queue.ask(asked({ trigger: 'post-authentication', requestedAt: 5 }));
    void queue.ask(asked({ trigger: 'administrator', requestedAt: 11 }));
    endNext();
    await settle();
    assert.deepEqual([begun[2]?.trigger, begun[2]?.requestedAt], ['administrator', 11]);
    endNext();
  });

  it('goes on after a cycle that threw, and tells only those who asked for it', async () => {
    const { queue, ends, endNext } = queued();
    const first = queue.ask(asked());
    const second = queue.ask(asked());
    ends.shift()?.reject(new Error('a defect'));
    await assert.rejects(first, /a defect/);
    await settle();
    endNext();
    assert.equal((await second).outcome, 'unchanged');
    await queue.idle();
    assert.equal(queue.busy(), false);
  });

  it('never runs two, whenever others ask between one end and the next begin', async () => {
    // Askers of every depth of promises, the deepest first, reach every place between the two.
    for (let depth = 0; depth < 12; depth++) {
      const { queue, endNext, most } = queued();
      const first = queue.ask(asked());
      const askLater = async (turns: number): Promise<void> => {
        await first;
        for (let turn = 0; turn < turns; turn++) await undefined;
        void queue.ask(asked());
      };
      const askers = Array.from({ length: depth + 1 }, (_, shallower) => askLater(depth - shallower));
      endNext();
      await Promise.all(askers);
      await settle();
      while (queue.busy()) {
        endNext();
        await settle();
      }
      assert.equal(most(), 1, `depth ${depth}`);
    }
  });

  it('is idle at once when nothing was asked', async () => {
    const later = new Promise((resolve) => setImmediate(resolve, 'later'));
    assert.equal(
      await Promise.race([
        queued()
          .queue.idle()
          .then(() => 'idle'),
        later,
      ]),
      'idle',
    );
  });
});

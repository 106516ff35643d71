/**
 * Requests: met only by a secret drawn after them (rotation.md 3, rule 4), whatever is open, held or asked at once.
 */
import assert from 'node:assert/strict';
import { msPerDay } from '../../agent/core/time.ts';
import { type Asked, createCycleQueue } from '../../agent/service/queue.ts';
import { expectEvents } from '../support/expectEvents.ts';
import type { Fate } from '../support/fakes/tenant.ts';
import { openStates, openWorld, settledWorld, type World, watchWorlds } from '../support/world.ts';

const lost: Fate = { kind: 'unclear', stored: true };

function queueOver(world: World) {
  return createCycleQueue((asked) => world.cycle(asked.trigger, asked));
}
const reset = (world: World): Asked => ({
  trigger: 'administrator',
  requestedAt: world.now,
  acceptRisk: false,
  redraw: false,
});

/** How many secrets had been drawn when this one was. */
function drawnAs(world: World, rotationId: string | null): number {
  const ids = [...new Set(world.tenant.posts.map((post) => post.rotationId))];
  return ids.indexOf(rotationId ?? '') + 1;
}

describe('resets', () => {
  watchWorlds();

  it('asked ten at once are at most two rotations, each answered by a secret drawn after it', async () => {
    const world = await settledWorld();
    const queue = queueOver(world);
    const before = world.passwords.drawn.length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => queue.ask(reset(world))));
    assert.ok(world.passwords.drawn.length - before <= 2);
    for (const answer of answers) {
      assert.equal(answer.outcome, 'rotated');
      assert.ok(drawnAs(world, answer.rotationId) > before);
    }
    assert.equal(world.state().rotationId, answers.at(-1)?.rotationId);
    await world.expectRest();
  });

  it('asked while a background rotation runs wait for one of their own', async () => {
    const world = await settledWorld();
    world.now = world.state().AzurePasswordExpiryTime;
    const queue = queueOver(world);
    const background = queue.ask({ ...reset(world), trigger: 'hourly' });
    const asked = queue.ask(reset(world));
    assert.notEqual((await asked).rotationId, (await background).rotationId);
    assert.equal((await asked).outcome, 'rotated');
    await world.expectRest();
  });

  for (const state of openStates)
    for (const recogniseRepeats of [false, true])
      it(`settle a rotation open in ${state} first, then make another (${recogniseRepeats ? 'repeats recognised' : 'not recognised'})`, async () => {
        const world = await openWorld(state, { recogniseRepeats });
        const open = world.record().pending?.rotationId;
        const result = await world.cycle('administrator');
        assert.equal(result.outcome, 'rotated');
        assert.notEqual(result.rotationId, open);
        assert.equal(world.state().rotationId, result.rotationId);
        // The one that was open was finished on the way, not thrown away.
        assert.ok(world.stateFile.everWritten.some((text) => text.includes(open ?? 'none')));
        await world.expectRest();
      });

  for (const years of [1, 10])
    it(`are not met by an old secret when the clock was ${years} years ahead as it was drawn`, async () => {
      const world = await settledWorld();
      world.now += years * 365 * msPerDay;
      world.tenant.next(lost);
      const first = await world.cycle('administrator');
      world.now -= years * 365 * msPerDay;
      const second = await world.cycle('administrator');
      assert.equal(second.outcome, 'rotated');
      assert.notEqual(second.rotationId, first.rotationId);
      await world.expectRest();
    });

  it('say what is open when it cannot be settled, and leave it so', async () => {
    const world = await openWorld('prepared');
    const open = world.record().pending?.rotationId;
    world.tenant.next({ kind: 'refused', status: 403 });
    const result = await world.cycle('administrator');
    assert.equal(result.outcome, 'failed');
    assert.equal(result.rotationId, open);
    expectEvents(result.events, [10003, 50003, 10030, 10030, 10059, 10028, 10005]);
    await world.expectRest();
  });

  it('with --redraw on an open rotation are met by the secret that this draws, and make no third', async () => {
    const world = await settledWorld();
    world.failAccount({ kind: 'refuses', hresult: 0x8007052d });
    const first = await world.cycle('administrator');
    const drawn = world.passwords.drawn.length;
    const second = await world.cycle('administrator', { redraw: true });
    assert.equal(second.outcome, 'rotated');
    assert.notEqual(second.rotationId, first.rotationId);
    assert.equal(world.passwords.drawn.length, drawn + 1);
    await world.expectRest();
  });
});

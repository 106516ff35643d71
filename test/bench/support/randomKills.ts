/**
 * `laps reset` killed at a random moment of its life.
 *
 * Promises: moments spread over the whole of it, from the first byte of the program loaded to after the last write; now
 * and then the next kill meets what the last one left.
 */
import { pause } from './children.ts';
import type { Lane } from './lane.ts';

/** How often nothing is mended before the next kill; how often a real command mends; how often people sign in. */
const leftOpen = 0.15;
const mendedByCommand = 0.35;
const signedIn = 0.04;

export async function randomKill(lane: Lane, name: string): Promise<void> {
  const chance = lane.chanceOf(name);
  const { tally } = lane;
  const whole = lane.resetMs();
  const delay = chance() * 1.1 * whole;
  const running = lane.begin(lane.ship, 'reset');
  await pause(delay);
  running.kill();
  const end = await running.ended;
  const killed = end.signal === 'SIGKILL';
  if (killed) tally.randomKills += 1;
  else tally.missed += 1;
  // The machine is now slower, now faster: the aim follows, or the late moments would be missed.
  if (!killed) lane.took(0.9 * whole);
  else if (delay > 0.85 * whole) lane.took(1.15 * whole);

  const sight = await lane.check(name);
  if (sight === undefined) return;
  if (killed) tally.stood[typeof sight.journal === 'string' ? sight.journal : sight.journal.state] += 1;
  const roll = chance();
  if (roll < leftOpen) return;
  const byCommand = roll < leftOpen + mendedByCommand;
  await lane.settle(name, async () => (byCommand ? lane.command('process') : lane.cycle({ kind: 'process' })));
  if (chance() < signedIn) await lane.signInByHand(name);
}

/**
 * Replies that are lost, garbled or refused, one to four in a row, also together with kills.
 *
 * Knows: the tenant's faults by name. Promises: what a lost reply leaves in doubt is counted, never guessed; what never
 * left the machine spends nothing.
 */
import { pause } from './children.ts';
import type { Lane } from './lane.ts';

/** Each leaves open whether the tenant stored; half of them it did. */
const unclear = [
  'drop-reply-before-store',
  'drop-reply-after-store',
  'drop-mid-body',
  'status-after-store=500',
  'status-after-store=502',
  'status-after-store=504',
  'status-after-store=408',
  'status=500',
  'html',
  'empty',
  'malformed',
  'wrong-echo',
  'redirect=https://localhost:9/elsewhere',
] as const;
const refusals = ['status=400', 'status=403', 'status=404', 'status=409', 'throttle=1', 'refuse=error_fail'] as const;
/** Trouble before the backup itself: nothing of it is sent. */
const before = [
  'discovery:html',
  'discovery:drop-mid-body',
  'nonce:drop-reply-before-store',
  'nonce:empty',
  'token:drop-reply-after-store',
  'token:status=500',
  'token:malformed',
] as const;

/** One case: what the tenant does to the next requests, and how the device asks. */
export interface Loss {
  readonly specs: readonly string[];
  /** How many requests the faults touch. */
  readonly times: number;
  readonly how: 'cycles' | 'kills' | 'killed while it hangs';
  /** Whether the budget must stay untouched. */
  readonly spendsNothing: boolean;
}

/** Every case, in a fixed order. */
export function losses(): Loss[] {
  const all: Loss[] = [];
  for (const effect of unclear) {
    for (let times = 1; times <= 4; times += 1)
      all.push({
        specs: [`backup:${effect}:${times}`],
        times,
        how: times % 2 === 0 ? 'kills' : 'cycles',
        spendsNothing: false,
      });
  }
  for (const effect of ['hang', 'hang-after-store']) {
    for (let times = 1; times <= 3; times += 1)
      all.push({ specs: [`backup:${effect}:${times}`], times, how: 'killed while it hangs', spendsNothing: false });
  }
  for (const lost of ['drop-reply-after-store', 'drop-reply-before-store']) {
    for (const refusal of refusals)
      all.push({ specs: [`backup:${lost}:1`, `backup:${refusal}:1`], times: 2, how: 'cycles', spendsNothing: false });
  }
  for (const spec of before) all.push({ specs: [`${spec}:4`], times: 4, how: 'cycles', spendsNothing: true });
  return all;
}

/** A reset that is killed a moment after the tenant took its request and went silent. */
async function killWhileItHangs(lane: Lane, name: string, moment: number): Promise<void> {
  const left = await lane.tenant.faultsLeft();
  const running = lane.begin(lane.ship, 'reset');
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  // On hold nothing is sent, and the command ends by itself.
  while (!over && (await lane.tenant.faultsLeft()) === left) await pause(10);
  await pause(moment * 60);
  running.kill();
  const end = await running.ended;
  if (end.signal !== 'SIGKILL' && end.status === 0) lane.violation(name, 'a tenant that hangs was taken for a yes');
}

/** Runs one case from rest to rest. */
export async function loseReplies(lane: Lane, name: string, loss: Loss): Promise<void> {
  const chance = lane.chanceOf(name);
  const { tally, tenant } = lane;
  await tenant.setFaults(loss.specs);
  try {
    for (let time = 0; time < loss.times; time += 1) {
      if (loss.how === 'killed while it hangs') await killWhileItHangs(lane, name, chance());
      else if (loss.how === 'kills') {
        const running = lane.begin(lane.ship, 'reset');
        // In the last part of its life, where the reply is lost or just was.
        await pause((0.5 + 0.6 * chance()) * lane.resetMs());
        running.kill();
        await running.ended;
      } else {
        const answer = await lane.cycle({ kind: 'reset' });
        if (answer.error?.code === 'ERR_LAPS_THROTTLED_UNTIL') await pause(1_050);
      }
      const sight = await lane.check(name);
      if (sight === undefined) return;
      if (loss.spendsNothing && typeof sight.journal !== 'string' && sight.journal.above > 0)
        lane.violation(name, `nothing was sent, yet ${sight.journal.above} posts are in doubt`);
    }
    tally.lostReplies += loss.specs.reduce((sum, spec) => sum + Number(/:(\d+)$/.exec(spec)?.[1] ?? 0), 0);
    tally.lostReplies -= await tenant.faultsLeft();
  } finally {
    await tenant.clearFaults();
  }
  const byCommand = chance() < 0.2;
  await lane.settle(name, async () => (byCommand ? lane.command('process') : lane.cycle({ kind: 'process' })));
}

/**
 * Kills at every fault point: of a reset, of a first rotation, of a join, and in pairs.
 *
 * Knows: the names of the points; the test build. Promises: a point that is passed several times is died at each time.
 */
import { type Chance, oneOf } from './chance.ts';
import type { Lane } from './lane.ts';

/** More often than this no point is passed in one rotation; a longer row would be a walk in circles. */
const mostTimes = 20;
const variable = 'LAPS_FAULT_POINT';

/** Whether a point lies on the way of a rotation, not only of a first start. */
export function isOnTheWay(point: string): boolean {
  return !/^(version|identity)\./.test(point);
}

/** Dies at `point`, is looked at; false when the command never came by. */
async function dieAt(lane: Lane, name: string, verb: 'reset' | 'process', point: string): Promise<boolean> {
  const end = await lane.begin(lane.fault, verb, { [variable]: point }).ended;
  if (end.signal !== 'SIGKILL') return false;
  const sight = await lane.check(name);
  if (sight !== undefined)
    lane.tally.stood[typeof sight.journal === 'string' ? sight.journal : sight.journal.state] += 1;
  return true;
}

const mend = (lane: Lane, name: string): Promise<void> => lane.settle(name, () => lane.cycle({ kind: 'process' }));

/** A reset that dies at `point` the first time, the second, and so on until it comes through. */
export async function killsOfReset(lane: Lane, name: string, point: string, times = mostTimes): Promise<void> {
  for (let time = 1; time <= times; time += 1) {
    if (!(await dieAt(lane, `${name}`, 'reset', `${point}#${time}`))) return;
    lane.tally.faultPoints += 1;
    lane.tally.reached.add(point);
    await mend(lane, name);
  }
}

/** The first rotation of a new device dies at `point`: nothing is promised yet, but the next start finishes it. */
export async function killsOfFirst(lane: Lane, name: string, point: string): Promise<void> {
  for (let time = 1; time <= (point.startsWith('key.') ? 3 : 1); time += 1) {
    await lane.renew(true);
    const died = await dieAt(lane, name, 'process', `${point}#${time}`);
    if (died) {
      lane.tally.faultPoints += 1;
      lane.tally.reached.add(point);
    }
    await mend(lane, name);
    if (!died) return;
  }
}

/** A join dies at `point`; the next one succeeds, or says that the device is joined already. */
export async function killsOfJoin(lane: Lane, name: string, point: string): Promise<void> {
  const { address } = lane.tenant;
  const user = `alice@${address.domain}`;
  const stdin = `${(await lane.tenant.passwordOf(user)).reveal()}\n`;
  const join = ['join', '--json', '--tenant', address.url, '--tenant-id', address.tenantId, '--user', user];
  for (let time = 1; time <= mostTimes; time += 1) {
    const data = await lane.folder('first');
    const words = [...join, '--ca-file', address.caFile, '--name', `FIRST-${time}`, '--data', data];
    const first = await lane.fault.run(words, { stdin, env: { [variable]: `${point}#${time}` } });
    if (first.signal !== 'SIGKILL') return;
    lane.tally.faultPoints += 1;
    lane.tally.reached.add(point);
    const again = await lane.ship.run(words, { stdin });
    if (again.status !== 0 && !again.stdout.includes('ERR_LAPS_ALREADY_JOINED')) {
      lane.violation(name, `P5: a join killed at ${point}#${time} cannot be repeated: ${again.stdout.trim()}`, data);
      return;
    }
    await lane.adopt(data);
    await mend(lane, name);
  }
}

/** Dies at one point, and at another while that is being mended. */
export async function killsInPairs(lane: Lane, name: string, points: readonly string[]): Promise<void> {
  const chance: Chance = lane.chanceOf(name);
  const some = (): string => `${oneOf(chance, points)}#${1 + Math.floor(chance() * 2)}`;
  const first = await dieAt(lane, name, 'reset', some());
  const second = await dieAt(lane, name, 'process', some());
  if (first && second) lane.tally.pairs += 1;
  await mend(lane, name);
}

/** A reset of a locked real account dies at `point`; when all is mended, it is locked as before. */
export async function killsOfLocked(lane: Lane, name: string, point: string, times = mostTimes): Promise<void> {
  const { real } = lane;
  if (real === undefined) return;
  await real.setLocked(true);
  try {
    for (let time = 1; time <= times; time += 1) {
      const died = await dieAt(lane, name, 'reset', `${point}#${time}`);
      if (died) {
        lane.tally.faultPoints += 1;
        lane.tally.reached.add(point);
      }
      await mend(lane, name);
      if (!real.isLocked()) {
        lane.violation(name, 'the account was locked and is not any more');
        await real.setLocked(true);
      }
      if (!died) return;
    }
  } finally {
    await real.setLocked(false);
  }
}

/**
 * Many starters at once over the socket of a dead daemon.
 *
 * Promises: at most one is at work at any time (judged by the log when the lane closes), every reset is met by a secret
 * drawn after it, and none waits for ever.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEventLine } from '../../../agent/edge/eventReader.ts';
import { pause, type Running } from './children.ts';
import { answerIn, type Lane } from './lane.ts';

const resets = 6;
const daemons = 2;
/** Longer than seven rotations in a row on a busy machine. */
const patienceMs = 60_000;
/** A daemon that finds the data taken waits for a command; beside another daemon it is refused at its next look. */
const refusedWithinMs = 5_000;

/** Epoch ms of the first event that tells of this rotation. */
async function firstToldAt(data: string, rotationId: string): Promise<number | undefined> {
  const lines = (await readFile(join(data, 'logs', 'events.jsonl'), 'utf8')).split('\n');
  const found = lines.map(parseEventLine).find((event) => event?.rotationId === rotationId);
  return found === undefined ? undefined : Date.parse(found.time);
}

async function judgeReset(lane: Lane, name: string, running: Running): Promise<void> {
  const inTime = await Promise.race([running.ended, pause(patienceMs)]);
  if (inTime === undefined) {
    lane.violation(name, `a reset still waits after ${patienceMs / 1000} s`);
    running.kill();
    return;
  }
  const answer = answerIn(inTime.stdout);
  if (answer?.outcome !== 'rotated' || answer.rotationId === null) {
    lane.violation(name, `a reset was lost: exit ${inTime.status}, ${inTime.stdout.trim()} ${inTime.stderr.trim()}`);
    return;
  }
  const toldAt = await firstToldAt(lane.here().data, answer.rotationId);
  if (toldAt === undefined || toldAt < running.startedAt)
    lane.violation(name, 'a reset was met by a secret drawn before it');
}

/** A daemon that starts and dies by kill -9, its socket left behind. */
async function leaveDeadSocket(lane: Lane, name: string): Promise<void> {
  const daemon = lane.ship.start(['run', '--data', lane.here().data, '--json']);
  if (!(await daemon.says(/"trigger":"start"/, 30_000)))
    lane.violation(name, `the daemon did not start: ${daemon.stdout()}`);
  daemon.kill();
  await daemon.ended;
}

/** One round. */
export async function race(lane: Lane, name: string): Promise<void> {
  const chance = lane.chanceOf(name);
  await leaveDeadSocket(lane, name);
  const words: Array<'run' | 'reset'> = [...Array<'reset'>(resets).fill('reset'), ...Array<'run'>(daemons).fill('run')];
  words.sort(() => chance() - 0.5);
  const started: Array<{ word: 'run' | 'reset'; running: Running }> = [];
  for (const word of words) {
    started.push({ word, running: lane.ship.start([word, '--data', lane.here().data, '--json']) });
    await pause(chance() * 30);
  }
  const of = (wanted: 'run' | 'reset'): Running[] =>
    started.filter(({ word }) => word === wanted).map(({ running }) => running);
  await Promise.all(of('reset').map((running) => judgeReset(lane, name, running)));

  const still: Running[] = [];
  // Whoever is at work stays; the others have to be gone in time, whichever it is.
  const atWork = of('run').map(({ ended }) => ended);
  if (atWork.length > 1) await Promise.race([...atWork, pause(refusedWithinMs)]);
  for (const daemon of of('run')) {
    const end = await Promise.race([daemon.ended, pause(0)]);
    if (end === undefined) still.push(daemon);
    else if (end.status !== 3 || !end.stdout.includes('ERR_LAPS_INSTANCE_RUNNING'))
      lane.violation(name, `a daemon ended otherwise than it should: ${end.status} ${end.stdout.trim()}`);
  }
  if (still.length > 1) lane.violation(name, `P4: ${still.length} daemons run on one data folder`);
  for (const daemon of still) {
    daemon.kill('SIGTERM');
    const end = await Promise.race([daemon.ended, pause(15_000)]);
    if (end?.status !== 0) lane.violation(name, `a daemon did not end in order: ${end?.status ?? 'it goes on'}`);
    if (end === undefined) daemon.kill();
  }
  lane.tally.races += 1;
  await lane.settle(name, () => lane.cycle({ kind: 'process' }));
}

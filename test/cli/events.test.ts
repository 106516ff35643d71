/** `laps events`: the log as people and scripts read it. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { sinceOf } from '../../agent/cli/place.ts';
import { assertForm } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { fakeFace } from '../support/fakeFace.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from '../support/joinedWorld.ts';

describe('laps events', () => {
  let world: JoinedWorld;
  let copy: JoinedCopy;
  before(async () => {
    world = await createJoinedWorld();
    copy = world.copy();
  });
  after(() => world.close());

  it('shows one line an event, oldest first, with its number', async () => {
    const { status, stdout, stderr } = await copy.run(['events']);
    assert.deepEqual([status, stderr], [0, '']);
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line) => Number(/^\d{2} \w{3} \d{4} \d{2}:\d{2} {2}(\d{5}) {2}\S/.exec(line)?.[1]));
    assert.deepEqual(ids, [50014, 10003, 10022, 10010, 50000, 10015, 10030, 10030, 10029, 10020, 10004]);
  });

  it('picks by number and by time', async () => {
    const one = await copy.run(['events', '--id', '10029', '--json']);
    assertForm('event', JSON.parse(one.stdout));
    assert.notEqual((await copy.run(['events', '--since', '1h'])).stdout, '');
    assert.equal((await copy.run(['events', '--since', '10s'])).status, 0);
    assert.equal((await copy.run(['events', '--since', '2100-01-01'])).stdout, '');
    expectError(await copy.run(['events', '--since', 'yesterday']), 'ERR_LAPS_USAGE', /yesterday/);
    expectError(await copy.run(['events', '--id', '12']), 'ERR_LAPS_USAGE', /12/);
  });

  it('picks all of them since before 1970, which no service is asked for', () => {
    for (const since of ['1969-07-20', '999999d'])
      assert.equal(sinceOf(fakeFace({ options: { since }, now: () => 1_000 }).face), 0, since);
  });

  it('ends following when asked to', async () => {
    const ended = new AbortController();
    const following = copy.run(['events', '--follow', '--json'], { interrupted: ended.signal });
    ended.abort();
    assert.equal((await following).status, 0);
  });

  it('passes over a line that a power cut tore', async () => {
    appendFileSync(join(copy.data, 'logs', 'events.jsonl'), '{"time":"2026-11-23T0');
    const { status, stdout } = await copy.run(['events', '--json']);
    assert.equal(status, 0);
    for (const line of stdout.trimEnd().split('\n')) assertForm('event', JSON.parse(line));
  });
});

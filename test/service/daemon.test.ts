/** What makes cycles happen, and how they end. */
import assert from 'node:assert/strict';
import { sentenceOf } from '../../agent/core/events.ts';
import { msPerHour } from '../../agent/core/time.ts';
import { createDaemon, type DaemonDeps } from '../../agent/service/daemon.ts';
import type { CycleResult } from '../../agent/service/endings.ts';
import type { Trigger } from '../../agent/service/request.ts';
import { expectEvents } from '../support/expectEvents.ts';
import { watchSignInsOf } from '../support/watchedWorld.ts';
import { createWorld, csp, settledWorld, type World, watchWorlds } from '../support/world.ts';

/** A wait that ends with the daemon only. */
const untilAborted = async (_ms: number, signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
};

type OnTick = Parameters<DaemonDeps['startTicking']>[0];

function daemonOf(world: World) {
  const seen: Array<{ result: CycleResult; trigger: Trigger }> = [];
  const defects: unknown[] = [];
  const hands: { tick: OnTick; edit: () => void; touch: () => void; unwatched: number; stopped: number } = {
    tick: () => Promise.reject(new Error('it does not tick yet')),
    edit: () => assert.fail('nobody watches yet'),
    touch: () => assert.fail('nobody watches yet'),
    unwatched: 0,
    stopped: 0,
  };
  const watched = watchSignInsOf(world);
  const daemon = createDaemon({
    ports: world.ports(),
    startTicking: (onTick) => {
      hands.tick = onTick;
      return {
        nextAt: () => 42,
        stop: async () => {
          hands.stopped += 1;
        },
      };
    },
    watchPolicies: (onChange) => {
      hands.edit = onChange;
      return () => {
        hands.unwatched += 1;
      };
    },
    signIns: watched.ports(),
    sleep: untilAborted,
    watchAccount: (onChange) => {
      hands.touch = onChange;
      return () => {
        hands.unwatched += 1;
      };
    },
    onBegin: () => undefined,
    onCycle: (result, trigger) => seen.push({ result, trigger }),
    onDefect: (error) => defects.push(error),
  });
  return { daemon, hands, seen, defects, watched };
}

const idsOf = (world: World) => world.log.events.map((event) => event.id);

describe('the daemon', () => {
  watchWorlds();

  it('runs a cycle at its start, then ticks', async () => {
    const world = createWorld();
    const { daemon, hands, seen } = daemonOf(world);
    assert.equal(daemon.nextCycleAt(), null);
    assert.equal((await daemon.start()).outcome, 'rotated');
    assert.equal(daemon.nextCycleAt(), 42);
    await hands.tick({ cause: 'hourly' });
    assert.deepEqual(
      seen.map((each) => each.trigger),
      ['start', 'hourly'],
    );
    assert.equal(idsOf(world)[0], 10000);
  });

  it('tells of a late wake-up (50020) and runs a cycle for it', async () => {
    const world = await settledWorld();
    const { daemon, hands, seen } = daemonOf(world);
    await daemon.start();
    const from = world.log.events.length;
    await hands.tick({ cause: 'late', byMs: 7_200_000.4 });
    expectEvents(idsOf(world).slice(from), [50020, 10003, 10022, 10010, 50000, 10016, 10004]);
    assert.equal(seen.at(-1)?.trigger, 'late wake-up');
    const jumped = () => sentenceOf(world.log.events.findLast(({ id }) => id === 50020) ?? assert.fail());
    assert.match(jumped(), /jumped 2 h ahead;/);
    await hands.tick({ cause: 'late', byMs: -375_717_406_000 });
    assert.match(jumped(), /jumped 4348 d 13 h back;/);
  });

  it('runs a cycle for a changed policy file, also for one that changes during the first cycle', async () => {
    const world = createWorld({ policy: { BackupDirectory: 0 } });
    const { daemon, hands, seen } = daemonOf(world);
    const started = daemon.start();
    // The first cycle has read its policy when this edit is made.
    await new Promise((resolve) => setImmediate(resolve));
    world.setPolicy(csp);
    hands.edit();
    await started;
    await daemon.queue.idle();
    assert.equal(seen.at(-1)?.trigger, 'policy change');
    assert.equal(seen.at(-1)?.result.outcome, 'rotated');
    world.checkRest();
  });

  it('runs a cycle when something else changed the managed account', async () => {
    const world = await settledWorld();
    const { daemon, hands, seen } = daemonOf(world);
    await daemon.start();
    world.changeByAnother();
    hands.touch();
    await daemon.queue.idle();
    assert.deepEqual([seen.at(-1)?.trigger, seen.at(-1)?.result.outcome], ['account change', 'rotated']);
    await daemon.stop();
    await world.expectRest();
  });

  it('lets a reset that comes during a cycle wait for its own', async () => {
    const world = await settledWorld();
    const { daemon, seen } = daemonOf(world);
    const started = daemon.start();
    const reset = daemon.queue.ask({
      trigger: 'administrator',
      requestedAt: world.now,
      acceptRisk: false,
      redraw: false,
    });
    assert.equal((await started).outcome, 'unchanged');
    assert.equal((await reset).outcome, 'rotated');
    assert.equal(seen.length, 2);
  });

  it('lets a reset by hand meet a deadline that was given up', async () => {
    const world = await settledWorld({ policy: { ...csp, PostAuthenticationActions: 1 } });
    const { daemon, watched } = daemonOf(world);
    const { memory } = watched;
    await daemon.start();
    watched.signIn();
    await daemon.signIns.look();
    world.now += 24 * msPerHour;
    world.tenant.always({ kind: 'refused', status: 403 });
    await daemon.signIns.look();
    const { armed } = memory();
    assert.ok(armed);
    world.memoryFile.text = JSON.stringify({ ...memory(), armed: { ...armed, retryCount: 101 } });
    world.tenant.always('stored');
    world.now += msPerHour;
    await daemon.queue.ask({ trigger: 'administrator', requestedAt: world.now, acceptRisk: false, redraw: false });
    // In turn: what the reset set off comes before this look.
    await daemon.signIns.look();
    assert.ok(idsOf(world).includes(10044));
    assert.equal(memory().armed, null);
    await daemon.stop();
  });

  it('knows what a cycle is at, and nothing between cycles', async () => {
    const world = createWorld();
    const stages = new Set<string | null>();
    const daemon = createDaemonWatching(world, (stage) => stages.add(stage));
    await daemon.start();
    assert.deepEqual([...stages], ['sending']);
    assert.equal(daemon.stage(), null);
  });

  it('parks before the next send when it is stopped: nothing is counted that did not leave', async () => {
    const world = await settledWorld();
    world.tenant.next({ kind: 'unclear', stored: false });
    await world.cycle('administrator');
    assert.equal(world.record().above, 1);
    const { daemon, seen, hands } = daemonOf(world);
    const started = daemon.start();
    const stopped = daemon.stop();
    const first = await started;
    await stopped;
    assert.equal(first.error?.code, 'ERR_LAPS_INTERRUPTED');
    assert.equal(seen.length, 1);
    assert.equal(world.record().above, 1);
    assert.equal(world.tenant.posts.length, 2);
    assert.equal(hands.unwatched, 2);
    assert.equal(idsOf(world).at(-1), 10002);
    await world.expectRest();
  });

  it('parks a fresh rotation before anything is sent', async () => {
    const world = createWorld();
    const { daemon } = daemonOf(world);
    const started = daemon.start();
    const stopped = daemon.stop();
    assert.equal((await started).error?.code, 'ERR_LAPS_INTERRUPTED');
    await stopped;
    assert.equal(world.tenant.posts.length, 0);
    await world.expectRest();
  });

  it('stops its ticking and its watch', async () => {
    const world = await settledWorld();
    const { daemon, hands } = daemonOf(world);
    await daemon.start();
    await daemon.stop();
    assert.equal(hands.stopped, 1);
    assert.equal(hands.unwatched, 2);
  });

  it('goes on after a cycle with a defect, and tells of it', async () => {
    const world = await settledWorld();
    const { daemon, hands, defects } = daemonOf(world);
    await daemon.start();
    const { named } = world.machine;
    world.machine.named = () => {
      throw new TypeError('a defect');
    };
    hands.edit();
    await daemon.queue.idle();
    assert.equal(defects.length, 1);
    world.machine.named = named;
    await hands.tick({ cause: 'hourly' });
    await world.expectRest();
  });
});

/** A daemon over the same world that tells its stage at the moment of the post. */
function createDaemonWatching(world: World, tell: (stage: string | null) => void) {
  const ports = world.ports();
  const daemon = createDaemon({
    ports: {
      ...ports,
      client: {
        connect: ports.client.connect,
        backUp(request) {
          tell(daemon.stage());
          return ports.client.backUp(request);
        },
      },
    },
    startTicking: () => ({ nextAt: () => 0, stop: async () => undefined }),
    watchPolicies: () => () => undefined,
    signIns: watchSignInsOf(world).ports(),
    sleep: untilAborted,
    watchAccount: () => () => undefined,
    onBegin: () => undefined,
    onCycle: () => undefined,
    onDefect: () => undefined,
  });
  return daemon;
}

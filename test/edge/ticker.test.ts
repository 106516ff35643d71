import assert from 'node:assert/strict';
import sinon from 'sinon';
import { createTicker, type Tick, type Ticker } from '../../agent/edge/ticker.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const yearMs = 365 * dayMs;
const jitterMs = 90_000;

describe('the ticker', () => {
  let clock: sinon.SinonFakeTimers;
  /** How far the fake's wall clock was set apart from its monotonic one. */
  let skew = 0;
  let ticks: Array<{ readonly tick: Tick; readonly wall: number; readonly monotonic: number }> = [];
  let ticker: Ticker | undefined;
  const monotonicMs = () => clock.now - skew;

  /** How often a timer was set; a daemon that is idle sets few. */
  let timersSet = 0;

  function begin(at: string, options: { cron?: string; onTick?: (tick: Tick) => Promise<void> } = {}) {
    clock = sinon.useFakeTimers({
      now: Date.parse(at),
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    });
    skew = 0;
    ticks = [];
    timersSet = 0;
    const fake = globalThis.setTimeout;
    globalThis.setTimeout = Object.assign((...words: Parameters<typeof fake>) => {
      timersSet += 1;
      return fake(...words);
    }, fake);
    const { onTick, cron } = options;
    ticker = createTicker({
      clock: { now: () => Date.now(), monotonicMs },
      ...(cron === undefined ? {} : { cron }),
      jitterMs,
      onTick: async (tick) => {
        ticks.push({ tick, wall: Date.now(), monotonic: monotonicMs() });
        await onTick?.(tick);
      },
      onError: (error) => assert.fail(String(error)),
    });
  }

  /** Sets the wall clock; no time passes and no timer fires. */
  function setClock(by: number) {
    clock.setSystemTime(clock.now + by);
    skew += by;
  }

  /** Widest gap between two ticks, on the monotonic clock, from `since` on. */
  function widestGap(since: number, until: number): number {
    const instants = [since, ...ticks.map((each) => each.monotonic).filter((at) => at >= since), until];
    return Math.max(...instants.slice(1).map((at, index) => at - (instants[index] ?? at)));
  }
  const lateOnes = () => ticks.flatMap(({ tick }) => (tick.cause === 'late' ? [tick.byMs] : []));

  afterEach(async () => {
    await ticker?.stop();
    ticker = undefined;
    sinon.restore();
  });

  for (const [name, by] of [
    ['back a year', -yearMs],
    ['forward a year', yearMs],
    ['forward ten years', 10 * yearMs],
    ['back to 1970', -Date.parse('2026-11-23T10:20:00Z')],
    ['forward ten minutes', 10 * 60_000],
    ['back half an hour', -30 * 60_000],
  ] as const) {
    it(`with the clock set ${name} runs at once and then about every hour`, async () => {
      begin('2026-11-23T10:20:00Z');
      await clock.tickAsync(2 * hourMs);
      assert.equal(ticks.length, 2);
      setClock(by);
      const since = monotonicMs();
      await clock.tickAsync(60_000);
      assert.equal(ticks.length, 3);
      assert.deepEqual(lateOnes(), [by]);
      await clock.tickAsync(2 * dayMs);
      assert.ok(widestGap(since, monotonicMs()) <= hourMs, String(widestGap(since, monotonicMs())));
      assert.ok(ticks.length >= 50 && ticks.length <= 52, String(ticks.length));
      assert.deepEqual(lateOnes(), [by]);
      const next = ticker?.nextAt() ?? 0;
      assert.ok(next > Date.now() && next <= Date.now() + hourMs);
    });
  }

  it('begun between the full hour and its own minute waits for that minute, not for the next hour’s', async () => {
    begin('2026-11-23T10:00:30Z');
    await clock.tickAsync(2 * hourMs);
    assert.deepEqual(
      ticks.map(({ wall }) => new Date(wall).toISOString()),
      ['2026-11-23T10:01:30.000Z', '2026-11-23T11:01:30.000Z'],
    );
  });

  it('after a laptop slept eight hours runs once, not eight times', async () => {
    begin('2026-11-23T10:20:00Z');
    await clock.tickAsync(hourMs);
    setClock(8 * hourMs);
    await clock.tickAsync(60_000);
    assert.deepEqual(lateOnes(), [8 * hourMs]);
    assert.equal(ticks.length, 2);
  });

  it('that wakes late where the monotonic clock counts sleep runs once as well', async () => {
    begin('2026-11-23T10:20:00Z');
    // Time passes on both clocks, and no timer fired meanwhile.
    clock.setSystemTime(clock.now + 8 * hourMs);
    await clock.tickAsync(60_000);
    assert.equal(ticks.length, 1);
    assert.equal(lateOnes().length, 1);
  });

  for (const [name, at] of [
    ['the clock goes forward for summer', '2027-03-27T12:20:00Z'],
    ['the clock goes back for winter', '2026-10-24T12:20:00Z'],
    ['the leap day comes', '2028-02-28T12:20:00Z'],
    ['the year ends', '2026-12-31T12:20:00Z'],
  ] as const) {
    for (const cron of [undefined, '30 * * * *'])
      it(`${cron === undefined ? 'runs every hour' : "keeps to a person's schedule"} and wakes for nothing else when ${name}`, async () => {
        const zone = 'TZ';
        const before = process.env[zone];
        process.env[zone] = 'Europe/Berlin';
        try {
          begin(at, cron === undefined ? {} : { cron });
          await clock.tickAsync(2 * dayMs);
          // To a schedule by local time the hour that comes twice is one.
          assert.equal(ticks.length, cron !== undefined && name.includes('winter') ? 47 : 48);
          assert.deepEqual(lateOnes(), []);
          for (const { wall } of ticks) assert.equal(wall % hourMs, cron === undefined ? jitterMs : hourMs / 2);
          assert.ok(timersSet < 200, `${timersSet} timers`);
        } finally {
          if (before === undefined) delete process.env[zone];
          else process.env[zone] = before;
        }
      });
  }

  it('goes by the zone of now, not by one that this process had before', async () => {
    const zone = 'TZ';
    const before = process.env[zone];
    const firstAt = async (name: string): Promise<string | undefined> => {
      process.env[zone] = name;
      begin('2026-11-23T10:20:00Z', { cron: '0 12 * * *' });
      await clock.tickAsync(dayMs);
      const [first] = ticks;
      await ticker?.stop();
      clock.restore();
      return first && new Date(first.wall).toISOString();
    };
    try {
      assert.equal(await firstAt('Asia/Tokyo'), '2026-11-24T03:00:00.000Z');
      assert.equal(await firstAt('Europe/Berlin'), '2026-11-23T11:00:00.000Z');
      for (const none of ['', 'nonsense']) assert.match((await firstAt(none)) ?? '', /:00:00\.000Z$/, none);
    } finally {
      if (before === undefined) delete process.env[zone];
      else process.env[zone] = before;
    }
  });

  it('follows the zone that this machine is given while it runs, from the next look on', async () => {
    const zone = 'TZ';
    const before = process.env[zone];
    process.env[zone] = 'Asia/Tokyo';
    try {
      begin('2026-11-23T10:20:00Z', { cron: '0 12 * * *' });
      const next = () => new Date(ticker?.nextAt() ?? 0).toISOString();
      assert.equal(next(), '2026-11-24T03:00:00.000Z');
      process.env[zone] = 'Europe/Berlin';
      await clock.tickAsync(60_000);
      assert.equal(next(), '2026-11-23T11:00:00.000Z');
      await clock.tickAsync(hourMs);
      assert.deepEqual(
        ticks.map(({ tick, wall }) => [tick.cause, new Date(wall).toISOString()]),
        [['hourly', '2026-11-23T11:00:00.000Z']],
      );
    } finally {
      if (before === undefined) delete process.env[zone];
      else process.env[zone] = before;
    }
  });

  it('waits for a schedule that is further away than a timer can be set', async () => {
    begin('2026-11-23T10:20:00Z', { cron: '0 0 1 3 *' });
    await clock.tickAsync(120 * dayMs);
    assert.equal(ticks.length, 1);
    assert.deepEqual(lateOnes(), []);
    assert.ok(Math.abs((ticks[0]?.wall ?? 0) - Date.parse('2027-03-01T00:00:00Z')) < dayMs, 'whatever zone this is');
  });

  it('is not disturbed by a clock that is slewed by seconds', async () => {
    begin('2026-11-23T10:20:00Z');
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.tickAsync(60_000);
      setClock(minute % 2 === 0 ? 2000 : -2000);
    }
    assert.deepEqual(lateOnes(), []);
    assert.equal(ticks.length, 1);
  });

  it('never runs two at once, and makes up once for all that fell due meanwhile', async () => {
    let now = 0;
    let most = 0;
    let release = () => {};
    begin('2026-11-23T10:20:00Z', {
      onTick: async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        now -= 1;
      },
    });
    await clock.tickAsync(5 * hourMs);
    assert.equal(ticks.length, 1);
    release();
    await clock.tickAsync(1000);
    assert.equal(ticks.length, 2);
    release();
    await clock.tickAsync(1000);
    assert.deepEqual([most, ticks.length], [1, 2]);
    release();
  });

  it('stops for good, after the tick under way has ended', async () => {
    let ended = false;
    let release = () => {};
    begin('2026-11-23T10:20:00Z', {
      onTick: async () => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        ended = true;
      },
    });
    await clock.tickAsync(hourMs);
    const stopping = ticker?.stop();
    release();
    await stopping;
    assert.equal(ended, true);
    await clock.tickAsync(dayMs);
    assert.equal(ticks.length, 1);
    assert.equal(clock.countTimers(), 0);
  });

  it('calls at each look of its watchdog, and wakes for nothing else', async () => {
    clock = sinon.useFakeTimers({
      now: 0,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    });
    skew = 0;
    let looks = 0;
    ticker = createTicker({
      clock: { now: () => Date.now(), monotonicMs },
      jitterMs,
      onTick: async () => {},
      onLook: () => {
        looks += 1;
      },
      onError: (error) => assert.fail(String(error)),
    });
    assert.equal(clock.countTimers(), 2, 'the hour and the watchdog');
    await clock.tickAsync(hourMs);
    assert.equal(looks, 60);
    await ticker.stop();
    await clock.tickAsync(hourMs);
    assert.equal(looks, 60);
  });

  it('tells of a tick that failed and goes on', async () => {
    clock = sinon.useFakeTimers({
      now: 0,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    });
    skew = 0;
    const errors: unknown[] = [];
    ticker = createTicker({
      clock: { now: () => Date.now(), monotonicMs },
      jitterMs: 0,
      onTick: () => Promise.reject(new Error('as the test asked')),
      onError: (error) => errors.push(error),
    });
    await clock.tickAsync(3 * hourMs + 60_000);
    assert.equal(errors.length, 3);
  });

  it('follows another schedule, and refuses nonsense', async () => {
    begin('2026-11-23T10:20:00Z', { cron: '*/10 * * * *' });
    await clock.tickAsync(hourMs);
    assert.equal(ticks.length, 6);
    assert.deepEqual(lateOnes(), []);
    await ticker?.stop();
    for (const cron of ['hourly, please', '* * * * * *']) {
      sinon.restore();
      assert.throws(() => begin('2026-11-23T10:20:00Z', { cron }), { code: 'ERR_LAPS_USAGE' });
    }
  });
});

/**
 * The daemon with its embedded tenant, killed by SIGKILL with resets under way, and started again.
 *
 * Promises: its tenant dies with it and comes back with everything it said yes to; each start finds its way by itself.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findTenant } from '../../../agent/edge/tenantProcess.ts';
import type { Answer } from '../../../agent/service/answer.ts';
import { type Chance, oneOf } from './chance.ts';
import { pause, type Running } from './children.ts';
import { type Installation, installationAt, journalAt, look, placeAt, type Sight } from './installation.ts';
import { brokenAnytime, brokenAtRest, brokenOrder, isHold } from './judge.ts';
import { answerIn, type Lane } from './lane.ts';
import { remark } from './tally.ts';
import { startTenant, type TenantView, viewTenant } from './tenantChild.ts';

/** A data folder whose daemon is killed again and again. */
export interface DaemonHouse {
  start(name: string): Promise<void>;
  kill(name: string): Promise<void>;
  /** Ends it in order, after a last look. */
  close(name: string): Promise<void>;
}

const readyMs = 40_000;

/** Whether nobody listens there. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Two ports that no outgoing connection of this machine takes while the tenant is away, as one chosen by the system
 * might be.
 */
async function quietPorts(chance: Chance): Promise<readonly [number, number]> {
  for (;;) {
    const port = 15_000 + 2 * Math.floor(chance() * 7_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return [port, port + 1];
  }
}

/** A new data folder for a daemon with its embedded tenant. */
export async function openDaemonHouse(lane: Lane, name: string): Promise<DaemonHouse> {
  const { ship, tally, policies } = lane;
  const data = await lane.folder('daemon');
  // The lane's account is this house's until it is closed.
  await lane.real?.letGo(lane.here().data);
  const [tenantPort, tenantAdminPort] = await quietPorts(lane.chanceOf(`${name}/ports/${process.pid}`));
  await (await placeAt({ data, policies })).remember({ tenant: 'embedded', tenantPort, tenantAdminPort });
  let daemon: Running | undefined;
  let applied = false;

  const broken = (list: readonly string[], of: string): void => {
    for (const what of list) lane.violation(of, what, data);
  };

  const tenantNow = async (): Promise<TenantView | undefined> => {
    const address = await findTenant(join(data, 'tenant'));
    return address === undefined ? undefined : viewTenant(address);
  };

  async function see(where: Installation, of: string): Promise<Sight | undefined> {
    const tenant = await tenantNow();
    if (tenant !== undefined) return look(where, tenant, lane.real);
    lane.violation(of, 'the daemon runs, its tenant does not answer', data);
    return undefined;
  }

  const ask = async (verb: 'process' | 'reset', ...more: string[]): Promise<Answer | undefined> =>
    answerIn((await ship.run([verb, '--data', data, '--json', ...more])).stdout);

  /** The daemon's own first cycle, or one more, leads to rest. */
  async function judgeStart(of: string, first: Answer | undefined): Promise<void> {
    const where = await installationAt({ data, policies });
    let answer = first;
    if (answer?.error?.code === 'ERR_LAPS_HOLD') {
      tally.holds += 1;
      const sight = await see(where, of);
      if (sight === undefined) return;
      if (!isHold(sight)) broken(['P5: held, but status does not say so'], of);
      broken(brokenAnytime(sight, { applied }), of);
      answer = await ask('reset', '--accept-risk');
    }
    if (answer === undefined || answer.error !== null) {
      remark(tally, `a second cycle was needed after a daemon's start: ${answer?.error?.message ?? 'no answer'}`);
      answer = await ask('process');
    }
    if (answer === undefined || answer.error !== null)
      broken([`P5: two cycles did not heal it: ${answer?.error?.message ?? 'no answer'}`], of);
    const sight = await see(where, of);
    if (sight === undefined) return;
    broken([...brokenAnytime(sight, { applied }), ...brokenAtRest(sight)], of);
    applied ||= sight.opensAt === 0;
  }

  async function start(of: string): Promise<void> {
    daemon = ship.start(['run', '--data', data, '--json']);
    if (!(await daemon.says(/"trigger":"start".*\n/, readyMs))) {
      daemon.kill();
      const end = await daemon.ended;
      broken([`P5: the daemon does not start again: exit ${end.status} ${end.stdout.trim()} ${end.stderr.trim()}`], of);
      daemon = undefined;
      return;
    }
    await judgeStart(of, answerIn(daemon.stdout().split('\n')[0] ?? ''));
  }

  /** P1 at once, before the next start: the tenant alone, as `laps recover` would start it. */
  async function lookBetween(of: string): Promise<void> {
    // Its own end takes a moment: it learns of it by a pipe.
    for (let wait = 0; wait < 100 && (await findTenant(join(data, 'tenant'))) !== undefined; wait += 1) await pause(50);
    if ((await findTenant(join(data, 'tenant'))) !== undefined) {
      broken(['the embedded tenant outlives its daemon by more than 5 s'], of);
      return;
    }
    const ports = ['--port', String(tenantPort), '--admin-port', String(tenantAdminPort)];
    const { view, process: alone } = await startTenant(ship, ['--embedded', '--data', data, ...ports], {
      holdStdin: true,
    });
    const sight = await look(await installationAt({ data, policies }), view, lane.real);
    broken(brokenAnytime(sight, { applied }), of);
    alone.kill();
    await alone.ended;
  }

  async function kill(of: string): Promise<void> {
    if (daemon === undefined) return;
    const chance = lane.chanceOf(of);
    const resets = Array.from({ length: Math.min(3, Math.floor(chance() * 5)) }, () =>
      ship.start(['reset', '--data', data, '--json']),
    );
    // A daemon at rest, or in the middle of what the resets asked for.
    await pause(chance() * (resets.length === 0 ? 50 : 0.9 * lane.resetMs()));
    daemon.kill();
    await daemon.ended;
    daemon = undefined;
    tally.daemonKills += 1;
    // Those that had no answer yet are told so; one that found no daemon does the work itself, and may die of it.
    const next = oneOf(chance, ['at once', 'look', 'wait'] as const);
    if (next !== 'wait') for (const reset of resets) reset.kill();
    const ends = await Promise.all(resets.map((reset) => reset.ended));
    const record = await journalAt({ data, policies });
    tally.stood[typeof record === 'string' ? record : record.state] += 1;
    for (const end of ends) {
      if (end.signal === null && answerIn(end.stdout) === undefined && !end.stdout.includes('"error"'))
        broken([`a reset ended without a word: exit ${end.status} ${end.stdout}${end.stderr}`], of);
    }
    if (next === 'look') await lookBetween(of);
  }

  return {
    start,
    kill,
    async close(of) {
      if (daemon === undefined) await start(of);
      if (daemon === undefined) {
        await lane.real?.letGo(data);
        return;
      }
      daemon.kill('SIGTERM');
      const end = await Promise.race([daemon.ended, pause(20_000)]);
      await lane.real?.letGo(data);
      if (end?.status !== 0) broken([`the daemon did not end in order: ${end?.status ?? 'it goes on'}`], of);
      broken(brokenOrder(await readFile(join(data, 'logs', 'events.jsonl'), 'utf8')), of);
    },
  };
}

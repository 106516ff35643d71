/**
 * One lane of work: a tenant, an installation joined to it, and the steps every case is made of.
 *
 * Knows: how to look, judge and heal. Promises: after `settle` the installation is at rest, or a violation is noted and
 * a fresh installation takes its place; each violation names the case that repeats it. Must never: be used by two cases
 * at once.
 */
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { instantOfIso } from '../../../agent/core/time.ts';
import { isObject, textIn } from '../../../agent/edge/wireJson.ts';
import type { Answer } from '../../../agent/service/answer.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Commands, createCommands, type Ended, pause, type Running } from './children.ts';
import { cycleAt, type Installation, install, installationAt, look, type Sight } from './installation.ts';
import { brokenAnytime, brokenAtRest, brokenOrder, isHold } from './judge.ts';
import { accountsEnv, type RealAccount } from './realMachine.ts';
import { remark, type Tally } from './tally.ts';
import { startTenant, type TenantView } from './tenantChild.ts';

/** The answer a command printed, or undefined when it died before. */
export function answerIn(text: string): Answer | undefined {
  const line = text.trim().split('\n').at(-1) ?? '';
  try {
    const value: unknown = JSON.parse(line);
    // The parse boundary: the program's own output, whose form other tests hold.
    return isObject(value) && 'outcome' in value ? (value as unknown as Answer) : undefined;
  } catch {
    return undefined;
  }
}

export interface Builds {
  /** Entry of the program as it ships. */
  readonly ship: string;
  /** Entry of the program with fault points. */
  readonly fault: string;
}

export interface Lane {
  readonly root: string;
  readonly policies: string;
  readonly tally: Tally;
  readonly real: RealAccount | undefined;
  readonly ship: Commands;
  readonly fault: Commands;
  readonly tenant: TenantView;
  /** The installation in use; another one after {@link Lane.renew}. */
  here(): Installation;
  /** Whether a rotation of it was ever applied. */
  applied(): boolean;
  /** How long a reset seems to take here, in ms; {@link Lane.took} keeps it true. */
  resetMs(): number;
  took(ms: number): void;
  chanceOf(name: string): Chance;
  /** A new folder below `root`. */
  folder(name: string): Promise<string>;
  /** Joins a fresh device and works with that from now on; rotated once unless `bare`. */
  renew(bare?: boolean): Promise<void>;
  /** Works with the installation that was joined in `data` by a command; nothing of it is applied yet. */
  adopt(data: string): Promise<void>;
  /** Looks and judges what must hold at any moment. Undefined: broken, noted, renewed. */
  check(name: string): Promise<Sight | undefined>;
  /** Restarts until it rests; a hold is judged, counted and left by a person's word. */
  settle(name: string, process: (turn: number) => Promise<Answer | undefined>): Promise<void>;
  /** One cycle in this process, by edges built anew. */
  cycle(wish: Parameters<typeof cycleAt>[1]): Promise<Answer>;
  /** The same by a real command. */
  command(verb: 'reset' | 'process'): Promise<Answer | undefined>;
  /** Starts `laps VERB --json` on the installation. */
  begin(commands: Commands, verb: 'reset' | 'process', env?: Readonly<Record<string, string>>): Running;
  /** As an administrator and a user would: recover, then sign in, by real commands. */
  signInByHand(name: string): Promise<void>;
  violation(name: string, what: string, data?: string): void;
  /** P4 and P6 over everything that was written; ends the processes. */
  close(): Promise<void>;
}

/** Every file below a folder, with its text. */
async function textsUnder(folder: string): Promise<Array<{ path: string; text: string }>> {
  const found: Array<{ path: string; text: string }> = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found.push({ path, text: await readFile(path, 'utf8') });
  }
  return found;
}

/** Opens a lane in `root`, which must be a new folder. */
export async function openLane(deps: {
  readonly root: string;
  readonly builds: Builds;
  readonly policies: string;
  readonly seed: number;
  readonly tally: Tally;
  /** The real account to work with, in a sandbox; without, simulated ones. */
  readonly real?: RealAccount;
  /** Whether to find out how long a reset takes here; without, a guess must do. */
  readonly measure?: boolean;
}): Promise<Lane> {
  const { root, builds, seed, tally } = deps;
  const policies = join(root, 'policies');
  await mkdir(policies, { mode: 0o700 });
  await cp(deps.policies, join(policies, 'csp.json'));
  const { real } = deps;
  if (real !== undefined) {
    const policy: unknown = JSON.parse(await readFile(deps.policies, 'utf8'));
    const named = { ...(isObject(policy) ? policy : {}), AdministratorAccountName: real.name };
    await writeFile(join(policies, 'csp.json'), JSON.stringify(named));
  }
  const said: string[] = [];
  const env = { LAPS_POLICIES: policies, ...accountsEnv() };
  const commandsOf = (bundle: string): Commands =>
    createCommands({ bundle, cwd: root, env, onOutput: (text) => said.push(text) });
  const ship = commandsOf(builds.ship);
  const fault = commandsOf(builds.fault);
  // The tenant prints no password, and its log lines would only fill the memory.
  const tenants = createCommands({ bundle: builds.ship, cwd: root, env });
  const { view: tenant } = await startTenant(tenants, [
    ...['--data', join(root, 'tenant-data'), '--data-file', join(root, 'tenant.db')],
    ...['--port', '0', '--admin-port', '0', '--backups-per-hour', '0'],
  ]);
  await tenant.liftQuota();

  const passwords = new Set<string>();
  const used: Installation[] = [];
  let here: Installation;
  let applied = false;
  let resetMs = 700;
  let made = 0;

  const violation = (name: string, what: string, data = here.data): void => {
    tally.violations.push({ name: `${name} (seed ${seed})`, what, data });
    // At once as well: the summary may be an hour away.
    process.stderr.write(`VIOLATION ${name}: ${what}\n`);
  };

  async function folder(name: string): Promise<string> {
    made += 1;
    const path = join(root, `${name}-${made}`);
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  async function see(): Promise<Sight> {
    const sight = await look(here, tenant, real);
    for (const { password } of sight.held) passwords.add(password.reveal());
    return sight;
  }

  /** The next installation has the account from here on. */
  async function retire(): Promise<void> {
    if (real !== undefined) for (const { data } of used.slice(-1)) await real.letGo(data);
  }

  async function renew(bare = false): Promise<void> {
    const name = `CRASH-${made + 1}`;
    await tenant.clearFaults();
    await retire();
    here = await install({ data: await folder('device'), policies }, tenant, name);
    used.push(here);
    applied = false;
    if (bare) return;
    const answer = await cycleAt(here, { kind: 'process' });
    if (answer.error !== null) throw new Error(`the first rotation failed: ${answer.error.message}`);
    applied = true;
  }

  async function adopt(data: string): Promise<void> {
    await retire();
    here = await installationAt({ data, policies });
    used.push(here);
    applied = false;
  }

  const begin: Lane['begin'] = (commands, verb, more = {}) =>
    commands.start([verb, '--data', here.data, '--json'], { env: more });

  async function check(name: string): Promise<Sight | undefined> {
    const sight = await see();
    const broken = brokenAnytime(sight, { applied });
    if (broken.length === 0) return sight;
    for (const what of broken) violation(name, what);
    await renew();
    return undefined;
  }

  /** On hold: shown, a credential opens, and a person's word ends it. */
  async function leaveHold(name: string): Promise<void> {
    tally.holds += 1;
    const sight = await see();
    if (!isHold(sight)) violation(name, 'P5: held, but status does not say so');
    if (sight.opensAt < 0) violation(name, 'P1: on hold, and no credential in the history opens the account');
    const answer = await cycleAt(here, { kind: 'reset', acceptRisk: true });
    if (answer.error !== null) violation(name, `P5: --accept-risk does not end the hold: ${answer.error.message}`);
  }

  async function settle(name: string, process: (turn: number) => Promise<Answer | undefined>): Promise<void> {
    let last = '';
    // At most two cycles heal (P5); being asked for patience is no failed cycle.
    for (let turn = 0, failures = 0; failures < 2 && turn < 6; turn += 1) {
      const answer = await process(turn);
      if (answer?.error?.code === 'ERR_LAPS_THROTTLED_UNTIL') {
        const until = instantOfIso((await see()).report.rotation.throttledUntil ?? '') ?? 0;
        await pause(Math.min(Math.max(until - Date.now(), 0) + 20, 2_500));
        continue;
      }
      if (answer?.error?.code === 'ERR_LAPS_HOLD') await leaveHold(name);
      else if (answer === undefined || answer.error !== null) {
        failures += 1;
        last = answer?.error?.message ?? 'it gave no answer';
        continue;
      }
      const broken = brokenAtRest(await see(), { locked: real?.isLocked() === true });
      if (broken.length === 0) {
        applied = true;
        return;
      }
      for (const what of broken) violation(name, what);
      await renew();
      return;
    }
    violation(name, `P5: two cycles did not heal it: ${last}`);
    await renew();
  }

  async function command(verb: 'reset' | 'process'): Promise<Answer | undefined> {
    const end = await begin(ship, verb).ended;
    const answer = answerIn(end.stdout);
    if (answer === undefined) remark(tally, `laps ${verb} gave no answer: ${end.stdout.trim()} ${end.stderr.trim()}`);
    return answer;
  }

  async function signInByHand(name: string): Promise<void> {
    const { address } = tenant;
    const user = `clouddevice@${address.domain}`;
    const recovered: Ended = await ship.run(
      [
        ...['recover', here.deviceId, '--as-plain-text', '--json', '--data', here.data],
        ...['--user', user, '--tenant', address.url, '--tenant-id', address.tenantId, '--ca-file', address.caFile],
      ],
      { stdin: `${(await tenant.passwordOf(user)).reveal()}\n` },
    );
    const list: unknown = recovered.status === 0 ? JSON.parse(recovered.stdout) : [];
    const first: unknown = Array.isArray(list) ? list[0] : undefined;
    const password = isObject(first) ? textIn(first, 'Password') : undefined;
    // The one output that is to hold it.
    const at = said.findIndex((text) => password !== undefined && text.includes(password));
    if (at >= 0) said.splice(at, 1);
    tally.signIns += 1;
    const signedIn =
      real === undefined
        ? (await ship.run(['signin', '--data', here.data, '--json'], { stdin: `${password ?? ''}\n` })).status === 0
        : await real.logsIn(password ?? '');
    if (!signedIn) violation(name, `P2: what laps recover (${recovered.status}) shows does not sign in`);
  }

  /** P6: no password anywhere but in the tenant. */
  async function searchSecrets(): Promise<void> {
    const texts = [{ path: 'the output of a command', text: said.join('\n') }];
    for (const { data } of used) texts.push(...(await textsUnder(data)));
    for (const { path, text } of texts) {
      for (const password of passwords)
        if (text.includes(password)) violation('silence', `P6: a password lies in ${path}`);
    }
  }

  const lane: Lane = {
    root,
    policies,
    tally,
    real,
    ship,
    fault,
    tenant,
    here: () => here,
    applied: () => applied,
    resetMs: () => resetMs,
    took(ms) {
      resetMs = ms;
    },
    chanceOf: (name) => chanceOf(seed, name),
    folder,
    renew,
    adopt,
    check,
    settle,
    cycle: (wish) => cycleAt(here, wish),
    command,
    begin,
    signInByHand,
    violation,
    async close() {
      try {
        for (const each of used) {
          const log = join(each.data, 'logs', 'events.jsonl');
          if ((await stat(log).catch(() => undefined)) === undefined) continue;
          for (const what of brokenOrder(await readFile(log, 'utf8'))) violation('order', what, each.data);
        }
        await searchSecrets();
      } finally {
        await Promise.all([ship.endAll(), fault.endAll(), tenants.endAll()]);
      }
    },
  };
  here = { data: root, policies, deviceId: '' };
  await renew();
  for (let turn = 0; deps.measure !== false && turn < 2; turn += 1) {
    const end = await begin(ship, 'reset').ended;
    resetMs = 1.3 * end.tookMs;
  }
  return lane;
}

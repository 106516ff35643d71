/**
 * The wiring of `laps service`: installing, taking back, looking.
 *
 * Promises: what would fail is told before anything is touched; the record of what will be made is written before it is
 * made; every step is told as it is done. Must never: write over what somebody else made, or decide what a unit says.
 */
import { identityOf, openPlace, type Place } from './compose.ts';
import { type Configuration, type ConfigurationValue, isConfigurationKey } from './core/configuration.ts';
import { LapsError } from './core/errors.ts';
import { type Made, type Manifest, parseManifest, recordOf, type Step, stepFor } from './core/hosting/manifest.ts';
import { containerEntryPoint, cronLines, type HostKind, openrcScript } from './core/hosting/otherHosts.ts';
import {
  type Program,
  type Refusal,
  refusalOf,
  type ServicePaths,
  serviceName,
  servicePaths,
  unitName,
} from './core/hosting/place.ts';
import { startingPolicy } from './core/hosting/startingPolicy.ts';
import { systemdUnit } from './core/hosting/systemdUnit.ts';
import { jitterMsOf } from './core/schedule.ts';
import type { Env } from './edge/proxyEnv.ts';
import * as host from './edge/serviceHost.ts';
import { absolutePath, thisSystem } from './edge/system.ts';

/** What of this machine is asked and told; a test gives another. */
export interface ServiceHost {
  readonly paths: ServicePaths;
  readonly uid: number;
  /** How long somebody else's work on the data is waited for, in milliseconds. */
  readonly patienceMs: number;
  /** Node and the laps command, links followed. */
  program(data: string): Promise<Program>;
  /** Why these cannot be a service here, or undefined. */
  refusal(facts: Program & { readonly policies: string }): Promise<Refusal | undefined>;
  isSystemdHere(): Promise<boolean>;
  systemctl(words: readonly string[]): Promise<host.Ran>;
}

export function thisHost(): ServiceHost {
  const { isSystemdHere, systemctl } = host;
  return {
    paths: servicePaths(),
    uid: thisSystem().uid,
    patienceMs: 5_000,
    program,
    refusal: async (facts) => refusalOf(facts, await host.waysTo([facts.node, facts.script])),
    isSystemdHere,
    systemctl,
  };
}

/** One thing done, or left, and why. */
export interface Told {
  readonly did: 'made' | 'replaced' | 'kept' | 'same' | 'set' | 'ran' | 'removed' | 'note';
  readonly what: string;
}
export type Tell = (told: Told) => void;

export interface InstallWish {
  readonly data: string | undefined;
  readonly policies: string | undefined;
  /** The account that a policy made here names; only for one that is made. */
  readonly account: string | undefined;
  readonly configuration: Configuration;
  readonly env: Env;
  readonly cwd: string;
}

export function needRoot(machine: ServiceHost, verb: string): void {
  if (machine.uid === 0) return;
  throw new LapsError('ERR_LAPS_PERMISSION', {
    message: `only root can ${verb} a service of this machine; nothing was touched`,
    hint: `run it with sudo: sudo laps service ${verb}. For yourself, without root: laps run`,
  });
}

export async function needSystemd(machine: ServiceHost): Promise<void> {
  if (await machine.isSystemdHere()) return;
  throw new LapsError('ERR_LAPS_SERVICE', {
    message: 'this machine is not run by systemd, so there is nothing to install a unit into; nothing was touched',
    hint: 'laps service print --kind openrc, --kind container or --kind cron prints what to use instead',
  });
}

async function program(data: string): Promise<Program> {
  const { self } = thisSystem();
  const script = self.words.at(-1) ?? '';
  return { node: await host.realPath(self.program), script: await host.realPath(script), data };
}

/** What `print` shows; touches nothing. */
export async function printed(wish: {
  readonly kind: HostKind;
  readonly data: string | undefined;
  readonly cwd: string;
  /** Words for `laps run`, where there is no installation to remember them. */
  readonly words: readonly string[];
}): Promise<string> {
  const data = wish.data === undefined ? servicePaths().data : absolutePath(wish.data, wish.cwd);
  const facts = await program(data);
  if (wish.kind === 'systemd')
    return systemdUnit({
      ...facts,
      version: thisSystem().version,
      systemdVersion: await host.systemdVersion(),
      shadowIsShut: await host.isShadowShut(),
    });
  const others = {
    ...facts,
    words: wish.words,
    minute: Math.floor(jitterMsOf(thisSystem().deviceName, 60 * 60_000) / 60_000),
  };
  if (wish.kind === 'openrc') return openrcScript(others);
  return wish.kind === 'container' ? containerEntryPoint(others) : cronLines(others);
}

interface Planned {
  readonly wanted: Made;
  readonly step: Step;
  readonly text: string;
  readonly mode: number;
  /** What is told beside the path. */
  readonly about: string;
}

export async function manifestOf(paths: ServicePaths): Promise<Manifest | undefined> {
  const text = await host.textAt(paths.manifest);
  if (text === undefined) return undefined;
  const manifest = parseManifest(text);
  if (manifest !== undefined) return manifest;
  throw new LapsError('ERR_LAPS_DATA_DAMAGED', {
    message: `${paths.manifest} cannot be read, so what belongs to the installation is not known`,
    hint: `move it away; then laps service install writes it anew and takes over what is as it would be made`,
  });
}

/** The policy to be made, or undefined when there is one. Throws when which account is meant cannot be guessed. */
async function policyFor(wish: InstallWish, folder: string, accounts: string, tell: Tell): Promise<string | undefined> {
  if (await host.hasPolicy(folder)) {
    if (wish.account !== undefined)
      tell({
        did: 'note',
        what: `--account is for a policy that is made here; ${folder} has one, which says it itself`,
      });
    return undefined;
  }
  if (wish.policies !== undefined)
    throw new LapsError('ERR_LAPS_POLICIES_MISSING', {
      message: `there is no policy in ${folder}`,
      hint: 'laps init writes one to begin with; or leave --policies out',
    });
  if (accounts !== 'linux') return startingPolicy(wish.account ?? 'lapsadmin');
  if (wish.account === undefined)
    throw new LapsError('ERR_LAPS_USAGE', {
      message: 'which account of this machine is to be managed must be said',
      hint: 'name it with --account NAME; a new one is made by: sudo useradd --create-home --shell /bin/bash NAME',
    });
  if (!(await host.isLocalAccount(wish.account)))
    throw new LapsError('ERR_LAPS_ACCOUNT_MISSING', {
      message: `there is no account ${wish.account} on this machine`,
      hint: `make it first: sudo useradd --create-home --shell /bin/bash ${wish.account}`,
    });
  return startingPolicy(wish.account);
}

async function planned(
  path: string,
  before: Manifest | undefined,
  file?: { text: string; mode: number; about: string },
): Promise<Planned> {
  const wanted: Made = {
    path,
    kind: file === undefined ? 'folder' : 'file',
    digest: file === undefined ? '' : host.digestOf(file.text),
  };
  const old = before?.made.find((each) => each.path === path);
  const step = stepFor(await host.standing(path), old, wanted);
  return { wanted, step, text: file?.text ?? '', mode: file?.mode ?? 0o700, about: file?.about ?? 'closed to others' };
}

async function carryOut({ wanted, step, text, mode, about }: Planned, tell: Tell): Promise<void> {
  const { path, kind } = wanted;
  const suffix = about === '' ? '' : `: ${about}`;
  if (step === 'keep')
    tell({ did: 'kept', what: `${path}: it is there and not from here; move it away and install again for a new one` });
  if (step === 'same') tell({ did: 'same', what: path });
  if (step !== 'make' && step !== 'replace') return;
  if (kind === 'folder') await host.makeFolder(path);
  else await host.writeWhole(path, text, mode);
  tell({ did: step === 'make' ? 'made' : 'replaced', what: `${path}${suffix}` });
}

/** Sets what differs; what was set is for the record. */
async function configure(place: Place, wanted: Configuration, tell: Tell): Promise<Record<string, ConfigurationValue>> {
  const set: Record<string, ConfigurationValue> = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (!isConfigurationKey(name) || value === undefined || place.configuration.file[name] === value) continue;
    set[name] = value;
    tell({ did: 'set', what: `${name} = ${String(value)}, in ${place.configuration.path}` });
  }
  if (Object.keys(set).length > 0) await place.remember(set);
  return set;
}

export async function must(machine: ServiceHost, words: readonly string[], tell: Tell): Promise<void> {
  const { status, stderr } = await machine.systemctl(words);
  if (status === 0) {
    tell({ did: 'ran', what: `systemctl ${words.join(' ')}` });
    return;
  }
  throw new LapsError('ERR_LAPS_SERVICE', {
    message: `systemctl ${words.join(' ')} did not work: ${stderr.trim().split('\n')[0] ?? `status ${status}`}`,
    hint: `journalctl -u ${serviceName} -n 20 shows why; then install again`,
  });
}

/** Why the daemon cannot be started yet, or undefined. */
async function waitsFor(place: Place, file: Configuration): Promise<string | undefined> {
  const reading = await (await identityOf(place)).readFull();
  if (reading.kind !== 'none' || (file.tenant ?? 'embedded') === 'embedded') return undefined;
  return `this device is not joined to ${file.tenant} yet. Next: sudo laps join --tenant ${file.tenant} --user NAME, then: sudo systemctl start ${serviceName}`;
}

export async function placeAt(
  data: string,
  wish: { readonly env: Env; readonly cwd: string },
  how: { readonly create: boolean; readonly look?: boolean },
): Promise<Place | undefined> {
  return openPlace({ data, policies: undefined, env: wish.env, cwd: wish.cwd, ...how });
}

export interface Installed {
  readonly unit: string;
  readonly data: string;
  readonly started: boolean;
}

/** Installs, or brings an installation up to what it would be now. */
export async function installService(machine: ServiceHost, wish: InstallWish, tell: Tell): Promise<Installed> {
  const { paths } = machine;
  needRoot(machine, 'install');
  await needSystemd(machine);
  const before = await manifestOf(paths);
  const data = wish.data === undefined ? (before?.data ?? paths.data) : absolutePath(wish.data, wish.cwd);
  if (before !== undefined && before.data !== data)
    throw new LapsError('ERR_LAPS_SERVICE', {
      message: `the service is installed with its data in ${before.data}`,
      hint: 'uninstall it first: sudo laps service uninstall',
    });
  const policies = wish.policies === undefined ? paths.policies : absolutePath(wish.policies, wish.cwd);
  const facts = await machine.program(data);
  const refusal = await machine.refusal({ ...facts, policies });
  if (refusal !== undefined) throw new LapsError('ERR_LAPS_SERVICE', refusal);
  const known = (await placeAt(data, wish, { create: false }))?.configuration.file ?? {};
  const policy = await policyFor(wish, policies, wish.configuration.accounts ?? known.accounts ?? 'simulated', tell);

  const unit = systemdUnit({
    ...facts,
    version: thisSystem().version,
    systemdVersion: await host.systemdVersion(),
    shadowIsShut: await host.isShadowShut(),
  });
  const plan: Planned[] = [await planned(paths.etc, before)];
  if (policies === paths.policies) plan.push(await planned(paths.policies, before));
  if (policy !== undefined)
    plan.push(await planned(paths.policy, before, { text: policy, mode: 0o600, about: 'the policy to begin with' }));
  plan.push(await planned(paths.unit, before, { text: unit, mode: 0o644, about: 'what systemd runs' }));

  const record = (configuration: Manifest['configuration']): Promise<void> => {
    const manifest: Manifest = { version: 1, data, made: recordOf(before, plan), configuration };
    return host.writeWhole(paths.manifest, `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
  };
  const [etc, ...rest] = plan;
  if (etc !== undefined) await carryOut(etc, tell);
  await record({ ...before?.configuration, ...wish.configuration });
  const place = await placeAt(data, wish, { create: true });
  if (place === undefined) throw new LapsError('ERR_LAPS_INTERNAL', { message: 'the data folder was not made' });
  tell({ did: 'note', what: `identity, journal and configuration are in ${data}, closed to others` });
  const set = await configure(place, { policies, ...wish.configuration }, tell);
  await record({ ...before?.configuration, ...set });
  for (const each of rest) await carryOut(each, tell);

  await must(machine, ['daemon-reload'], tell);
  await must(machine, ['enable', unitName], tell);
  const waiting = await waitsFor(place, { ...place.configuration.file, ...set });
  if (waiting !== undefined) {
    tell({ did: 'note', what: `not started: ${waiting}` });
    return { unit: paths.unit, data, started: false };
  }
  const isChanged = Object.keys(set).length > 0 || rest.some(({ step }) => step === 'make' || step === 'replace');
  await must(machine, [isChanged ? 'restart' : 'start', unitName], tell);
  return { unit: paths.unit, data, started: true };
}

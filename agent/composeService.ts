/**
 * The wiring of `laps service`: installing, taking back, looking.
 *
 * Promises: what would fail is told before anything is touched; the record of what will be made, but for the data folder,
 * is written before it is made; every step is told as it is done; a first installation that fails is taken back. Must never: write over what somebody else made, or decide what a unit says.
 */
import { identityOf, openPlace, type Place } from './compose.ts';
import { checkInstallation } from './composeServiceChecks.ts';
import { carryOut, manifestOf, type Planned, planned, undo } from './composeServiceFiles.ts';
import { type InstallWish, needRoot, needSystemd, program, type ServiceHost, type Tell } from './composeServiceHost.ts';
import { whyNotYet } from './composeServiceStart.ts';
import { refuseElsewhere } from './composeWhere.ts';
import { isCloudName } from './core/cloudProfiles.ts';
import { type Configuration, type ConfigurationValue, isConfigurationKey } from './core/configuration.ts';
import { LapsError } from './core/errors.ts';
import { type Manifest, recordOf } from './core/hosting/manifest.ts';
import { containerEntryPoint, cronLines, type HostKind, openrcScript } from './core/hosting/otherHosts.ts';
import { hiddenData, hiddenProgram, serviceName, servicePaths, unitName, unwritable } from './core/hosting/place.ts';
import { startService } from './core/hosting/standing.ts';
import { isMadeHere, systemdUnit } from './core/hosting/systemdUnit.ts';
import { jitterMsOf } from './core/schedule.ts';
import { shellWord } from './core/shellWord.ts';
import { msPerHour } from './core/time.ts';
import type { Env } from './edge/proxyEnv.ts';
import * as host from './edge/serviceHost.ts';
import { absolutePath, thisSystem } from './edge/system.ts';
import { realPath } from './edge/ways.ts';

/** What `print` shows, and what is to be said of it; touches nothing. Throws for data that the unit could not see. */
export async function printed(wish: {
  readonly kind: HostKind;
  readonly data: string | undefined;
  readonly cwd: string;
  /** Words for `laps run`, where there is no installation to remember them. */
  readonly words: readonly string[];
}): Promise<{ readonly text: string; readonly note: string | undefined }> {
  const data = wish.data === undefined ? servicePaths().data : absolutePath(wish.data, wish.cwd);
  const facts = await program(data);
  const named = wish.words.map((word) => [`"${word}"`, word] as const);
  const unfit = unwritable(facts, Object.fromEntries(named));
  if (unfit !== undefined) throw new LapsError('ERR_LAPS_SERVICE', unfit);
  if (wish.kind === 'systemd') {
    const refused = hiddenData(data) ?? hiddenData(await realPath(data));
    if (refused !== undefined) throw new LapsError('ERR_LAPS_SERVICE', refused);
    const text = systemdUnit({
      ...facts,
      version: thisSystem().version,
      systemdVersion: await host.systemdVersion(),
      shadowIsShut: await host.isShadowShut(),
      givesTo: await host.groupsOfShadow(),
      hasAdm: await host.isLocalGroup('adm'),
    });
    const hidden = hiddenProgram(facts);
    return {
      text,
      note: hidden === undefined ? undefined : `this unit could not start: ${hidden.message}; ${hidden.hint}`,
    };
  }
  const others = {
    ...facts,
    words: wish.words,
    minute: Math.floor(jitterMsOf(thisSystem().deviceName, msPerHour) / 60_000),
  };
  const text = { openrc: openrcScript, container: containerEntryPoint, cron: cronLines }[wish.kind](others);
  return { text, note: undefined };
}

/** Sets what differs; what was set is for the record. */
async function configure(place: Place, wanted: Configuration, tell: Tell): Promise<Record<string, ConfigurationValue>> {
  const set: Record<string, ConfigurationValue> = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (!isConfigurationKey(name) || value === undefined || place.configuration.file[name] === value) continue;
    set[name] = value;
  }
  if (Object.keys(set).length > 0) await place.remember(set);
  for (const [name, value] of Object.entries(set))
    tell({ did: 'set', what: `${name} = ${String(value)}, in ${place.configuration.path}` });
  return set;
}

/** Puts back what was set, of an installation that failed in data that was there before it. */
async function unset(place: Place, before: Place, set: Configuration, tell: Tell): Promise<void> {
  const names = Object.keys(set).filter(isConfigurationKey);
  if (names.length === 0) return;
  // The data folder notes the kind by itself, and goes by a person's plain word alone.
  if (set.accounts === 'linux' && before.managed !== 'linux') await place.remember({ accounts: 'simulated' });
  const { file } = before.configuration;
  await place.remember(Object.fromEntries(names.map((name) => [name, file[name] ?? null])));
  tell({ did: 'note', what: `${names.join(', ')} in ${place.configuration.path}: as before` });
}

export async function must(machine: ServiceHost, words: readonly string[], tell: Tell): Promise<void> {
  const { status, stderr } = await machine.systemctl(words);
  if (status === 0) {
    tell({ did: 'ran', what: `systemctl ${words.join(' ')}` });
    return;
  }
  throw new LapsError('ERR_LAPS_SERVICE', {
    message: `systemctl ${words.join(' ')} did not work: ${stderr.trim().split('\n')[0] ?? `status ${status}`}`,
    hint: `journalctl -u ${serviceName} -n 20 shows why; then run the same command again`,
  });
}

/** Why the daemon cannot be started yet, or undefined. */
async function waitsFor(place: Place, file: Configuration, own: string): Promise<string | undefined> {
  const reading = await (await identityOf(place)).readFull();
  if (reading.kind !== 'none' || (file.tenant ?? 'embedded') === 'embedded') return undefined;
  // A join takes the authority that is remembered; a cloud needs none.
  const authority = file.caFile !== undefined || isCloudName(file.tenant ?? '') ? '' : ' --ca-file CA.pem';
  return `this device is not joined to ${file.tenant} yet. Next: sudo laps join${own} --tenant ${file.tenant} --user NAME${authority}${authority === '' ? '' : ' (its authority, where that is a private one)'}, then: ${startService}`;
}

export async function placeAt(
  data: string,
  wish: { readonly env: Env; readonly cwd: string },
  how: { readonly create: boolean; readonly look?: boolean },
): Promise<Place | undefined> {
  return openPlace({ data, policies: undefined, env: wish.env, cwd: wish.cwd, anew: 'installing', ...how });
}

export interface Installed {
  readonly unit: string;
  readonly data: string;
  /** Whether commands find it there by themselves. */
  readonly isStandard: boolean;
  readonly started: boolean;
  /** Why the daemon that was started cannot work yet; null when it answers, or was not started. */
  readonly waitsFor: string | null;
}

/** As it was typed, with paths that mean the same wherever the daemon starts. */
function wholePaths(wish: InstallWish): InstallWish {
  const { caFile } = wish.configuration;
  if (caFile === undefined) return wish;
  return { ...wish, configuration: { ...wish.configuration, caFile: absolutePath(caFile, wish.cwd) } };
}

/** Installs, or brings an installation up to what it would be now. */
export async function installService(machine: ServiceHost, typed: InstallWish, tell: Tell): Promise<Installed> {
  const wish = wholePaths(typed);
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
  const facts = await machine.program(data);
  const { caFile: authority } = wish.configuration;
  const trusts = authority === undefined ? {} : { caFile: authority };
  const mustFit = async (policies: string): Promise<void> => {
    const refusal = await machine.refusal({ ...facts, policies, ...trusts });
    if (refusal !== undefined) throw new LapsError('ERR_LAPS_SERVICE', refusal);
  };
  const named = wish.policies === undefined ? undefined : absolutePath(wish.policies, wish.cwd);
  await mustFit(named ?? paths.policies);
  const found = await placeAt(data, wish, { create: false });
  // Which policies are obeyed says whose password is replaced: only --policies changes that.
  const own = (found === undefined ? before?.configuration : found.configuration.file)?.['policies'];
  const policies = named ?? (typeof own === 'string' ? own : paths.policies);
  if (named === undefined && policies !== paths.policies) await mustFit(policies);
  // What begins anew begins with what was said when it was installed.
  const said = found === undefined ? { ...before?.configuration, ...wish.configuration } : wish.configuration;
  const known = {
    ...(found?.managed === undefined ? {} : { accounts: found.managed }),
    ...found?.configuration.file,
  };
  if ({ ...known, ...said }.accounts === undefined) await refuseElsewhere(data, paths);
  const { policy } = await checkInstallation(
    machine,
    { data, policies, configuration: { ...known, ...said }, wish, place: found },
    tell,
  );

  const { group: letIn } = { ...known, ...said };
  const unit = systemdUnit({
    ...facts,
    version: thisSystem().version,
    systemdVersion: await host.systemdVersion(),
    shadowIsShut: await host.isShadowShut(),
    givesTo: [...(await host.groupsOfShadow()), ...(letIn === undefined ? [] : [letIn])],
    hasAdm: await host.isLocalGroup('adm'),
  });
  const plan: Planned[] = [await planned(paths.etc, before)];
  if (policies === paths.policies) plan.push(await planned(paths.policies, before));
  if (policy !== undefined)
    plan.push(await planned(paths.policy, before, { text: policy, mode: 0o600, about: 'the policy to begin with' }));
  const ofUnit = await planned(paths.unit, before, { text: unit, mode: 0o644, about: 'what systemd runs' });
  // One that was made here and then edited is its owner's and is run; another one is not ours to start, or to end. Of one
  // that an earlier end has kept nobody knows any more whether its owner still wants it.
  const isOurs = isMadeHere((await host.plainTextAt(paths.unit)) ?? '');
  if (ofUnit.step === 'keep' && !(ofUnit.wasMade && isOurs))
    throw new LapsError('ERR_LAPS_SERVICE', {
      message: `${paths.unit} is there and ${isOurs ? 'is not as this laps-agent makes it; no record says whose change that is' : 'was not made by laps-agent'}, so it is neither replaced nor started; nothing was touched`,
      hint: `move it away and install again: sudo mv ${paths.unit} /root/${isOurs ? '; changes of your own belong into a drop-in: sudo systemctl edit laps-agent' : ''}`,
    });
  plan.push({ ...ofUnit, isOurs });

  const record = (configuration: Manifest['configuration']): Promise<void> => {
    const manifest: Manifest = { version: 1, data, made: recordOf(before, plan), configuration };
    return host.writeWhole(paths.manifest, `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
  };
  const [etc, ...rest] = plan;
  const dataWas = await host.standing(data);
  let made: Place | undefined;
  let set: Record<string, ConfigurationValue> = {};
  try {
    // First the data: what cannot be there needs neither a record nor a unit.
    const place = await placeAt(data, wish, { create: true });
    if (place === undefined) throw new LapsError('ERR_LAPS_INTERNAL', { message: 'the data folder was not made' });
    made = place;
    if (etc !== undefined) await carryOut(etc, tell);
    await record({ ...before?.configuration, ...wish.configuration });
    if (found === undefined && before !== undefined)
      tell({
        did: 'note',
        what: `there was nothing in ${data}: a new device begins there, and the old one is forgotten`,
      });
    tell({ did: 'note', what: `identity, journal and configuration are in ${data}, closed to others` });
    if (policies === own && policies !== paths.policies)
      tell({ did: 'kept', what: `policies = ${policies}, in ${place.configuration.path}; --policies names others` });
    set = await configure(place, { ...said, policies }, tell);
    await record({ ...before?.configuration, ...set });
    const { caFile } = wish.configuration;
    if (caFile !== undefined) {
      const { trustAuthority, trustedWords } = await import('./composeTrust.ts');
      const trusted = await trustAuthority(place, caFile);
      if (trusted.kind !== 'forJoin') tell({ did: 'note', what: trustedWords(trusted, caFile) });
    }
    for (const each of rest) await carryOut(each, tell);
  } catch (error) {
    if (before !== undefined) throw error;
    await undo(plan, paths.manifest, tell);
    if (found === undefined) await made?.unmake();
    else if (made !== undefined) await unset(made, found, set, tell);
    // On a read-only disk even what is not there cannot be removed, and that would be told in place of what went wrong.
    if (dataWas.kind === 'absent' && (await host.standing(data)).kind === 'folder')
      await host.removeMade(data, 'folder');
    throw error;
  }
  const place = made;

  await must(machine, ['daemon-reload'], tell);
  await must(machine, ['enable', unitName], tell);
  const installed = { unit: paths.unit, data, isStandard: data === paths.data };
  const waiting = await waitsFor(
    place,
    { ...place.configuration.file, ...set },
    installed.isStandard ? '' : ` --data ${shellWord(data)}`,
  );
  if (waiting !== undefined) {
    tell({ did: 'note', what: `not started: ${waiting}` });
    return { ...installed, started: false, waitsFor: null };
  }
  const isChanged = Object.keys(set).length > 0 || rest.some(({ step }) => step === 'make' || step === 'replace');
  // The unit may be as it was and what it starts another: a start would pass over the daemon that runs.
  const isStale = !isChanged && (await machine.isStale(place.folder));
  await must(machine, [isChanged || isStale ? 'restart' : 'start', unitName], tell);
  return { ...installed, started: true, waitsFor: (await whyNotYet(machine, place)) ?? null };
}

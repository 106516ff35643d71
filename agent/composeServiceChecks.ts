/**
 * The wiring of what an installation looks at before it writes anything.
 *
 * Promises: what the daemon would refuse is refused here, in the same words and with nothing touched; what it would only
 * complain of is told. Must never: write, or decide which account may be managed.
 */
import { joinedElsewhere, type Standing } from './composeOwnTenant.ts';
import type { InstallWish, ServiceHost, Tell } from './composeServiceHost.ts';
import { profileNamed } from './composeTenant.ts';
import type { Configuration } from './core/configuration.ts';
import { LapsError } from './core/errors.ts';
import { serviceName } from './core/hosting/place.ts';
import { startingPolicy } from './core/hosting/startingPolicy.ts';
import { accountNameOf, managementOf } from './core/policy/effective.ts';
import { defaultOs, parseOs } from './core/policy/os.ts';
import { policyOfFolder } from './core/policy/read.ts';
import { shellWord } from './core/shellWord.ts';
import { createPolicyFolder } from './edge/policyFolder.ts';
import * as host from './edge/serviceHost.ts';
import { gidOf } from './edge/socketPath.ts';
import { readCertificateFile } from './edge/textFile.ts';

/** The policy to be made, or undefined when there is one. Throws when which account is meant cannot be guessed. */
export async function policyFor(
  wish: InstallWish,
  /** Where they are looked for, and where one may be made. */
  { folder, ours }: { readonly folder: string; readonly ours: string },
  accounts: string,
  tell: Tell,
): Promise<string | undefined> {
  if (await host.hasPolicy(folder)) {
    if (wish.account !== undefined)
      tell({
        did: 'note',
        what: `--account is for a policy that is made here; ${folder} has one, which says it itself`,
      });
    return undefined;
  }
  if (folder !== ours)
    throw new LapsError('ERR_LAPS_POLICIES_MISSING', {
      message:
        wish.policies === undefined
          ? `the policies of this installation are in ${folder}, and there is no policy; nothing was touched`
          : `there is no policy in ${folder}; nothing was touched`,
      hint: `laps init ${shellWord(`${folder}/csp.json`)} writes one to begin with; or, for those of the service: --policies ${shellWord(ours)}`,
    });
  if (accounts !== 'linux') return startingPolicy(wish.account ?? 'lapsadmin');
  if (wish.account === undefined)
    throw new LapsError('ERR_LAPS_USAGE', {
      message: 'which account of this machine is to be managed must be said',
      hint: 'name it with --account NAME; a new one is made by: sudo useradd --create-home --shell /bin/bash NAME',
    });
  return startingPolicy(wish.account);
}

/** The account that the policies in a folder name; `none` where nothing is managed or that cannot be told. */
async function namedIn(folder: string, os: string | undefined, tell: Tell): Promise<string | undefined | 'none'> {
  const reading = await createPolicyFolder({ folder, shownAs: folder }).read();
  const told = await policyOfFolder(reading, parseOs(os ?? '') ?? defaultOs);
  if (told.kind === 'unreadable') {
    tell({ did: 'note', what: `${told.path}:${told.line}:${told.column}: ${told.problem}; ${told.hint}` });
    return 'none';
  }
  return managementOf(told.policy, 'entra').manages ? accountNameOf(told.policy) : 'none';
}

/** What can be typed after useradd as it is. */
const isWord = (name: string | undefined): boolean => /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(name ?? '');

const remarkWords = {
  locked: 'it is locked: its password is kept fresh, but nobody can sign in with it',
  expired: 'it has expired: its password is kept fresh, but nobody can sign in with it',
  noShell: 'it has no shell to sign in to: its password is kept fresh all the same',
  mustChange: 'whoever signs in is asked for a new password until it has a fresh one',
  failLocked: 'too many wrong passwords have locked it for a while',
  firstEight: 'only the first eight characters of its password count, for this machine hashes it by DES',
  agedOut: 'its password has aged out: nobody can sign in with it until it has a fresh one',
  shellMissing: 'its shell does not exist: its password is kept fresh all the same',
  renamed: 'it has been renamed, and is followed',
  idReused: 'it is gone, and another account has its number',
} as const;

/** Whether the daemon will manage the real account it is going to be told of. Throws where it will refuse. */
async function checkAccount(
  machine: ServiceHost,
  facts: { readonly data: string; readonly configuration: Configuration; readonly wish: InstallWish },
  /** In a policy that is made here: it must be there. */
  isOurs: boolean,
  name: string | undefined,
  tell: Tell,
): Promise<void> {
  const { data, configuration, wish } = facts;
  const place = { root: data, remembered: configuration, env: wish.env };
  const { account, bar, remarks } = await machine.examine(place, name);
  if (bar !== undefined) {
    const own = wish.data === undefined ? '' : `, each with --data ${shellWord(data)}`;
    throw new LapsError(bar.code, {
      message: `${name === undefined ? 'no account would be managed' : `"${name}" would not be managed`}: ${bar.problem}; nothing was touched`,
      hint: `${bar.hint}${own}`,
    });
  }
  const obstacle = account === undefined ? undefined : await machine.obstacle(place, account.sid);
  if (obstacle?.kind === 'kept')
    throw new LapsError('ERR_LAPS_ACCOUNT_BUSY', {
      message: `the account ${name} would not be managed: it is managed from the data folder ${obstacle.data}; nothing was touched`,
      hint: `give it up there: sudo laps leave --data ${shellWord(obstacle.data)}; or install with that folder: --data ${shellWord(obstacle.data)}${(await host.standing(data)).kind === 'folder' ? `; or take it over from here: sudo laps process --take-over --data ${shellWord(data)}` : ''}`,
    });
  if (obstacle?.kind === 'unsafe')
    throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
      message: `the account ${name} would not be managed: ${obstacle.problem}; nothing was touched`,
      hint: `${obstacle.hint}; then install again`,
    });
  if (account === undefined && isOurs)
    throw new LapsError('ERR_LAPS_ACCOUNT_MISSING', {
      message: `there is no account ${name} on this machine; nothing was touched`,
      hint: isWord(name)
        ? `make it first: sudo useradd --create-home --shell /bin/bash ${name}`
        : 'name one that useradd takes: letters, digits, . _ and -',
    });
  if (account === undefined)
    tell({
      did: 'note',
      what: `the policy names ${name}, which is no account of this machine: nothing is managed until it is made${isWord(name) ? `, as by sudo useradd --create-home --shell /bin/bash ${name}` : ', and useradd takes no such name: let the policy name another'}`,
    });
  for (const { kind } of remarks) tell({ did: 'note', what: `the account ${name}: ${remarkWords[kind]}` });
}

/** Throws where a group cannot be let in. */
async function checkGroup(group: string, data: string, standard: string): Promise<void> {
  const isThere = (await gidOf(group)) !== undefined;
  if (isThere && data === standard) return;
  throw new LapsError('ERR_LAPS_CONFIGURATION', {
    message: isThere
      ? `group ${group} cannot be let in: the socket is inside the data folder, which is closed to others; nothing was touched`
      : `there is no group ${group} on this machine to let in; nothing was touched`,
    hint: isThere
      ? 'leave --data out, or --group'
      : `name another with --group, or make it: sudo groupadd --system ${group}`,
  });
}

/** Throws where the daemon would end at its start, because its device is joined to another tenant. */
async function checkTenant(
  place: Standing | undefined,
  {
    data,
    configuration,
    wish,
  }: { readonly data: string; readonly configuration: Configuration; readonly wish: InstallWish },
): Promise<void> {
  const { tenant } = configuration;
  const elsewhere = place === undefined || tenant === undefined ? undefined : await joinedElsewhere(place, tenant);
  if (elsewhere === undefined) return;
  const own = wish.data === undefined ? '' : ` --data ${shellWord(data)}`;
  const { joined, problem } = elsewhere;
  throw new LapsError('ERR_LAPS_ALREADY_JOINED', {
    message: `${problem}; nothing was touched`,
    hint: `to stay with it: ${wish.configuration.tenant === undefined ? `sudo laps config set tenant ${joined}${own}` : 'leave --tenant out'}; to join the other one, leave first: sudo systemctl stop ${serviceName}, then sudo laps leave${own}, then install again`,
  });
}

export interface Checked {
  /** The policy to be made, or undefined. */
  readonly policy: string | undefined;
}

/** Everything that would not work once it is installed; throws before anything is written. */
export async function checkInstallation(
  machine: ServiceHost,
  facts: {
    readonly data: string;
    readonly policies: string;
    /** As it will be: what is known and what is wished. */
    readonly configuration: Configuration;
    readonly wish: InstallWish;
    /** What is there already. */
    readonly place: Standing | undefined;
  },
  tell: Tell,
): Promise<Checked> {
  const { data, policies, configuration, wish } = facts;
  const { accounts = 'simulated', group, os, tenant } = configuration;
  if (tenant !== undefined && tenant !== 'embedded') profileNamed(tenant);
  await checkTenant(facts.place, facts);
  // What was remembered may have gone since: its copy is kept with the identity.
  if (wish.configuration.caFile !== undefined) await readCertificateFile(wish.configuration.caFile);
  if (group !== undefined) await checkGroup(group, data, machine.paths.data);
  const policy = await policyFor(wish, { folder: policies, ours: machine.paths.policies }, accounts, tell);
  if (accounts === 'linux') {
    const name = policy === undefined ? await namedIn(policies, os, tell) : wish.account;
    if (name !== 'none') await checkAccount(machine, facts, policy !== undefined, name, tell);
  }
  return { policy };
}

/**
 * The machine that a service is installed on, as the wiring of `laps service` asks and tells it.
 *
 * Promises: a test gives another one. Must never: change anything by itself.
 */
import type { Configuration } from './core/configuration.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import {
  type Program,
  type Refusal,
  refusalOf,
  type ServiceParts,
  type ServicePaths,
  servicePaths,
} from './core/hosting/place.ts';
import { programIn, staleProgram } from './core/hosting/staleProgram.ts';
import type { WaitingWord } from './core/hosting/waiting.ts';
import type { AccountExamination, AccountObstacle } from './core/ports.ts';
import type { DataFolder } from './edge/dataFolder.ts';
import type { Env } from './edge/proxyEnv.ts';
import * as host from './edge/serviceHost.ts';
import { folderOf, thisSystem } from './edge/system.ts';
import { readWaitingNote } from './edge/waitingNote.ts';
import { realPath, waysTo } from './edge/ways.ts';

/** What of this machine is asked and told; a test gives another. */
export interface ServiceHost {
  readonly paths: ServicePaths;
  readonly uid: number;
  /** How long somebody else's work on the data is waited for, in milliseconds. */
  readonly patienceMs: number;
  /** Node and the laps command, links followed. */
  program(data: string): Promise<Program>;
  /** Why these cannot be a service here, or undefined. */
  refusal(facts: ServiceParts): Promise<Refusal | undefined>;
  /** A real account as the daemon will see it. */
  examine(
    place: { readonly root: string; readonly remembered: Configuration; readonly env: Env },
    name: string | undefined,
  ): Promise<AccountExamination>;
  /** What would keep the daemon from managing that account. */
  obstacle(
    place: { readonly root: string; readonly remembered: Configuration; readonly env: Env },
    sid: string,
  ): Promise<AccountObstacle | undefined>;
  /** How long a daemon that was started may take until it answers, in milliseconds. */
  readonly readyMs: number;
  /** Whether a daemon answers at the door of this data folder. */
  answers(folder: Pick<DataFolder, 'socket'>): Promise<boolean>;
  /** Whether the daemon that runs there is of another program than this one, or does not answer as it should. */
  isStale(folder: Pick<DataFolder, 'socket'>): Promise<boolean>;
  /** What a daemon that waits there says. */
  waits(folder: Pick<DataFolder, 'run'>): Promise<WaitingWord | undefined>;
  isSystemdHere(): Promise<boolean>;
  systemctl(words: readonly string[]): Promise<host.Ran>;
}

async function isStale(folder: Pick<DataFolder, 'socket'>): Promise<boolean> {
  const door = await (await import('./composeDoor.ts')).localDoor({ folder });
  try {
    const reply = await door.askDaemon({ method: 'GET', path: '/status', timeoutMs: 10_000 });
    return reply.kind === 'reply' && staleProgram(programIn(reply.body), thisSystem().version, true) !== undefined;
  } catch (error) {
    if (!isLapsError(error)) throw error;
    return true;
  }
}

export function thisHost(): ServiceHost {
  const { isSystemdHere, systemctl } = host;
  return {
    paths: servicePaths(),
    uid: thisSystem().uid,
    patienceMs: 5_000,
    program,
    refusal,
    examine: async (place, name) => (await import('./composeAccounts.ts')).examineReal(place, name),
    obstacle: async (place, sid) => (await import('./composeAccounts.ts')).obstacleReal(place, sid),
    readyMs: 10_000,
    async answers(folder) {
      const door = await (await import('./composeDoor.ts')).localDoor({ folder });
      return (await door.askDaemon({ method: 'GET', path: '/stage', timeoutMs: 2_000 })).kind === 'reply';
    },
    isStale,
    waits: ({ run }) => readWaitingNote(run),
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

async function refusal(facts: ServiceParts): Promise<Refusal | undefined> {
  const { node, script, data, policies, caFile } = facts;
  const authority = caFile === undefined ? {} : { caFile: await realPath(caFile) };
  const real = { data: await realPath(data), policies: await realPath(policies), ...authority };
  const ways = {
    program: await waysTo([node, script]),
    folders: await waysTo([folderOf(data), folderOf(real.data), policies, real.policies]),
  };
  return refusalOf(facts, ways) ?? refusalOf({ ...facts, ...real }, ways);
}

export async function program(data: string): Promise<Program> {
  const { self } = thisSystem();
  const script = self.words.at(-1) ?? '';
  return { node: await realPath(self.program), script: await realPath(script), data };
}

/**
 * The data folder a verb works in, and how it gets to the device: through the daemon, or by doing the work itself.
 *
 * Promises: without a daemon the same lock is taken and the same work done (design 4, way 3). Must never: work beside a
 * daemon.
 */
import type { Command } from 'commander';
import type { Place } from '../compose.ts';
import type { ConfigurationKey } from '../core/configuration.ts';
import { isLapsError, LapsError } from '../core/errors.ts';
import { instantOfIso, msPerDay, msPerHour } from '../core/time.ts';
import type { StatusReport } from '../service/status.ts';
import type { Face } from './face.ts';
import { clean } from './render/display.ts';

/** What the daemon answered, or may have: the parse boundary of a report. */
export function isReport(value: unknown): value is StatusReport {
  return typeof value === 'object' && value !== null && 'healthy' in value && 'rotation' in value;
}

/** A text option, or undefined. */
export function textOption(face: Face, name: string): string | undefined {
  const value = face.options[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A yes-or-no option. */
export function flag(face: Face, name: string): boolean {
  return face.options[name] === true;
}

/** How a data folder is opened. */
interface Opening {
  /** Make it when it is not there. */
  readonly create?: boolean;
  readonly mend?: boolean;
  readonly look?: boolean;
  readonly anyway?: boolean;
  /** Real accounts are about to be managed. */
  readonly real?: boolean;
  /** The command says which accounts are to be managed, also in a folder that holds nothing any more. */
  readonly told?: boolean;
  /** Members of the configuration that are about to be set. */
  readonly setting?: readonly ConfigurationKey[];
}

async function opened(face: Face, how: Opening): Promise<Place | undefined> {
  const { openPlace } = await import('../compose.ts');
  const { create = false, mend = false, look = false, anyway = false, real = false, told = false, setting = [] } = how;
  const { env, cwd, interrupted } = face.host;
  const [data, policies] = [textOption(face, 'data'), textOption(face, 'policies')];
  const note = (text: string): void => face.say(`laps: note: ${clean(text)}\n`);
  const anew = told ? { anew: 'told' as const } : {};
  return openPlace({ data, policies, env, cwd, create, mend, look, anyway, real, setting, interrupted, note, ...anew });
}

/** Adds the option to a verb whose work goes to the tenant. */
export function authorityOption(command: Command): void {
  command.option('--ca-file <file>', "PEM file of a private authority of the tenant's, to be trusted from now on");
}

/** Trusts what `--ca-file` names, and remembers it with the identity. */
export async function trustGiven(face: Face, place: Place | undefined): Promise<void> {
  const caFile = textOption(face, 'caFile');
  if (caFile === undefined) return;
  if (place === undefined)
    throw new LapsError('ERR_LAPS_PERMISSION', {
      message: 'what --ca-file names is remembered with the identity, which is closed to you',
      hint: 'run it with sudo',
    });
  await (await import('../composeTrust.ts')).trustNamed(place, caFile);
}

/** Opens the data folder, making it when it is not there. */
export async function placeOf(face: Face, how: Pick<Opening, 'setting' | 'real' | 'told'> = {}): Promise<Place> {
  const place = await opened(face, { create: true, ...how });
  if (place === undefined) throw new LapsError('ERR_LAPS_INTERNAL', { message: 'the data folder was not made' });
  return place;
}

/** Opens the data folder; undefined when there is none yet. */
export async function maybePlaceOf(face: Face): Promise<Place | undefined> {
  return opened(face, {});
}

/** Opens the data folder or says how to get one. `look`: nothing is touched; `anyway`: whatever is wrong. */
export async function existingPlaceOf(face: Face, how: Omit<Opening, 'create'> = {}): Promise<Place> {
  const place = await opened(face, how);
  if (place !== undefined) return place;
  const { meantFolder, refuseAnew } = await import('../composeWhere.ts');
  const { env, cwd } = face.host;
  await refuseAnew((await meantFolder({ data: textOption(face, 'data'), env, cwd })).path, false);
  throw new LapsError('ERR_LAPS_NOT_JOINED', {
    message: 'there is no laps-agent data here yet',
    hint: 'begin with laps run, or name the data folder with --data',
  });
}

/** How a verb gets to a daemon: by a data folder of its own, or by the socket of the service alone. */
export interface Reach {
  /** Undefined: only the daemon can do what is asked, for its data is closed to this user. */
  readonly place: Place | undefined;
  readonly socket: string;
}

/** The data folder, or else the service of this machine. Throws as {@link existingPlaceOf} where there is neither. */
export async function reachOf(face: Face, how: Pick<Opening, 'look' | 'anyway'> = {}): Promise<Reach> {
  let refusal: unknown;
  try {
    const place = await existingPlaceOf(face, how);
    return { place, socket: place.folder.socket };
  } catch (error) {
    const mayBeService =
      isLapsError(error) && ['ERR_LAPS_NOT_JOINED', 'ERR_LAPS_DATA_UNSAFE', 'ERR_LAPS_PERMISSION'].includes(error.code);
    if (!mayBeService) throw error;
    refusal = error;
  }
  const { serviceSocket } = await import('../composeDoor.ts');
  const { env, cwd } = face.host;
  const socket = await serviceSocket({ data: textOption(face, 'data'), env, cwd });
  if (socket === undefined) throw refusal;
  return { place: undefined, socket };
}

/** For a user whom only the daemon could have answered. */
export function serviceSilent(): LapsError {
  return new LapsError('ERR_LAPS_PERMISSION', {
    message: 'the service of this machine does not answer, and its data is closed to you',
    hint: 'laps service status shows whether it runs, and for what it waits if it does; with sudo this command works without it',
  });
}

/** `2026-11-23T08:00`, `2026-11-23`, or `30s`, `90m`, `2h`, `3d` ago; epoch ms, from 0 on, as a service is asked for it. */
export function sinceOf(face: Face): number | undefined {
  const text = textOption(face, 'since');
  if (text === undefined) return undefined;
  const ago = /^(\d{1,6})(s|m|h|d)$/.exec(text);
  if (ago !== null) {
    const unit = new Map([
      ['s', 1000],
      ['m', 60_000],
      ['h', msPerHour],
    ]).get(ago[2] ?? '');
    return Math.max(face.host.now() - Number(ago[1]) * (unit ?? msPerDay), 0);
  }
  const at = instantOfIso(text);
  if (at !== undefined) return Math.max(at, 0);
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `--since "${text}" is no time`,
    hint: 'write 2026-11-23, 2026-11-23T08:00:00Z, or 30s, 90m, 2h, 3d for that long ago',
  });
}

/**
 * One fault, from rest to rest: brought about, met by the real program, mended, healed, and judged.
 *
 * Knows: a lane and its promises. Promises: "recoverable" is what the tenant gives an administrator, tried on the account;
 * cycles are counted from the fault's end, and 0 says that the very cycle that met it healed it; whatever was promised and
 * is not so becomes a violation. Must never: help the program, but for `mend`, which is what a person or the world does.
 */
import { LapsError } from '../../../../agent/core/errors.ts';
import { isObject, listIn, objectOf, textIn } from '../../../../agent/edge/wireJson.ts';
import type { Ended, StartWish } from '../children.ts';
import { look, type Sight } from '../installation.ts';
import { brokenAtRest } from '../judge.ts';
import type { Lane } from '../lane.ts';

/** What a command said while the fault lasted. */
export interface Told {
  /** Null: it was killed. */
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly code: string | null;
  readonly events: readonly number[];
}

/** One line of the table. */
export interface Row {
  readonly part: 4 | 5;
  readonly what: string;
  readonly how: string;
  readonly events: readonly number[];
  readonly exits: readonly string[];
  readonly recoverable: boolean;
  /** The most cycles that any try of this row took; undefined: it never came to rest. */
  readonly cycles: number | undefined;
  /** What a person has to do first, if anything. */
  readonly person?: string;
}

/** A fault of this machine. */
export interface MachineFault {
  readonly what: string;
  readonly how: string;
  /** Why it cannot be tried here, or undefined. */
  readonly unavailable?: () => string | undefined;
  readonly person?: string;
  /** Tries it, as often as it has ways to be tried. */
  run(trial: Trial): Promise<void>;
}

export interface Try {
  /** Brings the fault about and lets the program meet it. */
  readonly meet: () => Promise<readonly Told[]>;
  /** Ends the fault; without it, the fault is one that the program alone must get over. */
  readonly mend?: () => Promise<void>;
  /** Judges what was said; a sentence for each thing that is not as it must be. */
  readonly judge?: (told: readonly Told[]) => readonly string[];
}

export interface Trial {
  readonly lane: Lane;
  readonly name: string;
  /** Runs one try from rest to rest. */
  once(attempt: Try): Promise<void>;
  /** `laps VERB --json` on the installation, to its end. */
  laps(verb: string, more?: readonly string[], wish?: StartWish): Promise<Told>;
  violation(what: string): void;
  row(fault: MachineFault): Row;
}

/** What a command with --json said, in whatever of its forms. */
export function toldBy(end: Ended): Told {
  const line = end.stdout.trim().split('\n').at(-1) ?? '';
  const said = objectOf(line);
  const error = said?.['error'];
  const events = (listIn(said, 'events') ?? []).filter((id) => typeof id === 'number');
  const code = isObject(error) ? (textIn(error, 'code') ?? null) : null;
  return { exit: end.status, signal: end.signal, code, events };
}

const ofOurs = (id: number): boolean => id >= 50001;
/** Events that tell of trouble, or of getting over it; the ordinary steps of every cycle are left out. */
const telling = new Set([10005, 10013, 10015, 10019, 10025, 10026, 10027, 10028, 10032, 10059]);

function shownExit({ exit, signal, code }: Told): string {
  if (exit === null) return signal ?? 'killed';
  return code === null ? String(exit) : `${exit} ${code.replace('ERR_LAPS_', '')}`;
}

export function createTrial(lane: Lane, name: string): Trial {
  const events = new Set<number>();
  const exits = new Set<string>();
  let recoverable = true;
  let cycles: number | undefined = 0;

  const violation = (what: string): void => lane.violation(name, what);

  const keep = (told: readonly Told[]): void => {
    for (const each of told) {
      exits.add(shownExit(each));
      for (const id of each.events) if (telling.has(id) || ofOurs(id)) events.add(id);
    }
  };

  async function see(): Promise<Sight> {
    return look(lane.here(), lane.tenant);
  }

  async function laps(verb: string, more: readonly string[] = [], wish: StartWish = {}): Promise<Told> {
    const words = [verb, '--data', lane.here().data, '--json', ...more];
    return toldBy(await lane.ship.run(words, wish));
  }

  /** Undefined where the folder itself cannot be opened as it is. */
  async function seeIfPossible(): Promise<Sight | undefined> {
    try {
      return await see();
    } catch (error) {
      if (error instanceof LapsError) return undefined;
      throw error;
    }
  }

  function atRest(sight: Sight): boolean {
    return brokenAtRest(sight).length === 0;
  }

  return {
    lane,
    name,
    laps,
    violation,
    async once({ meet, mend, judge }) {
      if (!atRest(await see())) await lane.renew();
      const told = await meet();
      keep(told);
      for (const what of judge?.(told) ?? []) violation(what);
      const during = await seeIfPossible();
      if (during?.report.healthy === true && during.opensAt !== 0) violation('P5: status reports well, falsely');
      await mend?.();
      let sight = await see();
      if (sight.opensAt < 0 || during?.opensAt === -1) {
        recoverable = false;
        violation(`P1: none of the ${sight.held.length} credentials in the tenant opens the account`);
      }
      let took = 0;
      while (!atRest(sight) && took < 3) {
        const healing = await laps('process');
        took += 1;
        for (const id of healing.events) if (ofOurs(id)) events.add(id);
        sight = await see();
      }
      if (!atRest(sight)) {
        cycles = undefined;
        violation(`P5: three cycles did not heal it: ${brokenAtRest(sight).join('; ')}`);
        await lane.renew();
        return;
      }
      if (took > 2) violation(`P5: it took ${took} cycles`);
      if (cycles !== undefined) cycles = Math.max(cycles, took);
    },
    row: ({ what, how, person }) => ({
      part: 5,
      what,
      how,
      events: [...events].sort((a, b) => a - b),
      exits: [...exits],
      recoverable,
      cycles,
      ...(person === undefined ? {} : { person }),
    }),
  };
}

/** For `judge`: every command gave one of these error codes. */
export function saysOneOf(...codes: readonly string[]) {
  return (told: readonly Told[]): readonly string[] =>
    told
      .filter(({ code }) => code === null || !codes.includes(code))
      .map((each) => `it said ${shownExit(each)} where ${codes.join(' or ')} was due`);
}

/** For `judge`: no crash, no stack trace, no defect: an exit status of the contract and a code of the table. */
export function endsInOrder(told: readonly Told[]): readonly string[] {
  return told
    .filter(
      ({ exit, code }) => exit === null || exit > 3 || (exit > 0 && code === null) || code === 'ERR_LAPS_INTERNAL',
    )
    .map((each) => `it ended out of order: ${shownExit(each)}`);
}

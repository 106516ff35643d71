/**
 * Windows builds: which settings and values a device's own Windows knows (spec 0.4, 2.1).
 *
 * Knows: how a build is written. Promises: a revision that was not told counts as new enough. Must never: guess a
 * build from a product name.
 */

/** One Windows build, `10.0.26100` or `10.0.26100.4202`. */
export interface OsBuild {
  readonly text: string;
  readonly build: number;
  /** Undefined when not told. */
  readonly revision: number | undefined;
}

/** The first Windows that knows every setting: 11 24H2 and Server 2025 (contract 2). */
export const defaultOs: OsBuild = { text: '10.0.26100', build: 26100, revision: undefined };

/** Reads `10.0.26100`, `10.0.26100.4202` or just `26100`; undefined for anything else. */
export function parseOs(text: string): OsBuild | undefined {
  const found = /^(?:10\.0\.)?(\d{4,6})(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (found?.[1] === undefined) return undefined;
  const revision = found[2] === undefined ? undefined : Number(found[2]);
  const tail = revision === undefined ? '' : `.${revision}`;
  return { text: `10.0.${found[1]}${tail}`, build: Number(found[1]), revision };
}

/** The builds of the table, read once: `since` is asked for every setting of every file. */
const read = new Map<string, OsBuild | undefined>();
function parsedSince(since: string): OsBuild | undefined {
  if (!read.has(since)) read.set(since, parseOs(since));
  return read.get(since);
}

interface Arrival {
  /** The first revision of the build that has Windows LAPS. */
  readonly revision: number;
  readonly words: string;
}

/** Where Windows LAPS came by an update (spec 0.4). Later builds have it as they are, as do those that are not told here. */
const arrivals: ReadonlyMap<number, Arrival> = new Map([
  [17763, { revision: 4244, words: 'Windows 10 1809 and Server 2019' }],
  [19041, { revision: 2784, words: 'Windows 10 2004' }],
  [19042, { revision: 2846, words: 'Windows 10 20H2' }],
  [19044, { revision: 2846, words: 'Windows 10 21H2' }],
  [19045, { revision: 2846, words: 'Windows 10 22H2' }],
  [20348, { revision: 1663, words: 'Windows Server 2022' }],
  [22000, { revision: 1817, words: 'Windows 11 21H2' }],
  [22621, { revision: 1555, words: 'Windows 11 22H2' }],
]);
/** Versions between those that no source names among the updated ones: their own updates had ended before (spec 0.4). */
const passedOver: ReadonlyMap<number, string> = new Map([
  [18362, 'Windows 10 1903'],
  [18363, 'Windows 10 1909'],
  [19043, 'Windows 10 21H1'],
]);
const firstBuild = Math.min(...arrivals.keys());

/** Why a Windows has no Windows LAPS at all, as a sentence; undefined when it has. */
export function withoutLaps({ text, build, revision }: OsBuild): string | undefined {
  const never = passedOver.get(build);
  if (never !== undefined) return `Windows ${text} has no Windows LAPS, which never came to ${never}`;
  const arrival = arrivals.get(Math.max(build, firstBuild));
  if (arrival === undefined) return undefined;
  const since = `10.0.${Math.max(build, firstBuild)}.${arrival.revision}`;
  if (build < firstBuild)
    return `Windows ${text} has no Windows LAPS, which came with ${arrival.words}, by the update to ${since}`;
  if (revision === undefined || revision >= arrival.revision) return undefined;
  return `Windows ${text} has no Windows LAPS, which came to ${arrival.words} by the update to ${since}`;
}

/** Whether a Windows of this build knows what came with `since`; an absent or unreadable `since` is always known. */
export function knows(os: OsBuild, since: string | undefined): boolean {
  const needed = since === undefined ? undefined : parsedSince(since);
  if (needed === undefined) return true;
  if (withoutLaps(os) !== undefined) return false;
  if (os.build > needed.build) return true;
  if (os.build < needed.build) return false;
  return needed.revision === undefined || os.revision === undefined || os.revision >= needed.revision;
}

/** `Windows 11 24H2 or Server 2025 (10.0.26100)`: a build for people. */
export function osWords(since: string): string {
  if (since === '10.0.26100') return 'Windows 11 24H2 or Server 2025 (build 26100)';
  if (since === '10.0.17763') return 'Windows 10 1809 or Server 2019 with the April 2023 update (build 17763)';
  return `Windows build ${since}`;
}

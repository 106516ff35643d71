/**
 * What an installation made, so that uninstalling takes back exactly that.
 *
 * Knows: which paths were made and with which content. Promises: whatever was there before, and whatever its owner has
 * changed since, is kept; the plan is written down before the first step, so that an installation that was cut short can
 * be taken back as well. Must never: judge by a file's name alone.
 */
import type { ConfigurationValue } from '../configuration.ts';
import { listOf, Misfit, matching, object, oneOf, type Reader, wholeNumber } from '../strictReader.ts';

export interface Made {
  readonly path: string;
  readonly kind: 'folder' | 'file';
  /** SHA-256 of a file's content, in hex; empty for a folder. */
  readonly digest: string;
}

export interface Manifest {
  readonly version: 1;
  readonly data: string;
  readonly made: readonly Made[];
  /** Members of the configuration that the installation set. */
  readonly configuration: Readonly<Record<string, ConfigurationValue>>;
}

/** What stands at a path now. */
export type Standing =
  | { readonly kind: 'absent' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly digest: string };

/** What an installation does about one path. */
export type Step = 'make' | 'replace' | 'same' | 'keep';

/** `before`: what an earlier installation made there, if one did. */
export function stepFor(standing: Standing, before: Made | undefined, wanted: Made): Step {
  if (standing.kind === 'absent') return 'make';
  if (standing.kind !== wanted.kind) return 'keep';
  if (standing.kind === 'folder' || standing.digest === wanted.digest) return 'same';
  return before?.digest === standing.digest ? 'replace' : 'keep';
}

/** Whether what stands there is what was made there, and may be taken away. */
export function isUntouched(standing: Standing, made: Made): boolean {
  if (standing.kind !== made.kind) return false;
  return standing.kind === 'folder' || (standing.kind === 'file' && standing.digest === made.digest);
}

/** The record after an installation: what this one makes or made before, never what it kept. */
export function recordOf(
  before: Manifest | undefined,
  /** `isOurs`: what stands there can be of nobody else's making, record or not. */
  planned: ReadonlyArray<{ readonly wanted: Made; readonly step: Step; readonly isOurs?: boolean }>,
): readonly Made[] {
  const mine = (path: string): Made | undefined => before?.made.find((each) => each.path === path);
  const now = planned.flatMap(({ wanted, step, isOurs = false }) => {
    if (step === 'make' || step === 'replace' || (step === 'same' && isOurs)) return [wanted];
    const old = mine(wanted.path);
    return old === undefined ? [] : [old];
  });
  const named = new Set(planned.map(({ wanted }) => wanted.path));
  const all = [...(before?.made ?? []).filter((each) => !named.has(each.path)), ...now];
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const path = matching(/^\/.{0,4095}$/su, 'absolute path');
const readMade = object({
  path,
  kind: oneOf(['folder', 'file'] as const),
  digest: matching(/^(|[0-9a-f]{64})$/, 'digest'),
});
const readMembers: Reader<Record<string, ConfigurationValue>> = (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misfit(`${at} is no object`);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean') return [name, each];
      throw new Misfit(`${at} has a member that is no value`);
    }),
  );
};
const readManifest = object({
  version: wholeNumber(1, 1),
  data: path,
  made: listOf(readMade, 100),
  configuration: readMembers,
});

/** A record as it was written; undefined when it is none of ours. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    return { ...readManifest(JSON.parse(text), 'manifest'), version: 1 };
  } catch (error) {
    if (error instanceof Misfit || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The baselines that come with the program, by name: those whose source can be cited.
 *
 * Promises: a shipped baseline is held to the same schema as anybody's. Must never: be loaded without `--baseline`.
 */
import cis from '../../../../policies/baselines/cis.json' with { type: 'json' };
import { baselineOf } from './baseline.ts';
import type { Baseline } from './form.ts';

const shipped: Readonly<Record<string, unknown>> = { cis };

/** The names that `--baseline` takes, apart from files. */
export const baselineNames: readonly string[] = Object.keys(shipped);

/** A shipped baseline by its name, in any case; undefined when there is none. */
export function namedBaseline(name: string): Baseline | undefined {
  const found = Object.entries(shipped).find(([each]) => each === name.toLowerCase());
  const reading = found === undefined ? undefined : baselineOf(found[1]);
  return reading?.kind === 'baseline' ? reading.baseline : undefined;
}

export { readBaseline } from './baseline.ts';
export { baselineRules } from './requirement.ts';

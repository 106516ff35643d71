/**
 * A million passwords of each complexity against uniform given the class rule: too long for the suite.
 *
 * Promises: the same statistics as the suite, on more draws and at the length the default policy asks for.
 */
import { performance } from 'node:perf_hooks';
import { drawCharacters } from '../../agent/edge/generator.ts';
import { type Measured, measure } from '../support/passwordStatistics.ts';

export interface PasswordBench extends Measured {
  readonly complexity: number;
  readonly count: number;
  readonly durationMs: number;
}

/** Draws `count` passwords of `length` characters per complexity; `chance` below 1e-9 would mean a broken generator. */
export function benchPasswords(count = 1_000_000, length = 14): PasswordBench[] {
  return ([1, 2, 3, 4, 5] as const).map((complexity) => {
    const from = performance.now();
    const draw = (): string => drawCharacters({ kind: 'password', complexity, length });
    const measured = measure({ complexity, length, count, draw });
    return { complexity, count, durationMs: performance.now() - from, ...measured };
  });
}

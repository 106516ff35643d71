/**
 * One look at one thing, as `laps doctor` tells it.
 *
 * Promises: a check that could not be made says so and is never told as well.
 */
import type { Trouble } from './facts.ts';

/** In the order in which they are looked at. */
export const checkNames = [
  'data',
  'configuration',
  'daemon',
  'identity',
  'policy',
  'account',
  'signIns',
  'rotation',
  'proxy',
  'name',
  'connection',
  'certificate',
  'discovery',
  'clock',
  'token',
  'switch',
  'backup',
  'schedule',
] as const;
export type CheckName = (typeof checkNames)[number];

export interface Check {
  readonly name: CheckName;
  readonly result: 'ok' | 'trouble' | 'notReached';
  /** What was seen, in words. */
  readonly text: string;
  /** For trouble. */
  readonly trouble: Trouble | undefined;
}

/** Where an earlier trouble is reason enough. */
export const notReachedWords = 'an earlier trouble stands before it';

export function ok(name: CheckName, text: string): Check {
  return { name, result: 'ok', text, trouble: undefined };
}

export function notReached(name: CheckName, text: string): Check {
  return { name, result: 'notReached', text, trouble: undefined };
}

export function trouble(name: CheckName, found: Trouble): Check {
  return { name, result: 'trouble', text: found.message, trouble: found };
}

/**
 * What every error of the command must be like (contract 2): one clear sentence, what to do next, the documented status.
 */
import assert from 'node:assert/strict';
import { errorTable, type LapsErrorCode } from '../../agent/core/errors.ts';

/** A finished command, however it was run. */
export interface Ended {
  readonly words: readonly string[];
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Exactly one error and one hint on stderr, of this code, with its status; nothing looks like a stack trace. */
export function expectError(end: Ended, code: LapsErrorCode, says?: RegExp): void {
  const told = `laps ${end.words.join(' ')} -> ${end.status}\n${end.stdout}${end.stderr}`;
  const lines = /^laps: error: (.+) \[(ERR_LAPS_[A-Z_]+)(?:, event \d{5}, 0x[0-9a-f]{8})?\]\nlaps: hint: (.+)\n$/.exec(
    end.stderr,
  );
  assert.ok(lines !== null, `not one error and one hint:\n${told}`);
  assert.equal(lines[2], code, told);
  assert.equal(end.status, errorTable[code].exit, told);
  if (says !== undefined) assert.match(lines[1] ?? '', says);
  assert.doesNotMatch(end.stderr, /^\s+at |node:|undefined|\[object/m, told);
  // A sentence for a person: no full stop before the bracket, and not shouted.
  assert.doesNotMatch(lines[1] ?? '', /\.$|!$/, told);
}

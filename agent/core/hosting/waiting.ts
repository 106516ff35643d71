/**
 * What a daemon that waits at its start says of it, as it is written down for whoever asks (`laps status`, `laps doctor`).
 *
 * Promises: a note always fits the room that is kept for it. Must never: believe a note that is not whole.
 */
import { errorTable, type LapsErrorCode } from '../errors.ts';

export interface Waiting {
  /** Epoch ms. */
  readonly sinceAt: number;
  /** When it tries again, epoch ms. */
  readonly nextTryAt: number;
  readonly code: LapsErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** A waiting daemon of which no more is known: there was no room for the note, or it is being written. */
export type WaitingWord = Waiting | 'unexplained';
export const unexplainedWords = 'it could not write down for what it waits; journalctl -u laps-agent -n 20 shows it';

/** One block of a disk, and more than the longest note has. */
export const noteBytes = 4_096;
/** UTF-16 units of a text; in the note each takes six bytes at the most. */
const longestText = 300;

/** The note; a text that does not fit is cut. */
export function waitingNote({ message, hint, ...rest }: Waiting): string {
  return JSON.stringify({
    ...rest,
    message: message.slice(0, longestText),
    hint: hint === null ? null : hint.slice(0, longestText),
  });
}

const isCode = (value: unknown): value is LapsErrorCode =>
  typeof value === 'string' && Object.hasOwn(errorTable, value);

/** What a note says. */
export function parseWaiting(text: string): WaitingWord {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return 'unexplained';
    const { sinceAt, nextTryAt, code, message, hint } = value as Readonly<Record<string, unknown>>;
    if (!Number.isSafeInteger(sinceAt) || !Number.isSafeInteger(nextTryAt)) return 'unexplained';
    if (!isCode(code) || typeof message !== 'string') return 'unexplained';
    return {
      sinceAt: Number(sinceAt),
      nextTryAt: Number(nextTryAt),
      code,
      message,
      hint: typeof hint === 'string' ? hint : null,
    };
  } catch {
    // Half a note, or none: whoever holds it waits all the same.
    return 'unexplained';
  }
}

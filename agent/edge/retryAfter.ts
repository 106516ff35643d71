/**
 * Reads Retry-After (RFC 9110 10.2.3), for the tenant that asks for patience.
 *
 * Promises: an instant within a day from now, or nothing. Must never: believe a server that says ten years, or take a
 * past date as a reason to hurry.
 */

const capMs = 86_400_000;

/**
 * Epoch milliseconds before which the server asked not to be asked again; undefined for an absent or unreadable value.
 * Seconds and HTTP-dates are read; more than a day is taken as a day (rotation.md 3).
 */
export function retryAtOf(header: string | undefined, now: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return now + Math.min(Number(text) * 1000, capMs);
  // Date.parse alone would take "10" or "-5" for a year: an HTTP-date starts with a day's name.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : now + Math.min(Math.max(at - now, 0), capMs);
}

/**
 * Makes text from the network fit for events and messages.
 *
 * Promises: one line of bounded length, control characters and whatever nobody sees as their numbers (a log line or a
 * terminal escape cannot be forged, and what stood there is told), without tokens, and never with a password in it: a server that repeats the request body, whole or cut short, plain or
 * encoded, has its text withheld altogether. Must never: hand foreign text on unchecked.
 */
import { numbered } from '../core/numbered.ts';
import type { Secret } from '../core/secret.ts';

const capLength = 300;
/** A text that shares this many characters in a row with the password is taken to repeat it. */
const telltale = 8;

/** What stands in for a text that repeats what was sent. */
export const withheldText = '[text withheld: it repeats the request]';

/** A decoder that cannot decode something answers with what it was given. */
function attempt(text: string, decode: (text: string) => string): string {
  try {
    return decode(text);
  } catch {
    return text;
  }
}

const percentRun = /(?:%[0-9a-fA-F]{2})+/g;
const jsonEscape = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs;
const plainEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const entity = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g;
const entityNames: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function codePoint(digits: string, radix: number): string {
  const value = Number.parseInt(digits, radix);
  return value <= 0x10ffff ? String.fromCodePoint(value) : '';
}

/** Each way a text may carry another one inside. */
const decoders: ReadonlyArray<(text: string) => string> = [
  (text) =>
    text.replace(jsonEscape, (_, unicode?: string, hex?: string, other?: string) =>
      other === undefined ? codePoint(unicode ?? hex ?? '', 16) : (plainEscapes[other] ?? other),
    ),
  (text) => text.replace(percentRun, (run) => attempt(run, decodeURIComponent)),
  (text) => text.replaceAll('+', ' ').replace(percentRun, (run) => attempt(run, decodeURIComponent)),
  (text) =>
    text.replace(entity, (_, hex?: string, decimal?: string, name?: string) =>
      hex !== undefined
        ? codePoint(hex, 16)
        : decimal !== undefined
          ? codePoint(decimal, 10)
          : (entityNames[name ?? ''] ?? ''),
    ),
  (text) => text.replace(/[A-Za-z0-9+/_-]{8,}/g, (run) => Buffer.from(run, 'base64').toString('utf8')),
  // Base64 that does not begin where the run begins: the three other alignments.
  ...[1, 2, 3].map(
    (skip) => (text: string) =>
      text.replace(/[A-Za-z0-9+/_-]{12,}/g, (run) => Buffer.from(run.slice(skip), 'base64').toString('utf8')),
  ),
  (text) => text.replace(/(?:[0-9a-fA-F]{2}){4,}/g, (run) => Buffer.from(run, 'hex').toString('utf8')),
  // UTF-16 read as single bytes.
  (text) => text.replaceAll('\0', ''),
];

/** Every reading of the text up to two layers deep (base64 of JSON, an entity in a percent escape, …). */
function readings(text: string): Set<string> {
  const found = new Set([text]);
  for (let layer = 0; layer < 2; layer += 1)
    for (const reading of [...found]) for (const decode of decoders) found.add(decode(reading));
  return found;
}

/** Whether the text repeats the secret, or a telling part of it, in any of the forms it could have been sent or quoted in. */
export function repeatsSecret(text: string, secret: Secret): boolean {
  const value = secret.reveal().toLowerCase();
  if (value === '') return false;
  const size = Math.min(telltale, value.length);
  const parts = Array.from({ length: value.length - size + 1 }, (_, start) => value.slice(start, start + size));
  for (const reading of readings(text)) {
    const lower = reading.toLowerCase();
    // The member's own name is enough: whatever follows it is the password, however short it was cut.
    if (lower.includes('newpassword') || parts.some((part) => lower.includes(part))) return true;
  }
  return false;
}

/** C0, DEL, C1, and what nobody sees: no width, marks that turn the direction of writing, tags, halves of a character. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}]/gu;
/** White space and line ends of any kind, which are shown as one space: but a mark of byte order, which is none. */
const spaces = /(?:(?!\ufeff)\s|\u0085)+/gu;
const tokenLike = /\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g;

/**
 * One line, at most 300 characters, fit for an event. With `secret`, a text that repeats it is withheld.
 */
export function cleanText(text: string, secret?: Secret): string {
  // Long enough for any honest reply; what lies beyond the cap is never shown, so it need not be searched either.
  const head = text.slice(0, 16_384);
  if (secret !== undefined && repeatsSecret(head, secret)) return withheldText;
  const line = head.replace(tokenLike, '[token]').replace(spaces, ' ').trim().replace(unprintable, numbered);
  const points = [...line];
  return points.length <= capLength ? line : `${points.slice(0, capLength - 1).join('')}…`;
}

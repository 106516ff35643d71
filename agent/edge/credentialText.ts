/**
 * A stored credential's two texts: its time, to the tick, and its password's encoding (spec 9.3 steps 5 and 6, wire 4.3).
 *
 * Knows: that dates tell the order only as long as the tenant's clock was not moved, and that the tenant names the date of
 * its newest (wire 3.2). Promises: that one comes first, whatever dates the others have.
 */
import { Secret } from '../core/secret.ts';
import { type JsonObject, textIn } from './wireJson.ts';

/** Sorts so that plain comparison is comparison in time: seven fractional digits, which a Date would round. */
function sortKeyOf(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)$/i.exec(text);
  const at = Date.parse(parts === null ? text : `${parts[1]}${parts[3]}`);
  if (parts === null || Number.isNaN(at)) return '';
  return `${String(at).padStart(16, '0')}${(parts[2] ?? '').padEnd(7, '0')}`;
}

/**
 * Newest backupDateTime first; those without a readable time last, otherwise in the order given. Where the newest by date is
 * not the one that the tenant says it received last (`lastBackup`), dates tell nothing: that one, then the order given.
 */
export function newestFirst(credentials: readonly JsonObject[], lastBackup: string): JsonObject[] {
  const keyed = credentials.map((credential) => ({
    credential,
    key: sortKeyOf(textIn(credential, 'backupDateTime') ?? ''),
  }));
  const sorted = keyed.toSorted((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0));
  const last = keyed.find(({ key }) => key !== '' && key === sortKeyOf(lastBackup));
  const ordered =
    last === undefined || last.key === sorted[0]?.key ? sorted : [last, ...keyed.filter((each) => each !== last)];
  return ordered.map(({ credential }) => credential);
}

/** Every second byte zero and no other: UTF-16LE of plain letters, as a documentation sample has it. */
function looksUtf16(bytes: Uint8Array): boolean {
  return (
    bytes.length > 0 && bytes.length % 2 === 0 && bytes.every((byte, at) => (at % 2 === 1 ? byte === 0 : byte !== 0))
  );
}

/** Base64 of UTF-8, or tolerantly of UTF-16LE; undefined when it is neither. */
export function decodePassword(base64: string): Secret | undefined {
  if (base64 === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  try {
    if (looksUtf16(bytes)) return new Secret(new TextDecoder('utf-16le', { fatal: true }).decode(bytes));
    // ignoreBOM keeps a leading U+FEFF: every character belongs to the password.
    return new Secret(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  } finally {
    bytes.fill(0);
  }
}

/**
 * Reading what others wrote: JSON of unknown shape, rows, identifiers, text for a log line.
 *
 * Knows: nothing of the tenant. Promises: unknown stays unknown until it was looked at. Must never: throw on any input
 * but through JSON.parse, whose error text (it can quote the input) is never passed on.
 */

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses UTF-8 JSON strictly; undefined for anything else. */
export function parseJson(bytes: Buffer | string): unknown {
  try {
    const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The member, whatever it is; what every object inherits is no member. */
export function member(value: Json, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The member if it is a string. */
export function textMember(value: Json, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return guid.test(text);
}

/** Text from the network as a log may hold it: no control or direction characters, cut at 200. */
export function cleanText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 200);
}

/** GUID text to the sixteen bytes .NET writes: the first three fields little-endian (wire 1.4). */
export function guidBytes(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** The SID of a directory object: `S-1-12-1-` and the four little-endian words of its GUID (wire 1.3). */
export function sidOfObject(objectId: string): string {
  const bytes = guidBytes(objectId);
  return `S-1-12-1-${[0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)).join('-')}`;
}

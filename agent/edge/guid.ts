/** GUIDs between their text and the byte order .NET writes them in (wire 1.4: first three fields little-endian). */

const guid = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;
/** Position in the text's bytes of each byte on the wire. */
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** Whether a text is a GUID in the usual form, without braces. */
export function isGuid(text: string): boolean {
  return guid.test(text);
}

/** Sixteen bytes, or undefined when the text is no GUID. */
export function bytesOfGuid(text: string): Uint8Array | undefined {
  if (!isGuid(text)) return undefined;
  const plain = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Uint8Array.from(order, (at) => plain[at] ?? 0);
}

/** Lower-case text, or undefined when there are not sixteen bytes. */
export function guidOfBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 16) return undefined;
  const hex = Buffer.from(Uint8Array.from(order, (at) => bytes[at] ?? 0)).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

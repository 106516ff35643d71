/**
 * A zip archive read back with nothing but zlib, apart from the library that writes it.
 *
 * Promises: follows the archive's own directory as every unpacker does, and checks each sum. Must never: know who wrote it.
 */
import assert from 'node:assert/strict';
import { crc32, inflateRawSync } from 'node:zlib';

export interface ZippedFile {
  readonly name: string;
  readonly bytes: Buffer;
  /** As unix writes it, type included. */
  readonly mode: number;
}

/** Every file of the archive, in its order. Fails where anything in it is not as the format wants it. */
export function readZip(zip: Uint8Array): readonly ZippedFile[] {
  const all = Buffer.from(zip);
  const end = all.length - 22;
  assert.equal(all.readUInt32LE(end), 0x06054b50, 'the end of the directory stands at the end');
  const count = all.readUInt16LE(end + 10);
  let at = all.readUInt32LE(end + 16);
  const files: ZippedFile[] = [];
  for (let index = 0; index < count; index += 1) {
    assert.equal(all.readUInt32LE(at), 0x02014b50);
    const [nameLength, extraLength, noteLength] = [28, 30, 32].map((offset) => all.readUInt16LE(at + offset));
    const local = all.readUInt32LE(at + 42);
    assert.equal(all.readUInt32LE(local), 0x04034b50);
    const start = local + 30 + all.readUInt16LE(local + 26) + all.readUInt16LE(local + 28);
    const packed = all.subarray(start, start + all.readUInt32LE(at + 20));
    const method = all.readUInt16LE(at + 10);
    assert.ok(method === 0 || method === 8, `method ${method}`);
    const bytes = method === 0 ? packed : inflateRawSync(packed);
    assert.equal(bytes.length, all.readUInt32LE(at + 24));
    assert.equal(crc32(bytes), all.readUInt32LE(at + 16));
    const name = all.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    files.push({ name, bytes, mode: all.readUInt32LE(at + 38) >>> 16 });
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (noteLength ?? 0);
  }
  assert.equal(at, end);
  return files;
}

/** The same by name, as `findSecrets` takes it. */
export function zippedTexts(zip: Uint8Array): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(readZip(zip).map(({ name, bytes }) => [name, bytes]));
}

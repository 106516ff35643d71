/** The archive, read back by something else than what wrote it. */
import assert from 'node:assert/strict';
import { zipOf } from '../../agent/edge/zipArchive.ts';
import { readZip } from '../support/readZip.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const at = Date.UTC(2026, 10, 27, 11, 33, 45);

describe('an archive', () => {
  const files = [
    { name: 'one.json', bytes: bytesOf('{}\n') },
    { name: 'nothing', bytes: new Uint8Array() },
    { name: 'long.jsonl', bytes: bytesOf('the same again and again\n'.repeat(50_000)) },
  ];

  it('holds every file whole, in the order given, for its owner alone', () => {
    const read = readZip(zipOf(files, at));
    assert.deepEqual(
      read.map(({ name, mode }) => [name, mode.toString(8)]),
      files.map(({ name }) => [name, '100600']),
    );
    for (const [index, { bytes }] of files.entries()) assert.ok(read[index]?.bytes.equals(bytes));
  });

  it('is the same bytes for the same files and instant, and smaller than they are', () => {
    const zip = zipOf(files, at);
    assert.deepEqual(zipOf(files, at), zip);
    assert.ok(zip.length < 20_000);
    assert.notDeepEqual(zipOf(files, at + 60_000), zip);
  });

  it('is made whatever the clock says: before 1980, after 2099, and beyond', () => {
    for (const odd of [0, -1, Date.UTC(1901, 0, 1), Date.UTC(2150, 0, 1), 8.64e15])
      assert.equal(readZip(zipOf(files, odd)).length, files.length, String(odd));
  });
});

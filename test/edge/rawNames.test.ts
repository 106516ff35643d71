/** Names that are no UTF-8: carried about as texts, and found again on the disk. */
import assert from 'node:assert/strict';
import { nameOfBytes, pathOnDisk } from '../../agent/edge/rawNames.ts';

describe('a name on the disk', () => {
  it('is its text where it is UTF-8, whatever stands in it', () => {
    for (const name of ['csp.json', 'größe.json', '😀.json', '\ufeffx.json', 'a\nb.json']) {
      assert.equal(nameOfBytes(Buffer.from(name)), name);
      assert.equal(pathOnDisk(name), name);
    }
  });

  it('keeps each byte that is no UTF-8, and gives back the same bytes', () => {
    const names: ReadonlyArray<readonly number[]> = [
      [0xff, 0x2e],
      [0x61, 0xe4, 0x62],
      [0xc3, 0xa4, 0xc3],
      [0xed, 0xb3, 0xbf],
      [0xf0, 0x9f, 0x98, 0x80, 0x80],
      [0xf0, 0x9f, 0x98],
    ];
    for (const bytes of names) {
      const path = pathOnDisk(nameOfBytes(Uint8Array.from(bytes)));
      assert.deepEqual(typeof path === 'string' ? path : [...path], bytes);
    }
    assert.equal(nameOfBytes(Uint8Array.of(0x61, 0xe4, 0x62)), 'a\udce4b');
  });
});

import assert from 'node:assert/strict';
import { fullDisk, leastFreeBytes, leastFreeInodes } from '../../agent/core/diskRoom.ts';

describe('a disk', () => {
  it('is full while there is less room than the next durable writes may need', () => {
    assert.equal(fullDisk('/d', { freeBytes: undefined, freeInodes: undefined }), undefined);
    assert.equal(fullDisk('/d', { freeBytes: leastFreeBytes, freeInodes: leastFreeInodes }), undefined);
    const { message, hint } = fullDisk('/d', { freeBytes: leastFreeBytes - 1, freeInodes: 0 }) ?? {};
    assert.match(message ?? '', /under \/d is full/);
    assert.match(hint ?? '', /free some/);
  });
  it('is short of inodes while it has room, and whoever reads that is not told to make room', () => {
    const short = fullDisk('/d', { freeBytes: 1e9, freeInodes: leastFreeInodes - 1 });
    assert.match(short?.message ?? '', /under \/d has room, but hardly an inode left/);
    assert.match(short?.hint ?? '', /remove files.+df -i/);
    assert.equal(fullDisk('/d', { freeBytes: 1e9, freeInodes: undefined }), undefined, 'a disk that counts none');
  });
});

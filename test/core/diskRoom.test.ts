import assert from 'node:assert/strict';
import { fullDisk, leastFreeBytes } from '../../agent/core/diskRoom.ts';

describe('a disk', () => {
  it('is full while there is less room than the next durable writes may need', () => {
    assert.equal(fullDisk('/d', undefined), undefined);
    assert.equal(fullDisk('/d', leastFreeBytes), undefined);
    const { message, hint } = fullDisk('/d', leastFreeBytes - 1) ?? {};
    assert.match(message ?? '', /under \/d is full/);
    assert.match(hint ?? '', /free some/);
  });
});

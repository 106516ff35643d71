/** Whether this process still runs what lies on the disk. */
import assert from 'node:assert/strict';
import { isProgramReplaced } from '../../agent/edge/ownProgram.ts';

describe('isProgramReplaced', () => {
  it('is so as soon as there is no file of that name, and not before', () => {
    assert.equal(isProgramReplaced(), false);
    assert.equal(isProgramReplaced('/nowhere/dist/run-OLDBUILD.js'), true);
  });
});

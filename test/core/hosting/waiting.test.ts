import assert from 'node:assert/strict';
import { noteBytes, parseWaiting, type Waiting, waitingNote } from '../../../agent/core/hosting/waiting.ts';

const waiting: Waiting = {
  sinceAt: 1_795_000_000_000,
  nextTryAt: 1_795_000_060_000,
  code: 'ERR_LAPS_DISK',
  message: '/var/lib/laps-agent/logs could not be written: the disk is full',
  hint: null,
};

describe('the note of a daemon that waits', () => {
  it('says what was written', () => {
    assert.deepEqual(parseWaiting(waitingNote(waiting)), waiting);
    assert.deepEqual(parseWaiting(`${waitingNote({ ...waiting, hint: 'free some' })}   `), {
      ...waiting,
      hint: 'free some',
    });
  });

  it('fits its room whatever it says', () => {
    for (const text of ['\u0001'.repeat(10_000), '𝄞'.repeat(10_000), '"'.repeat(10_000)])
      assert.ok(Buffer.byteLength(waitingNote({ ...waiting, message: text, hint: text })) <= noteBytes);
  });

  it('that is none, half one or of somebody else’s making explains nothing', () => {
    const note = waitingNote(waiting);
    for (const text of [
      '',
      '4711\n',
      'null',
      '[]',
      note.slice(0, -1),
      note.replace('ERR_LAPS_DISK', 'toString'),
      note.replace('1795000000000', '"soon"'),
    ])
      assert.equal(parseWaiting(text), 'unexplained', text);
  });
});

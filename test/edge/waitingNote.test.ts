import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWaitingNote, readWaitingNote } from '../../agent/edge/waitingNote.ts';

const waiting = { sinceAt: 1, nextTryAt: 2, code: 'ERR_LAPS_DISK', message: 'full', hint: null } as const;

describe('the note of a daemon that waits, on disk', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-waiting-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is read while it is held, in its newest form, closed to others, and gone afterwards', async () => {
    const note = createWaitingNote(folder);
    assert.equal(await readWaitingNote(folder), undefined);
    await note.tell({ ...waiting, message: 'a longer text than the next' });
    await note.tell(waiting);
    assert.deepEqual(await readWaitingNote(folder), waiting);
    assert.equal(statSync(join(folder, 'waiting')).mode & 0o777, 0o600);
    note.end();
    note.end();
    assert.equal(await readWaitingNote(folder), undefined);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('that nobody holds says nothing', async () => {
    writeFileSync(join(folder, 'waiting'), JSON.stringify(waiting));
    assert.equal(await readWaitingNote(folder), undefined);
  });

  it('that could not be written still tells that somebody waits', async () => {
    const note = createWaitingNote(folder);
    await note.tell(waiting);
    truncateSync(join(folder, 'waiting'));
    assert.equal(await readWaitingNote(folder), 'unexplained');
    note.end();
  });

  it('of the daemon that waits first stands; another one waits without', async () => {
    const [first, second] = [createWaitingNote(folder), createWaitingNote(folder)];
    await first.tell(waiting);
    await second.tell({ ...waiting, message: 'another' });
    second.end();
    assert.deepEqual(await readWaitingNote(folder), waiting);
    first.end();
  });

  it('keeps nobody from waiting where it cannot be made, and follows no link', async () => {
    await createWaitingNote(join(folder, 'nowhere')).tell(waiting);
    const aim = join(folder, 'aim');
    writeFileSync(aim, 'kept');
    symlinkSync(aim, join(folder, 'waiting'));
    const note = createWaitingNote(folder);
    await note.tell(waiting);
    note.end();
    assert.equal(statSync(aim).size, 4);
  });
});

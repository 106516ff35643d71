/** Events on their way into systemd's journal. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WrittenEvent, writtenEvent } from '../../agent/edge/eventLog.ts';
import { createSystemJournal, journalEntry, leadsToJournal } from '../../agent/edge/systemJournal.ts';

const event = (text = 'no reason'): WrittenEvent =>
  writtenEvent({ at: 0, id: 50002, fields: { Problem: text }, cycleId: 'c-1', rotationId: 'r-1' });

describe('an entry of the journal', () => {
  it('has the number, name, ids and fields of its event as fields, and a priority by its level', () => {
    assert.deepEqual(journalEntry(event(), 42).split('\n'), [
      'MESSAGE=50002 the device is not managed: no reason',
      'PRIORITY=4',
      'SYSLOG_IDENTIFIER=laps-agent',
      'OBJECT_PID=42',
      'LAPS_EVENT_ID=50002',
      'LAPS_EVENT_NAME=NotManaged',
      'LAPS_CYCLE_ID=c-1',
      'LAPS_ROTATION_ID=r-1',
      'LAPS_PROBLEM=no reason',
      '',
    ]);
  });

  it('cannot be given a field by a text from elsewhere', () => {
    const forged = 'x\nPRIORITY=0\nLAPS_EVENT_ID=10029\r\u2028_UID=0\u001b[2J';
    const written = event();
    for (const each of [
      event(forged),
      // Even if an event should ever come here uncleaned.
      { ...written, message: forged, name: forged, cycleId: forged, fields: { Problem: forged } },
    ]) {
      const lines = journalEntry(each, 42).split('\n');
      assert.equal(lines.length, 10);
      assert.equal(lines.filter((line) => line.startsWith('PRIORITY=')).length, 1);
      assert.equal(lines.filter((line) => line.startsWith('LAPS_EVENT_ID=')).length, 1);
      assert.ok(lines.every((line) => !/[\p{Cc}\u2028]/u.test(line)));
    }
  });
});

describe('the journal', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-systemd-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A logger that keeps what it is given, one entry after the other. */
  function keeper(): { readonly program: string; readonly kept: () => string } {
    const [program, file] = [join(folder, 'logger'), join(folder, 'kept')];
    writeFileSync(program, `#!/bin/sh\n[ "$1" = --journald ] || exit 2\n{ cat; echo; } >>'${file}'\n`);
    chmodSync(program, 0o700);
    return { program, kept: () => readFileSync(file, 'utf8') };
  }

  it('gets every event once, in their order', async () => {
    const { program, kept } = keeper();
    const journal = createSystemJournal({ pid: 42, onLost: assert.fail, program });
    for (const text of ['one', 'two', 'three']) journal.write(event(text));
    await journal.flush();
    assert.deepEqual(
      kept()
        .split('\n')
        .filter((line) => line.startsWith('LAPS_PROBLEM=')),
      ['LAPS_PROBLEM=one', 'LAPS_PROBLEM=two', 'LAPS_PROBLEM=three'],
    );
  });

  it('hands back what did not get through, and what is too much', async () => {
    const lost: WrittenEvent[] = [];
    for (const program of ['/nowhere/logger', '/bin/false'])
      for (const [index, journal] of [
        createSystemJournal({ pid: 42, onLost: (each) => lost.push(each), program }),
      ].entries()) {
        journal.write(event(`${program} ${index}`));
        await journal.flush();
      }
    assert.equal(lost.length, 2);
    const journal = createSystemJournal({ pid: 42, onLost: (each) => lost.push(each), program: '/nowhere/logger' });
    for (let count = 0; count < 201; count += 1) journal.write(event());
    assert.equal(lost.length, 3, 'the one too many at once');
    await journal.flush();
    assert.equal(lost.length, 203);
  });

  it('is found by the device and inode that systemd names', () => {
    const statOf = (fd: number) => ({ dev: 8, ino: fd === 1 ? 100 : 200 });
    assert.equal(leadsToJournal({ JOURNAL_STREAM: '8:100' }, statOf), true);
    assert.equal(leadsToJournal({ JOURNAL_STREAM: '8:200' }, statOf), true);
    assert.equal(leadsToJournal({ JOURNAL_STREAM: '8:300' }, statOf), false, 'inherited, then redirected');
    assert.equal(leadsToJournal({}, statOf), false);
    const closed = (): never => {
      throw Object.assign(new Error('closed'), { code: 'EBADF' });
    };
    assert.equal(leadsToJournal({ JOURNAL_STREAM: '8:100' }, closed), false);
  });
});

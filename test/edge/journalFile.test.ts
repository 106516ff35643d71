import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createJournal, maxJournalFileBytes } from '../../agent/edge/journalFile.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import { cutOutcomes, ModelDisk } from '../support/faultyFs.ts';
import { sampleRecords } from '../support/journalRecords.ts';

const path = '/data/journal/journal';
const keyPath = '/data/keys/journal-mac.key';
const { idle, prepared, escrowed } = sampleRecords;

function modelled() {
  const disk = new ModelDisk(['/data/journal', '/data/keys']);
  const journal = createJournal({ path, keys: createKeyRing({ folder: '/data/keys', fs: disk.fs }), fs: disk.fs });
  return { disk, journal };
}

async function written() {
  const world = modelled();
  await world.journal.write(prepared);
  return { ...world, bytes: Uint8Array.from(world.disk.content(path) ?? []) };
}

/** A file as a program of another version would write it: the seal is good. */
function sealedText(disk: ModelDisk, text: string): Uint8Array {
  const mac = createHmac('sha256', disk.content(keyPath) ?? '')
    .update(`laps-agent journal\n${text}\n`)
    .digest('hex');
  return Buffer.from(`laps-agent journal ${mac}\n${text}\n`);
}

describe('the journal file', () => {
  it('is absent before the first write', async () => {
    assert.deepEqual(await modelled().journal.read(), { kind: 'absent' });
  });

  it('reads back what it wrote, also after the power went', async () => {
    for (const outcome of cutOutcomes) {
      const { disk, journal, bytes } = await written();
      assert.ok(bytes.length <= maxJournalFileBytes);
      disk.cutPower(outcome);
      assert.deepEqual(await journal.read(), { kind: 'record', record: prepared });
    }
  });

  it('cut at every byte is damaged, put aside, and then absent', async () => {
    const { disk, journal, bytes } = await written();
    for (let length = 0; length < bytes.length; length += 1) {
      disk.place(path, bytes.slice(0, length));
      const reading = await journal.read();
      assert.ok(reading.kind === 'damaged', `cut at ${length}`);
      assert.equal(reading.quarantine, `journal.damaged-${length + 1}`);
      assert.deepEqual(await journal.read(), { kind: 'absent' });
    }
  });

  it('with any one bit or byte changed is damaged', async () => {
    const { disk, journal, bytes } = await written();
    for (let index = 0; index < bytes.length; index += 1) {
      for (const mask of [1, 0x80, 0xff]) {
        const flipped = Uint8Array.from(bytes);
        flipped[index] = (flipped[index] ?? 0) ^ mask;
        const { kind } = await onFreshDisk(disk, flipped).read();
        assert.equal(kind, 'damaged', `byte ${index} with ${mask}`);
      }
    }
    assert.deepEqual(await journal.read(), { kind: 'record', record: prepared });
  });

  it('with a byte more at either end is damaged', async () => {
    const { disk, bytes } = await written();
    for (const more of [
      [...bytes, 10],
      [0xef, 0xbb, 0xbf, ...bytes],
    ]) {
      assert.equal((await onFreshDisk(disk, Uint8Array.from(more)).read()).kind, 'damaged');
    }
  });

  it('without its key, or with another or a cut one, is damaged and heals with the next write', async () => {
    for (const key of [undefined, new Uint8Array(32), new Uint8Array(31), new Uint8Array(0)]) {
      const { bytes } = await written();
      const { disk, journal } = modelled();
      disk.place(path, bytes);
      if (key !== undefined) disk.place(keyPath, key);
      assert.equal((await journal.read()).kind, 'damaged');
      await journal.write(idle);
      assert.deepEqual(await journal.read(), { kind: 'record', record: idle });
    }
  });

  it('larger than it can be is damaged, unread', async () => {
    const { disk, journal } = await written();
    disk.place(path, new Uint8Array(maxJournalFileBytes + 1));
    assert.equal((await journal.read()).kind, 'damaged');
  });

  it('of a newer version behind a good seal is refused and stays where it is', async () => {
    const { disk, journal } = await written();
    disk.place(path, sealedText(disk, '{"version":2}'));
    await assert.rejects(journal.read(), { code: 'ERR_LAPS_DATA_NEWER' });
    assert.ok(disk.paths().includes(path));
  });

  it('of an older or no version behind a good seal is damaged', async () => {
    for (const text of ['{"version":0}', '{}', '', 'null']) {
      const { disk, journal } = await written();
      disk.place(path, sealedText(disk, text));
      assert.equal((await journal.read()).kind, 'damaged');
    }
  });

  it('that cannot be read just now is a disk error, not damage', async () => {
    const { disk, journal, bytes } = await written();
    disk.arm({ step: 2, when: 'before', code: 'EIO' });
    await assert.rejects(journal.read(), { code: 'ERR_LAPS_DISK' });
    assert.deepEqual(disk.content(path), bytes);
  });

  it('keeps the old record or the new one through a failure at any call and a power cut after it', async () => {
    const { disk: counted, journal: counting } = await written();
    counted.arm(undefined);
    await counting.write(escrowed);
    const steps = counted.calls.length;
    for (const when of ['before', 'after'] as const) {
      for (let step = 1; step <= steps; step += 1) {
        for (const outcome of cutOutcomes) {
          const { disk, journal } = await written();
          disk.arm({ step, when, code: 'DIE' });
          await assert.rejects(journal.write(escrowed), { code: 'ERR_LAPS_DISK' });
          disk.cutPower(outcome);
          await journal.sweep();
          const reading = await journal.read();
          assert.ok(reading.kind === 'record', `${when} ${disk.calls[step - 1]}`);
          assert.ok(['prepared', 'escrowed'].includes(reading.record.state));
        }
      }
    }
  });

  it('that a killed writer left visible only is durable once it was read', async () => {
    const { disk, journal } = await written();
    disk.arm(undefined);
    await journal.write(escrowed);
    const folderSync = disk.calls.indexOf('syncFolder') + 1;
    for (const outcome of cutOutcomes) {
      const { disk: mortal, journal: writer } = await written();
      mortal.arm({ step: folderSync, when: 'before', code: 'DIE' });
      await assert.rejects(writer.write(escrowed));
      mortal.revive();
      const next = createJournal({ path, keys: createKeyRing({ folder: '/data/keys', fs: mortal.fs }), fs: mortal.fs });
      assert.deepEqual(await next.read(), { kind: 'record', record: escrowed });
      mortal.cutPower(outcome);
      assert.deepEqual(await next.read(), { kind: 'record', record: escrowed });
    }
  });

  it('is refused behind a symbolic link', async () => {
    const { disk, journal, bytes } = await written();
    disk.place(path, bytes, true);
    await assert.rejects(journal.read(), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await assert.rejects(journal.write(idle), { code: 'ERR_LAPS_DATA_UNSAFE' });
  });
});

/** The same key, another journal: thousands of quarantined files on one disk would make the next name dear to find. */
function onFreshDisk(from: ModelDisk, bytes: Uint8Array) {
  const { disk, journal } = modelled();
  disk.place(keyPath, from.content(keyPath) ?? new Uint8Array(0));
  disk.place(path, bytes);
  return journal;
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultPoint, faultPointNames } from '../../agent/edge/faultPoint.ts';
import { createJournal } from '../../agent/edge/journalFile.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import { createSeal } from '../../agent/edge/seal.ts';
import { createStateStore } from '../../agent/edge/stateStore.ts';
import { childProgram } from '../support/childProgram.ts';
import { samplePending } from '../support/journalRecords.ts';

const { tenantId, deviceId } = samplePending.identity;
const context = { tenantId, deviceId, sid: samplePending.account.sid, rotationId: samplePending.rotationId };

/** Every point one rotation's writes pass; the accounts' and the version's are other tests'. */
const points = faultPointNames('simulated').filter((name) => /^(journal|key|seal|state)\./.test(name));

describe('a process killed at a fault point', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-kill-'));
    for (const folder of ['journal', 'keys', 'state']) await mkdir(join(root, folder));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function killAt(point: string): Promise<unknown[]> {
    const child = spawn(process.execPath, [await childProgram('killedWriter.ts'), 'journal', root], {
      env: { ...process.env, LAPS_FAULT_POINT: point },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return once(child, 'exit');
  }

  /** What the next start finds must hang together, whatever was being written. */
  async function check(point: string): Promise<void> {
    const keys = createKeyRing({ folder: join(root, 'keys') });
    const journal = createJournal({ path: join(root, 'journal', 'journal'), keys });
    const seal = createSeal({ keys });
    const reading = await journal.read();
    assert.notEqual(reading.kind, 'damaged', point);
    assert.notEqual((await createStateStore({ folder: join(root, 'state') }).read()).kind, 'damaged', point);
    const { pending } = reading.kind === 'record' ? reading.record : { pending: null };
    const erased = point.startsWith('seal.') || point === 'journal.write.before#2';
    if (pending !== null && !erased && !/#2$/.test(point)) {
      // The journal is written after its key and outlives it: a record without its key is only ever one already saved.
      assert.equal((await seal.open(pending.sealed, context))?.reveal(), 'Never-Arrives-1', point);
    }
    await journal.sweep();
    await seal.keepOnly(null);
    const left = [...(await readdir(join(root, 'journal'))), ...(await readdir(join(root, 'keys')))];
    assert.deepEqual(
      left.filter((name) => name.endsWith('.tmp') || name.startsWith('rotation-')),
      [],
      point,
    );
  }

  for (const point of [...points, 'journal.write.renamed#2', 'journal.write.synced#2', 'key.write.renamed#2']) {
    it(`${point} is found whole by the next start`, async () => {
      assert.deepEqual(await killAt(point), [null, 'SIGKILL']);
      await check(point);
    });
  }

  it('that is never reached is not killed', async () => {
    assert.deepEqual(await killAt('journal.write.before#99'), [0, null]);
  });

  it('exists in no build but the test build', () => {
    const name = 'LAPS_FAULT_POINT';
    process.env[name] = 'journal.write.before';
    try {
      faultPoint('journal.write.before');
    } finally {
      delete process.env[name];
    }
  });
});

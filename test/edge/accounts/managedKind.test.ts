import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFollowedFile } from '../../../agent/edge/accounts/followed.ts';
import { createManagedKind } from '../../../agent/edge/accounts/managedKind.ts';

describe('the kind of accounts that a data folder manages, as a fact', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-kind-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const managed = { uid: 1001, name: 'lapsadmin', asked: 'lapsadmin', mark: 'a'.repeat(64) };

  it('is none at first, and then what was written last', async () => {
    const file = createManagedKind({ folder });
    assert.equal(await file.read(), undefined);
    for (const kind of ['linux', 'linux', 'simulated'] as const) {
      await file.write(kind);
      assert.equal(await createManagedKind({ folder }).read(), kind);
    }
    assert.deepEqual(readdirSync(folder), ['kind']);
  });
  it('is made up for by the note of the real account where it is lost or cannot be read, and not touched by a look', async () => {
    await createFollowedFile({ folder }).write(managed);
    assert.equal(await createManagedKind({ folder }).read(), 'linux');
    writeFileSync(join(folder, 'kind'), 'linu');
    assert.equal(await createManagedKind({ folder }).read(), 'linux');
    await createFollowedFile({ folder }).write(null);
    assert.equal(await createManagedKind({ folder }).read(), undefined);
    assert.deepEqual(readdirSync(folder).sort(), ['kind', 'linux.json']);
  });
  it('outlives the account that was let go', async () => {
    await createManagedKind({ folder }).write('linux');
    await createFollowedFile({ folder }).write(null);
    assert.equal(await createManagedKind({ folder }).read(), 'linux');
  });
});

/** Whether another data folder still manages an account: told from what it keeps, and nothing there is changed. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idleRecord } from '../../../agent/core/rotation/journal.ts';
import { createFollowedFile } from '../../../agent/edge/accounts/followed.ts';
import { managesAccount } from '../../../agent/edge/accounts/otherFolder.ts';
import { createJournal } from '../../../agent/edge/journalFile.ts';
import { createKeyRing } from '../../../agent/edge/keyRing.ts';
import { samplePending, sampleRecords } from '../../support/journalRecords.ts';
import { filesBelow } from '../../support/processWorld.ts';

describe('another data folder', () => {
  let root = '';
  const uid = 1001;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-other-'));
    for (const each of ['identity', 'accounts', 'keys', 'journal'])
      await mkdir(join(root, each), { mode: 0o700, recursive: true });
    await writeFile(join(root, 'identity', 'identity.json'), '{}');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const { sid } = samplePending.account;
  const record = sampleRecords.prepared;
  const manages = async (): Promise<boolean | 'gone'> => {
    const before = filesBelow(root);
    const answer = await managesAccount(root, uid, sid);
    assert.deepEqual(filesBelow(root), before, 'it was only looked at');
    return answer;
  };
  const follow = (each: number | null): Promise<void> =>
    createFollowedFile({ folder: join(root, 'accounts') }).write(
      each === null ? null : { uid: each, name: 'a', asked: 'a', mark: '0'.repeat(64) },
    );
  const journal = () =>
    createJournal({ path: join(root, 'journal', 'journal'), keys: createKeyRing({ folder: join(root, 'keys') }) });

  it('that is not there, or is joined to nothing, manages nothing', async () => {
    await follow(uid);
    assert.equal(await managesAccount(join(root, 'nowhere'), uid, sid), 'gone');
    await rm(join(root, 'identity', 'identity.json'));
    assert.equal(await manages(), false);
  });

  it('manages the account that it follows, and may manage one where it has noted none yet', async () => {
    assert.equal(await manages(), true);
    await follow(uid);
    assert.equal(await manages(), true);
    await writeFile(join(root, 'accounts', 'linux.json'), 'damaged');
    assert.equal(await manages(), true);
  });

  it('does not manage one that it let go, or gave up for another', async () => {
    await follow(uid);
    for (const followed of [null, uid + 1]) {
      await follow(followed);
      assert.equal(await manages(), false);
    }
    await journal().write(idleRecord);
    assert.equal(await manages(), false);
  });

  it('manages one as long as a rotation of it is open there, or its journal cannot be read', async () => {
    await follow(uid);
    await follow(null);
    await journal().write(record);
    assert.equal(await manages(), true);
    assert.equal(await managesAccount(root, uid, 'S-1-5-21-1-2-3-9999'), false);
    await writeFile(join(root, 'journal', 'journal'), 'damaged');
    assert.equal(await manages(), true);
  });
});

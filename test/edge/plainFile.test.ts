/** A pipe in the place of a file: nobody waits for it. A read that waited could not be called off: the run would end by its limit. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskError } from '../../agent/edge/diskError.ts';
import { holderOf } from '../../agent/edge/instanceLock.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import { isLockHeld } from '../../agent/edge/lockLook.ts';
import { readPlain, readPlainNow, readPlainText } from '../../agent/edge/plainFile.ts';
import { createStateStore } from '../../agent/edge/stateStore.ts';
import { ownAuthority } from '../../agent/edge/tenantFolder.ts';
import { findTenant } from '../../agent/edge/tenantProcess.ts';
import { trustedAuthorities } from '../../agent/edge/trust.ts';
import { readPrivateFile } from '../../agent/tenant/files.ts';

describe('a file that is read by its name', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-plain-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  function pipe(name: string): string {
    const path = join(folder, name);
    assert.equal(spawnSync('mkfifo', ['-m', '600', path]).status, 0);
    return path;
  }

  it('is what stands there', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'wörds');
    assert.equal(await readPlainText(path), 'wörds');
    assert.deepEqual(await readPlain(path), readPlainNow(path));
  });

  it('is no pipe, no device and no folder, and the disk error says which', async () => {
    for (const path of [pipe('pipe'), '/dev/null']) {
      await assert.rejects(readPlain(path), { code: 'NOT_PLAIN' });
      assert.throws(() => readPlainNow(path), { code: 'NOT_PLAIN' });
    }
    mkdirSync(join(folder, 'folder'));
    const error = await readPlain(join(folder, 'folder')).catch((cause: unknown) => cause);
    assert.match(diskError(error, join(folder, 'folder'), 'read').message, /it is a folder/);
    const other = await readPlain(join(folder, 'pipe')).catch((cause: unknown) => cause);
    assert.match(diskError(other, join(folder, 'pipe'), 'read').message, /it is no plain file/);
  });

  it('of the embedded tenant says nothing where it is a pipe', async () => {
    pipe('ca.pem');
    assert.equal(await ownAuthority(folder), undefined);
    pipe('running.json');
    assert.equal(await findTenant(folder), undefined);
    const adminTokenFile = pipe('admin.token');
    rmSync(join(folder, 'running.json'));
    const [url, text] = ['https://localhost:1', 'x'];
    const address = { url, adminUrl: url, adminTokenFile, tenantId: text, domain: text, caFile: text };
    writeFileSync(join(folder, 'running.json'), JSON.stringify({ ...address, credentialsFile: text }));
    assert.equal(await findTenant(folder), undefined);
    assert.equal(readPrivateFile(pipe('credentials.json')), undefined);
  });

  it('of authorities adds nothing where it is a pipe', () => {
    const there = trustedAuthorities({}, []).length;
    assert.equal(trustedAuthorities({ NODE_EXTRA_CA_CERTS: pipe('extra.pem') }, []).length, there);
  });

  it('of a lock names no holder where it is a pipe', async () => {
    const path = pipe('lock');
    assert.equal(holderOf(path), undefined);
    if (process.platform === 'linux') assert.equal(await isLockHeld(path), false);
  });

  it('of the state is put aside where it is a pipe, and the next one is written', async () => {
    pipe('state.json');
    const store = createStateStore({ folder });
    assert.equal((await store.read()).kind, 'damaged');
    await store.clear();
    assert.equal((await store.read()).kind, 'absent');
  });

  it('of a used key is gone where it is a pipe', async () => {
    pipe('rotation-3f2c9d1e-0b5a-4c11-9e3e-5a3f0e6d7c21.key');
    await createKeyRing({ folder }).eraseRotationKeysBut(null);
    assert.deepEqual(readdirSync(folder), []);
  });
});

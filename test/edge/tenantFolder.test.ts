/** What the embedded tenant has left, seen from outside: what is no file is told as that, and not taken for a loss. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookAtTenant } from '../../agent/edge/tenantFolder.ts';

describe('a look at the embedded tenant', () => {
  let folder = '';
  const at = (name: string): string => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-tenant-'));
    const data = Buffer.alloc(4096);
    data.write('SQLite format 3\0', 'latin1');
    data.writeUInt16BE(4096, 16);
    data.writeUInt32BE(1, 28);
    await writeFile(at('tenant.db'), data);
    await writeFile(at('tenant.key'), Buffer.alloc(32));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('finds it good, or not there at all', async () => {
    assert.deepEqual(await lookAtTenant(folder), { kind: 'good' });
    await rm(folder, { recursive: true });
    assert.deepEqual(await lookAtTenant(folder), { kind: 'none' });
  });

  for (const name of ['tenant.db', 'tenant.key']) {
    it(`says of a link in the place of ${name} where it leads, and what to put there`, async () => {
      await rename(at(name), at('moved'));
      await symlink(at('moved'), at(name));
      const look = await lookAtTenant(folder);
      assert.ok(look.kind === 'displaced');
      assert.ok(look.problem.startsWith(`${at(name)} is a symbolic link to ${at('moved')}`), look.problem);
      assert.match(look.hint, /put the file itself in the place.*laps repair/);
    });

    it(`says of a folder in the place of ${name} that it is to be moved away`, async () => {
      await rm(at(name));
      await mkdir(at(name));
      const look = await lookAtTenant(folder);
      assert.ok(look.kind === 'displaced');
      assert.ok(look.hint.includes(`mv ${at(name)} ${at(name)}.aside`), look.hint);
    });

    it(`takes ${name} that is gone for a loss`, async () => {
      await rm(at(name));
      assert.equal((await lookAtTenant(folder)).kind, 'lost');
    });
  }
});

/** Names of what is put out of the way. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asideName, nextAside } from '../../agent/edge/aside.ts';
import { putTenantAside } from '../../agent/edge/tenantFolder.ts';

describe('what is put aside', () => {
  it('is numbered above all that was put aside before, and by nothing else', () => {
    assert.equal(asideName('journal', nextAside(['journal'], [])), 'journal.damaged-1');
    const taken = ['journal', 'journal.damaged-3', 'journal.damaged-x', 'state.damaged-9', 'journal.damaged-1'];
    assert.equal(nextAside(['journal'], taken), 4);
    assert.equal(nextAside(['journal', 'state'], taken), 10);
  });

  it('of the tenant has one number, and takes no name that any of its files has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'laps-aside-'));
    try {
      const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
      put('tenant.key', 'first');
      assert.deepEqual(await putTenantAside(folder), ['tenant.key.damaged-1']);
      put('tenant.key', 'second');
      put('tenant.db', 'second');
      assert.deepEqual(await putTenantAside(folder), ['tenant.db.damaged-2', 'tenant.key.damaged-2']);
      assert.equal(readFileSync(join(folder, 'tenant.key.damaged-1'), 'utf8'), 'first');
      assert.equal(readdirSync(folder).length, 3);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

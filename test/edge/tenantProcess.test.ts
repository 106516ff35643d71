/** A tenant that does not end by itself: whoever started it is not held up by it for ever. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedTenant } from '../../agent/edge/tenantProcess.ts';
import { isAlive } from '../support/lapsProcess.ts';

/** Says where it is, its process as the tenant, and then hears neither the end of its input nor a signal. */
const deaf = `
  const at = Object.fromEntries(['url', 'adminUrl', 'adminTokenFile', 'domain', 'caFile', 'credentialsFile'].map((name) => [name, 'x']));
  process.on('SIGTERM', () => {});
  console.log(JSON.stringify({ ...at, tenantId: String(process.pid) }));
  setInterval(() => {}, 60_000);
`;

describe('the embedded tenant as a child', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-child-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is killed when it has not ended in its time', async () => {
    const self = { program: process.execPath, words: ['-e', deaf, '--'] };
    const tenant = await embeddedTenant({ folder, self, words: [], env: {}, endMs: 30 });
    const pid = Number(tenant.address.tenantId);
    assert.equal(isAlive(pid), true);
    await tenant.release();
    assert.equal(isAlive(pid), false);
  });
});

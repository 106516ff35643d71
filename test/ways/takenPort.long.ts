/** A port of the embedded tenant that somebody else has: told, or waited for where that ends by itself. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expectError } from '../support/expectError.ts';
import { createProcessWorld } from '../support/processWorld.ts';

describe('wrong input', () => {
  it('is not a port that is free a moment later, as of a tenant that ends because its user was killed', async () => {
    const own = await createProcessWorld();
    const server = createServer();
    try {
      await new Promise<void>((resolve) => {
        server.listen(own.tenantPort, '127.0.0.1', resolve);
      });
      setTimeout(() => server.close(), 800);
      assert.equal((await own.run(['run', '--once'])).status, 0);
    } finally {
      server.close();
      await own.close();
    }
  });

  it('is a port that another program holds: told, not worked around, once it was chosen', async () => {
    const own = await createProcessWorld();
    const server = createServer();
    try {
      await new Promise<void>((resolve) => {
        server.listen(own.tenantPort, '127.0.0.1', resolve);
      });
      const end = await own.run(['run']);
      expectError({ ...end, stdout: '' }, 'ERR_LAPS_PORT_TAKEN', new RegExp(String(own.tenantPort)));
      expectError(await own.run(['tenant', '--port', String(own.tenantPort)]), 'ERR_LAPS_PORT_TAKEN');
      assert.deepEqual(readdirSync(join(own.data, 'identity')), []);
    } finally {
      server.close();
      await own.close();
    }
  });
});

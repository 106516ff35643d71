/** The embedded tenant whose log cannot be written: it answers as before, for what it logs has happened. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { openPlace } from '../../agent/compose.ts';
import { runTenant, type TenantWish } from '../../agent/composeTenantProcess.ts';
import type { TenantAddress } from '../../agent/edge/tenantProcess.ts';
import { expectError } from '../support/expectError.ts';
import { lapsHere } from '../support/lapsHere.ts';
import { temporaryFolder } from '../support/processWorld.ts';

describe('the log of the embedded tenant', () => {
  let root = '';
  beforeEach(() => {
    root = temporaryFolder();
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const statusOf = ({ url, caFile, domain }: TenantAddress): Promise<number> =>
    new Promise((resolve, reject) => {
      const path = `/${domain}/v2.0/.well-known/openid-configuration`;
      const sent = request(new URL(path, url), { ca: readFileSync(caFile), agent: false }, (reply) => {
        reply.resume();
        resolve(reply.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end();
    });

  it('is in nobody’s way when it cannot be written', async () => {
    const place = await openPlace({ data: join(root, 'data'), policies: undefined, env: {}, cwd: root, create: true });
    assert.ok(place);
    let leave = (): void => {};
    const parentGone = new Promise<void>((resolve) => {
      leave = resolve;
    });
    let running: Promise<void> | undefined;
    const address = await new Promise<TenantAddress>((ready, reject) => {
      const wish: TenantWish = {
        embedded: true,
        port: 0,
        adminPort: 0,
        dataFile: undefined,
        seedFile: undefined,
        faults: [],
        backupsPerHour: undefined,
        signal: new AbortController().signal,
        parentGone,
        ready,
        line: () => {},
      };
      running = runTenant(place, wish);
      running.catch(reject);
    });
    const log = join(place.folder.logs, 'tenant.log');
    assert.equal(await statusOf(address), 200);
    renameSync(log, `${log}.kept`);
    mkdirSync(log);
    assert.equal(await statusOf(address), 200);
    rmdirSync(log);
    assert.equal(await statusOf(address), 200);
    assert.match(readFileSync(log, 'utf8'), /^1 line before this could not be written\n\S+ 200 GET /);
    leave();
    await running;
  });

  it('is told of where a folder stands in its place, before the tenant starts', async () => {
    const data = join(root, 'data');
    await openPlace({ data, policies: undefined, env: {}, cwd: root, create: true });
    mkdirSync(join(data, 'logs', 'tenant.log'));
    const end = await lapsHere(['tenant', '--embedded', '--data', data], { cwd: root });
    expectError(end, 'ERR_LAPS_DISK', /tenant\.log is a folder/);
  });
});

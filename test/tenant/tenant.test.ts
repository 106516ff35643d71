/**
 * The tenant as a whole: starting, starting again, refusing to start, and what lies about on the disk.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import Libsql from 'libsql';
import { createTenant } from '../../agent/tenant/tenant.ts';
import { asRecord } from '../support/foreignJson.ts';
import { contosoSeed, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

/** Of the certificate that a client is shown who names that host, or none. */
function serialShown(world: TestTenant, servername: string, rejectUnauthorized = true): Promise<string> {
  const { port } = new URL(world.tenant.url);
  return new Promise((resolve, reject) => {
    const options = { port: Number(port), host: '127.0.0.1', servername, ca: world.ca, rejectUnauthorized };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('a tenant', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-tenant-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = (more: object = {}) => ({ port: 0, folder, now: Date.now, log: () => {}, ...more });
  const code = (wanted: string) => (error: Error & { code?: string }) => {
    assert.equal(error.code, wanted, error.message);
    return true;
  };

  it('that is new has LAPS off, and one administrator to switch it on', async () => {
    const world = await startTestTenant({ seed: undefined });
    try {
      const state = (await world.admin('GET', '/state')).json;
      assert.equal(state['lapsEnabled'], false);
      assert.deepEqual(asRecord(state['counts'])['users'], 1);
    } finally {
      await world.close();
    }
  });

  it('in a file keeps everything over a restart: device, password, switch, users, trust', async () => {
    const dataFile = join(folder, 'tenant.db');
    const first = await startTestTenant({ folder, dataFile });
    const device = await first.joinDevice();
    await first.backup(device, { password: 'Kept-1' });
    await first.backup(device, { password: 'Kept-2' });
    await first.lapsSwitch(false);
    const kept = {
      ca: first.ca,
      credentials: first.credentials,
      audits: asRecord((await first.admin('GET', '/state')).json['counts'])['audits'],
    };
    const stale = await first.nonce();
    await first.close();

    const again = await startTestTenant({ folder, dataFile });
    try {
      assert.equal(again.ca, kept.ca);
      assert.deepEqual(again.credentials, kept.credentials);
      const state = (await again.admin('GET', '/state')).json;
      assert.equal(state['lapsEnabled'], false);
      assert.equal(asRecord(state['counts'])['audits'], kept.audits);
      assert.deepEqual(
        (await again.recover(device.deviceId)).map((each) => each.password),
        ['Kept-2', 'Kept-1'],
      );
      assert.equal((await again.askDeviceToken(device, { request_nonce: stale })).json['error'], 'invalid_grant');
      await again.lapsSwitch(true);
      assert.equal((await again.backup(device, { password: 'Kept-3' })).status, 200);
    } finally {
      await again.close();
    }
  });

  it('that is killed after its yes has the password when it starts again, sealed for this data alone', async () => {
    const dataFile = join(folder, 'tenant.db');
    const crashed = join(folder, 'crashed');
    mkdirSync(crashed, { mode: 0o700 });
    const first = await startTestTenant({ folder, dataFile });
    const device = await first.joinDevice();
    await first.backup(device, { password: 'Promised-1' });
    // What is on the disk at this instant, the log beside it: what a kill leaves.
    for (const name of readdirSync(folder).filter(
      (each) => each.startsWith('tenant.') || each === 'credentials.json',
    )) {
      copyFileSync(join(folder, name), join(crashed, name));
    }
    await first.backup(device, { password: 'After-1' });
    await first.close();
    const again = await startTestTenant({ folder: crashed, dataFile: join(crashed, 'tenant.db') });
    try {
      assert.deepEqual(
        (await again.recover(device.deviceId)).map((each) => each.password),
        ['Promised-1'],
      );
    } finally {
      await again.close();
    }
  });

  it('has its files for its owner alone, and no password or key in the clear in any of them', async () => {
    const dataFile = join(folder, 'tenant.db');
    const world = await startTestTenant({ folder, dataFile });
    const planted = 'Planted-Xy7#secret';
    const device = await world.joinDevice();
    await world.backup(device, { password: planted });
    await world.recover(device.deviceId);
    const secrets = [world.passwordOf('clouddevice@contoso.test'), world.appSecret('LAPS recovery service')];
    await world.close();
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder)) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
      const bytes = readFileSync(join(folder, name));
      for (const form of [
        planted,
        Buffer.from(planted).toString('base64'),
        Buffer.from(planted).toString('hex'),
        'BEGIN PRIVATE KEY',
      ]) {
        assert.equal(bytes.includes(form), false, `${form} in ${name}`);
      }
      assert.equal(bytes.includes(Buffer.from(planted, 'utf16le')), false, name);
      if (name !== 'credentials.json') for (const secret of secrets) assert.equal(bytes.includes(secret), false, name);
    }
  });

  it('logs what happened, and never a password, a token or a secret', async () => {
    const world = await startTestTenant();
    try {
      const planted = 'Planted-Xy7#secret';
      const device = await world.joinDevice();
      const token = await world.deviceToken(device);
      await world.backup(device, { password: planted, token });
      await world.send(world.backupPath(device.deviceId), {
        headers: { authorization: `Bearer ${token}` },
        body: { NewPassword: planted, [`${'x'.repeat(300)}\u001b[31m`]: planted },
      });
      await world.recover(device.deviceId);
      await world.send(
        `/${world.tenant.tenantId}/\u001b%1b%0a${planted.slice(0, 3)}?password=${planted.slice(0, 7)}x`.replace(
          '\u001b',
          '',
        ),
      );
      const text = JSON.stringify(world.log);
      assert.ok(world.log.length > 8);
      for (const secret of [
        planted,
        Buffer.from(planted).toString('base64'),
        token,
        world.passwordOf('clouddevice@contoso.test'),
        'Planted',
      ]) {
        assert.equal(text.includes(secret), false, secret.slice(0, 12));
      }
      assert.doesNotMatch(text, /\\u00(0|1)/);
      assert.ok(world.log.some((line) => line.notes['unknownMembers']?.startsWith('xxx')));
      assert.ok(world.log.some((line) => line.notes['caller'] === 'clouddevice@contoso.test'));
    } finally {
      await world.close();
    }
  });

  it('rejects with EADDRINUSE for either port and leaves nothing open or changed', async () => {
    const first = await startTestTenant();
    try {
      const port = Number(new URL(first.tenant.url).port);
      const adminPort = Number(new URL(first.tenant.adminUrl).port);
      await assert.rejects(createTenant(options({ port })), code('EADDRINUSE'));
      await assert.rejects(createTenant(options({ adminPort })), code('EADDRINUSE'));
      assert.equal(readdirSync(folder).includes('admin.token'), false);
      assert.equal((await first.admin('GET', '/state')).status, 200);
    } finally {
      await first.close();
    }
  });

  it('refuses a seed that does not fit, naming the place', async () => {
    const seed = contosoSeed();
    const users = Array.isArray(seed['users']) ? seed['users'] : [];
    const wrong: ReadonlyArray<readonly [unknown, RegExp]> = [
      [null, /at \//],
      [[], /object/],
      [{ ...seed, tenantId: 'x' }, /\/tenantId/],
      [{ ...seed, domain: 'no dots' }, /\/domain/],
      [{ ...seed, users: [] }, /\/users/],
      [{ ...seed, usres: 1 }, /usres/],
      [{ ...seed, users: [...users, users[0]] }, /\/users\/8\/userPrincipalName.*twice/],
      [
        { ...seed, users: [{ userPrincipalName: 'a@b.test', displayName: 'A', roles: ['Emperor'] }] },
        /Emperor.*Global Reader/,
      ],
      [{ ...seed, users: [{ userPrincipalName: 'a@b.test', displayName: 'A', roles: [], passwrod: 'x' }] }, /passwrod/],
    ];
    for (const [given, about] of wrong) {
      await assert.rejects(
        createTenant(options({ seed: given })),
        (error: Error) => code('TENANT_SEED_INVALID')(error) && about.test(error.message),
        String(about),
      );
    }
  });

  it('takes passwords and secrets a seed states', async () => {
    const seed = contosoSeed();
    const world = await startTestTenant({
      seed: {
        ...seed,
        users: [
          {
            userPrincipalName: 'root@contoso.test',
            displayName: 'R',
            roles: ['Global Administrator'],
            password: 'stated pass',
          },
        ],
      },
    });
    try {
      assert.equal(world.passwordOf('root@contoso.test'), 'stated pass');
      assert.equal(
        (await world.graph('/v1.0/devices', await world.userToken('root', 'Directory.AccessAsUser.All'))).status,
        200,
      );
    } finally {
      await world.close();
    }
  });

  it('refuses a fault it does not understand before anything is opened', async () => {
    await assert.rejects(createTenant(options({ faults: ['backup:explode'] })), code('TENANT_FAULT_INVALID'));
    assert.deepEqual(readdirSync(folder), []);
  });

  it('refuses data of a newer program, damaged data, a missing or foreign key, and a second tenant on one file', async () => {
    const dataFile = join(folder, 'tenant.db');
    const first = await startTestTenant({ folder, dataFile });
    await assert.rejects(createTenant(options({ dataFile })), code('TENANT_DATA_BUSY'));
    await first.close();

    const keyFile = join(folder, 'tenant.key');
    const key = readFileSync(keyFile);
    writeFileSync(keyFile, Buffer.alloc(32));
    await assert.rejects(createTenant(options({ dataFile })), code('TENANT_DATA_DAMAGED'));
    writeFileSync(keyFile, key.subarray(0, 31));
    await assert.rejects(createTenant(options({ dataFile })), code('TENANT_DATA_DAMAGED'));
    rmSync(keyFile);
    await assert.rejects(createTenant(options({ dataFile })), code('TENANT_DATA_DAMAGED'));
    assert.equal(readdirSync(folder).includes('tenant.key'), false);
    writeFileSync(keyFile, key);

    const db = new Libsql(dataFile);
    db.exec('pragma user_version = 99');
    db.close();
    await assert.rejects(createTenant(options({ dataFile })), code('TENANT_DATA_NEWER'));
    const damaged = join(folder, 'damaged.db');
    writeFileSync(damaged, 'this is no database, but it is long enough to look at '.repeat(100));
    await assert.rejects(createTenant(options({ dataFile: damaged })), code('TENANT_DATA_DAMAGED'));
  });

  it('renews its server certificate by itself at two thirds of its life, without a restart', async () => {
    // Certificates made in the past, so that clients, which go by the machine's clock, take old and new.
    let tls = Date.now() - 41 * 60_000;
    const world = await startTestTenant({ tlsNow: () => tls, limits: { serverCertificateMs: 3_600_000 } });
    try {
      // Without a name, for which the certificate would be renewed at once.
      const serial = () => serialShown(world, '');
      const before = await serial();
      tls += 39 * 60_000;
      assert.equal(await world.tenant.renewCertificateIfDue(), false);
      tls += 2 * 60_000;
      assert.equal(await world.tenant.renewCertificateIfDue(), true);
      assert.notEqual(await serial(), before);
    } finally {
      await world.close();
    }
  });

  for (const [name, hours] of [
    ['a month of sleep', -31 * 24],
    ['a clock that was an hour ahead', 1],
  ] as const)
    it(`shows its first client after ${name} a certificate that is in force, and the device goes on with it`, async () => {
      let tls = Date.now() + hours * 3_600_000;
      const world = await startTestTenant({ tlsNow: () => tls });
      try {
        const before = await serialShown(world, '', false);
        tls = Date.now();
        const [one, other] = await Promise.all([serialShown(world, 'localhost'), serialShown(world, 'localhost')]);
        assert.notEqual(one, before);
        assert.equal(one, other);
        assert.equal(await serialShown(world, ''), one, 'kept for whoever names no host');
        assert.equal(await world.tenant.renewCertificateIfDue(), false);
        const device = await world.joinDevice();
        await world.backup(device, { password: 'Fresh-1' });
      } finally {
        await world.close();
      }
    });

  it('asks for a client certificate in the handshake that renews its own', async () => {
    // Two thirds of the certificate's life and an hour more.
    let tls = Date.now() - 17 * 3_600_000;
    const world = await startTestTenant({ tlsNow: () => tls });
    try {
      const device = await world.joinDevice();
      tls = Date.now();
      const gone = await world.send(`/EnrollmentServer/device/${device.deviceId}?api-version=1.0`, {
        method: 'DELETE',
        client: device.clientCertificate,
      });
      assert.equal(gone.status, 200);
      assert.equal(await world.tenant.renewCertificateIfDue(), false, 'it was renewed');
    } finally {
      await world.close();
    }
  });
});

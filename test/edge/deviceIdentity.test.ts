import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LapsError } from '../../agent/core/errors.ts';
import { createDeviceIdentity, type DeviceIdentity } from '../../agent/edge/deviceIdentity.ts';
import { parseIdentity, printIdentity, type StoredIdentity } from '../../agent/edge/identityRecord.ts';
import { testDevice } from '../support/stubTenant.ts';

const machineId = '11111111-2222-4333-8444-555555555555';

describe('the device identity', () => {
  let root: string;
  let folder: string;
  let path: string;
  let identity: StoredIdentity;
  let kept: DeviceIdentity;

  before(async () => {
    const { publicKey: _, ...device } = await testDevice();
    identity = {
      version: 1,
      ...device,
      machineId,
      displayName: 'DESKTOP-STUB',
      joinType: 'entra',
      tenant: 'https://localhost:8443',
      pinnedOrigins: ['https://localhost:8443'],
      caPem: null,
    };
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-identity-'));
    folder = join(root, 'identity');
    path = join(folder, 'identity.json');
    kept = createDeviceIdentity({ folder, machineId });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const rejectsWith = (promise: Promise<unknown>, code: string): Promise<void> =>
    assert.rejects(promise, (error) => error instanceof LapsError && error.code === code && error.hint !== undefined);

  it('is none before a join, whether the folder is there or not', async () => {
    assert.deepEqual(await kept.read(), { kind: 'none' });
    await mkdir(folder);
    assert.deepEqual(await kept.read(), { kind: 'none' });
    await kept.remove();
  });

  it('comes back as written, in a folder and a file for its owner alone', async () => {
    await mkdir(folder, { mode: 0o755 });
    await kept.write(identity);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await kept.readFull(), { kind: 'joined', identity });
    assert.deepEqual(await kept.read(), {
      kind: 'joined',
      device: {
        identity: { tenantId: identity.tenantId, deviceId: identity.deviceId, machineId },
        displayName: 'DESKTOP-STUB',
        joinType: 'entra',
        os: identity.os,
        endpoint: 'https://localhost:8443',
        historyDepth: 3,
      },
    });
  });

  it('is proven anew whenever its file is another one, however often it was read before', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const another = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await kept.write(identity);
    for (let time = 0; time < 2; time += 1) assert.equal((await kept.read()).kind, 'joined');
    await writeFile(path, printIdentity({ ...identity, privateKeyPem: another }));
    for (let time = 0; time < 2; time += 1) assert.equal((await kept.read()).kind, 'damaged');
    await kept.write(identity);
    assert.equal((await kept.read()).kind, 'joined');
  });

  it('knows a cloud by its name', async () => {
    await kept.write({ ...identity, tenant: 'usgov', pinnedOrigins: [] });
    const reading = await kept.read();
    assert.ok(reading.kind === 'joined');
    assert.equal(reading.device.endpoint, 'https://enterpriseregistration.microsoftonline.us');
  });

  it('is refused on another machine, and left alone', async () => {
    await kept.write(identity);
    const before = await readFile(path, 'utf8');
    const copied = createDeviceIdentity({ folder, machineId: machineId.replace('1', '2') });
    const reading = await copied.read();
    assert.equal(reading.kind, 'refused');
    assert.equal(await readFile(path, 'utf8'), before);
  });

  it('is refused when a newer program wrote it', async () => {
    await kept.write(identity);
    await writeFile(path, JSON.stringify({ ...identity, version: 2 }));
    await rejectsWith(kept.read(), 'ERR_LAPS_DATA_NEWER');
  });

  it('keeps what each of many adds at once, and leaves no lock behind', async () => {
    await kept.write({ ...identity, pinnedOrigins: [] });
    const origins = Array.from({ length: 8 }, (_, number) => `https://localhost:${8000 + number}`);
    await Promise.all(
      origins.map((origin) =>
        createDeviceIdentity({ folder, machineId }).change((found) => ({
          ...found,
          pinnedOrigins: [...found.pinnedOrigins, origin],
        })),
      ),
    );
    const reading = await kept.readFull();
    assert.ok(reading.kind === 'joined');
    assert.deepEqual(reading.identity.pinnedOrigins.toSorted(), origins);
    assert.deepEqual(await readdir(folder), ['identity.json']);
  });

  it('is not brought back by a change that began before it was removed', async () => {
    await kept.write(identity);
    let removed: Promise<void> | undefined;
    await kept.change((found) => {
      removed = kept.remove();
      return { ...found, os: '10.0.22631' };
    });
    await removed;
    assert.deepEqual(await kept.readFull(), { kind: 'none' });
    assert.deepEqual(await kept.change((found) => found), { kind: 'none' });
  });

  it('is never read or written through a symbolic link', async () => {
    const other = join(root, 'other');
    await mkdir(other);
    await symlink(other, folder);
    await rejectsWith(kept.read(), 'ERR_LAPS_DATA_UNSAFE');
    await rejectsWith(kept.write(identity), 'ERR_LAPS_DATA_UNSAFE');
    await rm(folder);
    await mkdir(folder);
    await writeFile(join(root, 'target'), 'x');
    await symlink(join(root, 'target'), path);
    await rejectsWith(kept.read(), 'ERR_LAPS_DATA_UNSAFE');
    await rejectsWith(kept.write(identity), 'ERR_LAPS_DATA_UNSAFE');
    assert.equal(await readFile(join(root, 'target'), 'utf8'), 'x');
  });

  it('is damaged when it is a folder, empty, cut short, or any member is missing or wrong', async () => {
    await kept.write(identity);
    const text = await readFile(path, 'utf8');
    for (const bad of ['', '{}', 'null', '[1]', text.slice(0, text.length / 2), text.slice(0, -3)]) {
      await writeFile(path, bad);
      const reading = await kept.read();
      assert.ok(reading.kind === 'damaged', bad.slice(0, 20));
      assert.ok(reading.hint.includes('laps repair'));
      assert.ok(!JSON.stringify(reading).includes('PRIVATE'));
    }
    await rm(path);
    await mkdir(path);
    assert.equal((await kept.read()).kind, 'damaged');
  });

  it('is damaged by each missing or wrong member', () => {
    for (const name of Object.keys(identity)) {
      const { [name as keyof StoredIdentity]: _, ...rest } = identity;
      assert.equal(parseIdentity(JSON.stringify(rest)).kind, 'damaged', `without ${name}`);
      assert.equal(parseIdentity(JSON.stringify({ ...identity, [name]: true })).kind, 'damaged', `wrong ${name}`);
    }
    for (const wrong of [
      { tenant: 'http://localhost' },
      { tenant: 'https://localhost/path' },
      { tenant: 'constructor' },
      { pinnedOrigins: ['http://localhost'] },
      { pinnedOrigins: [5] },
      { version: 0 },
      { certificate: 'AAAA' },
      { privateKeyPem: 'x' },
    ])
      assert.equal(parseIdentity(JSON.stringify({ ...identity, ...wrong })).kind, 'damaged', JSON.stringify(wrong));
    assert.equal(parseIdentity(printIdentity(identity)).kind, 'identity');
  });

  it('is read as an older laps-agent wrote it, without a checksum', () => {
    assert.deepEqual(parseIdentity(JSON.stringify(identity)), { kind: 'identity', identity });
  });

  it('is damaged where a single bit of a name, an origin, an authority or the checksum itself is another one', () => {
    const text = printIdentity({ ...identity, caPem: 'PEM' });
    for (const [before, after] of [
      ['DESKTOP-STUB', 'DESKTOP-STUC'],
      ['"tenant": "https://localhost:8443"', '"tenant": "https://localhosu:8443"'],
      ['"caPem": "PEM"', '"caPem": "PEL"'],
      ['"joinType": "entra"', '"joinType": "hybrid"'],
      ['"checksum"', '"chdcksum"'],
      [/"checksum": "(.)/, (_: string, first: string) => `"checksum": "${first === '0' ? '1' : '0'}`],
    ] as const) {
      const spoilt = text.replace(before, after as string);
      assert.notEqual(spoilt, text, String(before));
      assert.equal(parseIdentity(spoilt).kind, 'damaged', String(before));
    }
  });

  it('is gone after removal, and put aside by quarantine', async () => {
    await kept.write(identity);
    await kept.remove();
    assert.deepEqual(await kept.read(), { kind: 'none' });
    await writeFile(path, 'damaged', { mode: 0o600 });
    const name = await kept.quarantine();
    assert.equal(await readFile(join(folder, name), 'utf8'), 'damaged');
    await assert.rejects(lstat(path));
  });
});

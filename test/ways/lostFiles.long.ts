/**
 * One file of an installation with the embedded tenant is lost or damaged: it is told, `status` shows it without touching
 * anything, one command leads back, and no other tenant is made unasked.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';
import { snapshotOf } from '../support/snapshot.ts';

describe('a file of an installation that is lost or damaged', function () {
  this.timeout(120_000);
  let world: ProcessWorld;
  let kept: string;

  before(async () => {
    world = await createProcessWorld();
    kept = join(world.root, 'kept');
    const end = await world.run(['run', '--once']);
    assert.equal(end.status, 0, end.stderr);
    cpSync(world.data, kept, { recursive: true });
  });
  after(() => world.close());
  beforeEach(() => {
    rmSync(world.data, { recursive: true, force: true });
    cpSync(kept, world.data, { recursive: true });
  });

  const file = (name: string): string => join(world.data, name);
  const deviceOf = (): unknown => at(JSON.parse(readFileSync(file('identity/identity.json'), 'utf8')), 'deviceId');

  /** Told by status, which touches nothing and goes on to say the rest. */
  async function assertShown(says: RegExp): Promise<void> {
    const before = snapshotOf(world.data);
    const { status, value } = await world.json(['status']);
    assert.equal(status, 0);
    assert.equal(at(value, 'healthy'), false);
    assert.match(String(at(value, 'troubles', 0)), says);
    assert.deepEqual(snapshotOf(world.data), before);
  }
  async function assertWell(): Promise<void> {
    const { status, value } = await world.json(['status', '--check']);
    assert.equal(status, 0, JSON.stringify(value));
    const name = String(at(value, 'device', 'deviceId'));
    const password = at((await world.json(['recover', name, '--as-plain-text'])).value, 0, 'Password');
    const end = await world.run(['signin'], { stdin: String(password) });
    assert.equal(end.status, 0, end.stderr);
  }

  it('is the configuration: tenant and port are known from the rest, and written anew by the next command', async () => {
    rmSync(file('state/configuration.json'));
    const device = deviceOf();
    await assertShown(/configuration is missing; the next command writes it anew/);
    const end = await world.run(['reset']);
    assert.equal(end.status, 0, end.stderr);
    assert.match(end.stderr, /^laps: note: the configuration was missing and is written anew/);
    const written: unknown = JSON.parse(readFileSync(file('state/configuration.json'), 'utf8'));
    assert.deepEqual([at(written, 'tenant'), at(written, 'tenantPort')], ['embedded', world.tenantPort]);
    assert.equal(deviceOf(), device);
    assert.equal((await world.json(['events', '--id', '50082'])).status, 0);
    await assertWell();
    const run = await world.run(['run', '--once', '--tenant', 'embedded']);
    assert.match(run.stdout, new RegExp(`https://localhost:${world.tenantPort} \\(embedded\\)`), run.stderr);
  });

  it('is the configuration, emptied: refused by what would act, put aside and rebuilt by repair', async () => {
    writeFileSync(file('state/configuration.json'), '');
    await assertShown(/configuration .* is wrong: it is not JSON, .*: the file is empty; .*laps repair/);
    const refused = await world.run(['reset']);
    expectError(refused, 'ERR_LAPS_CONFIGURATION');
    assert.match(refused.stderr, /hint: .*laps repair/);
    const end = await world.run(['repair']);
    assert.equal(end.status, 0, end.stderr);
    assert.match(end.stdout, /configuration\.json\.damaged-1/);
    assert.match(end.stderr, /^laps: note: the configuration was damaged and is written anew/);
    await assertWell();
  });

  it('is the configuration without a member: told as that, and written anew by the next command', async () => {
    writeFileSync(file('state/configuration.json'), '{}');
    await assertShown(/configuration holds nothing; the next command writes it anew/);
    const end = await world.run(['reset']);
    assert.equal(end.status, 0, end.stderr);
    assert.match(end.stderr, /^laps: note: the configuration held nothing and is written anew/);
    await assertWell();
  });

  it('is the address of a running tenant: told, and written anew by the next start', async () => {
    const daemon = world.start(['run']);
    await daemon.says(/Ctrl-C ends it/);
    rmSync(file('tenant/running.json'));
    const refused = await world.run(['recover', String(deviceOf())]);
    expectError(refused, 'ERR_LAPS_NO_TENANT');
    assert.match(refused.stderr, /hint: .* end laps run and start it again/);
    await daemon.stop('SIGTERM');
    await assertWell();
  });

  for (const [what, spoil] of [
    ['is gone', (path: string) => rmSync(path)],
    ['was cut short', (path: string) => truncateSync(path, 100)],
  ] as const)
    it(`is the passwords of the tenant's users, which ${what}: told while the tenant runs, drawn anew when it starts`, async () => {
      const device = String(deviceOf());
      const daemon = world.start(['run']);
      await daemon.says(/Ctrl-C ends it/);
      spoil(file('tenant/credentials.json'));
      const refused = await world.run(['recover', device, '--as-plain-text']);
      expectError(refused, 'ERR_LAPS_DATA_DAMAGED');
      assert.match(refused.stderr, /credentials\.json is (gone|damaged)/);
      assert.match(refused.stderr, /hint: end laps run and start it again/);
      await daemon.stop('SIGTERM');
      await assertWell();
      assert.match(
        readFileSync(file('logs/tenant.log'), 'utf8'),
        /credentials\.json had lost the passwords of .*clouddevice@contoso\.test.*: new ones were drawn/,
      );
      assert.equal(String(deviceOf()), device);
    });

  it('is the key by which a foreign change is told: not called one, and made anew with a new password', async () => {
    rmSync(file('keys/account-mark.key'));
    await assertShown(/account-mark\.key is lost/);
    const { value } = await world.json(['doctor']);
    assert.match(String(at(value, 'finding', 'text')), /account-mark\.key is lost/);
    const end = await world.run(['run', '--once']);
    assert.equal(end.status, 0, end.stderr);
    assert.match(end.stdout, /^50106 [\s\S]*^10020 /m);
    await assertWell();
  });

  it('is what repair can mend nothing of, and keeps nothing from the cycle: repair says so too, and not that all is well', async () => {
    rmSync(file('state/postAuth.json'), { force: true });
    symlinkSync('elsewhere', file('state/postAuth.json'));
    const says = /postAuth\.json is a symbolic link; links are not followed/;
    const { status, value } = await world.json(['repair']);
    assert.equal(status, 1, JSON.stringify(value));
    assert.match(String(at(value, 'troubles', 0)), says);
    const told = await world.run(['repair']);
    assert.equal(told.status, 1, told.stderr);
    assert.match(told.stdout, /^the password is good\n! .+postAuth\.json is a symbolic link/m);
    rmSync(file('state/postAuth.json'));
    const well = await world.run(['repair']);
    assert.deepEqual([well.status, well.stdout], [0, 'nothing was damaged\nthe password is good\n']);
  });

  for (const name of ['tenant/in-use', 'lock', 'accounts/lock'])
    it(`has a link in its place (${name}): named by status, doctor and what would act, with what keeps the file`, async () => {
      const [path, moved] = [file(name), `${world.root}/moved`];
      renameSync(path, moved);
      symlinkSync(moved, path);
      await assertShown(new RegExp(`${name} is a symbolic link; links are not followed`));
      const { value } = await world.json(['doctor']);
      assert.match(String(at(value, 'finding', 'text')), new RegExp(`${name} is a symbolic link`));
      const end = await world.run(['reset']);
      expectError(end, 'ERR_LAPS_DATA_UNSAFE');
      const told = /hint: .+in its place: (cp .+);/.exec(end.stderr)?.[1];
      assert.ok(told !== undefined, end.stderr);
      execFileSync('sh', ['-c', told]);
      assert.equal((await world.run(['reset'])).status, 0);
      await assertWell();
      rmSync(moved);
    });

  for (const name of [
    'tenant/ca.pem',
    'tenant/admin.token',
    'tenant/credentials.json',
    'tenant/in-use',
    'lock',
    'accounts/lock',
  ])
    it(`has a folder in its place (${name}): named by status and by what would act, and well again without it`, async () => {
      rmSync(file(name), { force: true });
      mkdirSync(file(name), { mode: 0o700 });
      const says = new RegExp(`${name} .*is a folder, and a file belongs there`);
      await assertShown(new RegExp(`${name} is a folder, and a file belongs there; move the folder away`));
      for (const words of [['run', '--once'], ['repair']]) {
        const end = await world.run(words);
        expectError(end, 'ERR_LAPS_DISK');
        assert.match(end.stderr, says);
        assert.match(end.stderr, /hint: move the folder away/);
      }
      rmdirSync(file(name));
      const end = await world.run(['run', '--once']);
      assert.equal(end.status, 0, end.stderr);
      await assertWell();
    });

  it("is the authority's certificate, with one bit changed: nothing is amiss, and it is written anew", async () => {
    const bytes = readFileSync(file('tenant/ca.pem'));
    const spoilt = Buffer.from(bytes);
    const middle = Math.floor(spoilt.length / 2);
    spoilt[middle] = (spoilt[middle] ?? 0) ^ 4;
    writeFileSync(file('tenant/ca.pem'), spoilt);
    assert.equal(at((await world.json(['status'])).value, 'healthy'), true);
    const end = await world.run(['run', '--once']);
    assert.equal(end.status, 0, end.stderr);
    assert.deepEqual(readFileSync(file('tenant/ca.pem')), bytes);
    await assertWell();
  });

  for (const [what, spoil, says] of [
    ['is gone', (path: string) => rmSync(path), /tenant\.db is gone/],
    ['was emptied', (path: string) => truncateSync(path), /tenant\.db is empty/],
    ['was cut short', (path: string) => truncateSync(path, 40_960), /tenant\.db was cut short/],
  ] as const)
    it(`is the tenant's data, which ${what}: no other tenant is made unasked; repair joins a new one`, async () => {
      spoil(file('tenant/tenant.db'));
      const authority = readFileSync(file('tenant/ca.pem'), 'utf8');
      await assertShown(says);
      for (const words of [['reset'], ['run', '--once']]) {
        const end = await world.run(words);
        assert.equal(end.status, 3, end.stdout);
        assert.match(end.stderr, /ERR_LAPS_TENANT_LOST/);
        assert.match(end.stderr, says);
        assert.match(end.stderr, /hint: .*laps repair/);
      }
      assert.equal(readFileSync(file('tenant/ca.pem'), 'utf8'), authority);
      const device = deviceOf();
      const { status, value } = await world.json(['repair']);
      assert.equal(status, 0, JSON.stringify(value));
      assert.equal(at(value, 'outcome'), 'rotated');
      assert.notEqual(deviceOf(), device);
      assert.equal(at(value, 'joined', 'deviceId'), deviceOf());
      assert.ok(existsSync(file('identity/identity.json.damaged-1')), 'the identity was not kept');
      await assertWell();
    });

  it("is the tenant's data: leave forgets the device, and the next run begins anew", async () => {
    rmSync(file('tenant/tenant.db'));
    const end = await world.run(['leave', '--yes']);
    assert.equal(end.status, 0, end.stderr);
    assert.match(end.stdout, /forgotten here/);
    assert.deepEqual(readdirSync(file('identity')), []);
    assert.equal((await world.run(['run', '--once'])).status, 0);
    await assertWell();
  });

  it("is the tenant's key, replaced: told with its path and a way back that works", async () => {
    writeFileSync(file('tenant/tenant.key'), Buffer.alloc(32, 7));
    const refused = await world.run(['reset']);
    assert.match(refused.stderr, /ERR_LAPS_TENANT_LOST/);
    assert.match(refused.stderr, /tenant\/tenant\.db: .*key/);
    assert.match(refused.stderr, /hint: .*laps repair/);
    const end = await world.run(['repair']);
    assert.equal(end.status, 0, end.stderr);
    assert.match(end.stdout, /tenant\.key\.damaged-1/);
    await assertWell();
  });

  it("is the tenant's key, gone", async () => {
    rmSync(file('tenant/tenant.key'));
    await assertShown(/tenant\.key, which opens its data, is gone; .*laps repair/);
    assert.equal((await world.run(['repair'])).status, 0);
    await assertWell();
  });

  for (const name of ['tenant.db', 'tenant.key'])
    it(`is ${name}, a link to it in its place: repair says so and sets nothing aside; the file put back, all is well`, async () => {
      const [path, moved] = [file(`tenant/${name}`), join(world.root, `moved-${name}`)];
      renameSync(path, moved);
      symlinkSync(moved, path);
      await assertShown(/not started: .* is a symbolic link to .*; put the file itself/);
      const device = deviceOf();
      for (const words of [['repair'], ['run', '--once'], ['repair']])
        expectError(await world.run(words), 'ERR_LAPS_DISK', /is a symbolic link to/);
      assert.equal(deviceOf(), device);
      assert.deepEqual(readdirSync(file('identity')), ['identity.json']);
      rmSync(path);
      renameSync(moved, path);
      assert.equal((await world.run(['repair'])).status, 0);
      assert.equal(deviceOf(), device);
      await assertWell();
    });

  it("is the tenant's data, a folder in its place: moved away as the hint says, repair joins a new one", async () => {
    const path = file('tenant/tenant.db');
    rmSync(path);
    mkdirSync(path, { mode: 0o700 });
    const device = deviceOf();
    const end = await world.run(['repair']);
    expectError(end, 'ERR_LAPS_DISK', /tenant\.db is a folder/);
    assert.equal(deviceOf(), device);
    renameSync(path, `${path}.aside`);
    assert.equal((await world.run(['repair'])).status, 0);
    assert.notEqual(deviceOf(), device);
    await assertWell();
  });

  it('is a page within the data: found when the tenant starts', async () => {
    const bytes = readFileSync(file('tenant/tenant.db'));
    for (let page = 1; page * 4096 < bytes.length; page += 1) bytes.fill(0xa5, page * 4096, page * 4096 + 64);
    writeFileSync(file('tenant/tenant.db'), bytes);
    const refused = await world.run(['reset']);
    assert.match(refused.stderr, /tenant\/tenant\.db: .*\[ERR_LAPS_TENANT_LOST/);
    assert.equal((await world.run(['repair'])).status, 0);
    await assertWell();
  });

  it('was made up for by a new tenant in the place of the old: told, and joined by repair', async () => {
    const elsewhere = join(world.root, 'elsewhere');
    cpSync(kept, elsewhere, { recursive: true });
    rmSync(join(elsewhere, 'identity/identity.json'));
    for (const name of readdirSync(join(elsewhere, 'tenant'))) rmSync(join(elsewhere, 'tenant', name));
    assert.equal((await world.run(['run', '--once', '--data', elsewhere])).status, 0);
    rmSync(file('tenant'), { recursive: true });
    cpSync(join(elsewhere, 'tenant'), file('tenant'), { recursive: true });
    await assertShown(/a new tenant in its place; .*laps repair/);
    assert.match((await world.run(['reset'])).stderr, /a new tenant in its place \[ERR_LAPS_TENANT_LOST/);
    assert.equal((await world.run(['repair'])).status, 0);
    assert.ok(!readdirSync(file('tenant')).some((name) => name.includes('damaged')), 'a good tenant was put aside');
    await assertWell();
  });

  for (const [name, what, spoil] of [
    ['identity/identity.json', 'cut short', (path: string) => truncateSync(path, 100)],
    ['accounts/accounts.json', 'lost', (path: string) => rmSync(path)],
    ['version', 'emptied', (path: string) => truncateSync(path, 0)],
  ] as const)
    it(`is ${name}, ${what}: repair leads back in one step`, async () => {
      spoil(file(name));
      assert.equal((await world.run(['status', '--check'])).status, 1);
      const end = await world.run(['repair']);
      assert.equal(end.status, 0, end.stderr);
      await assertWell();
    });

  it('is a tenant elsewhere that is gone for good: leave says how, and then forgets it', async () => {
    const identity: unknown = JSON.parse(readFileSync(file('identity/identity.json'), 'utf8'));
    assert.ok(typeof identity === 'object');
    const gone = {
      ...identity,
      tenant: 'https://localhost:1',
      pinnedOrigins: ['https://localhost:1'],
      caPem: null,
      checksum: undefined,
    };
    writeFileSync(file('identity/identity.json'), JSON.stringify(gone), { mode: 0o600 });
    const end = await world.run(['leave', '--yes']);
    expectError(end, 'ERR_LAPS_NO_TENANT');
    assert.match(end.stderr, /hint: .*laps leave --local/);
    assert.equal((await world.run(['leave', '--yes', '--local'])).status, 0);
    assert.equal((await world.run(['run', '--once'])).status, 0);
    await assertWell();
  });
});

/** `laps join` and `laps leave`: what is asked, in which order, and what is left behind when it does not work. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from '../support/joinedWorld.ts';

describe('laps join', () => {
  let world: JoinedWorld;
  const alice = 'alice@contoso.test';
  let words: string[];
  let password: string;

  before(async () => {
    world = await createJoinedWorld();
    words = ['join', '--tenant', world.tenant.tenant.url, '--user', alice, '--ca-file', world.caFile];
    password = world.tenant.passwordOf(alice);
  });
  after(() => world.close());

  const identityOf = (copy: JoinedCopy): string[] => readdirSync(join(copy.data, 'identity'));

  it('is refused with a wrong password or a wrong user, and leaves no folder behind', async () => {
    for (const [user, typed] of [
      [alice, 'wrong'],
      ['nobody@contoso.test', password],
    ] as const) {
      const copy = world.nothing();
      const end = await copy.run([...words, '--user', user], { stdin: typed });
      expectError(end, 'ERR_LAPS_ADMIN_SIGN_IN');
      assert.equal(existsSync(copy.data), false);
    }
  });

  it('is refused in an empty folder of somebody, which is empty again afterwards', async () => {
    const copy = world.nothing();
    mkdirSync(copy.data, { recursive: true });
    expectError(await copy.run(words, { stdin: 'wrong' }), 'ERR_LAPS_ADMIN_SIGN_IN');
    assert.deepEqual(readdirSync(copy.data), []);
  });

  it('leaves no folder behind for a question to a tenant either', async () => {
    const copy = world.nothing();
    for (const verb of [['devices'], ['recover', 'DESKTOP-WAYS']]) {
      expectError(await copy.run(verb), 'ERR_LAPS_NO_TENANT');
      assert.equal(existsSync(copy.data), false);
      const there = [
        '--tenant',
        world.tenant.tenant.url,
        '--user',
        'clouddevice@contoso.test',
        '--ca-file',
        world.caFile,
      ];
      const stdin = world.tenant.passwordOf('clouddevice@contoso.test');
      const end = await copy.run([...verb, ...there], { stdin });
      assert.match(end.stdout, /DESKTOP-WAYS/, end.stderr);
      assert.equal(existsSync(copy.data), false);
    }
  });

  it('does not trust a private authority that nobody named', async () => {
    const copy = world.nothing();
    const bare = ['join', '--tenant', world.tenant.tenant.url, '--user', alice];
    const end = await copy.run(bare, { stdin: password });
    expectError(end, 'ERR_LAPS_TENANT_UNTRUSTED');
    assert.match(end.stderr, /--ca-file/);
    const named = await copy.run(bare, { stdin: password, env: { NODE_EXTRA_CA_CERTS: world.caFile } });
    assert.equal(named.status, 0, named.stderr);
  });

  it('does not ask for a password when the answer could not help', async () => {
    const joined = world.copy();
    expectError(await joined.run(words), 'ERR_LAPS_ALREADY_JOINED', new RegExp(world.deviceId));
    const copy = world.nothing();
    expectError(await copy.run([...words, '--ca-file', 'nowhere.pem']), 'ERR_LAPS_NO_SUCH_FILE');
    expectError(await copy.run(words), 'ERR_LAPS_ADMIN_SIGN_IN', /no password was given/);
  });

  it('keeps name, join type and build, and remembers the tenant for laps run', async () => {
    const copy = world.nothing();
    const asked = [...words, '--name', 'KIOSK-7', '--join-type', 'hybrid', '--os', '10.0.22631'];
    const { status, value } = await copy.json(asked, { stdin: `${password}\n` });
    assert.equal(status, 0);
    assert.deepEqual(
      [at(value, 'displayName'), at(value, 'joinType'), at(value, 'error')],
      ['KIOSK-7', 'hybrid', null],
    );
    const { value: report } = await copy.json(['status']);
    assert.deepEqual(
      [
        at(report, 'device', 'displayName'),
        at(report, 'device', 'joinType'),
        at(report, 'device', 'os'),
        at(report, 'device', 'endpoint'),
      ],
      ['KIOSK-7', 'hybrid', '10.0.22631', world.tenant.tenant.url],
    );
  });

  describe('undone by laps leave', () => {
    it('asks first, and without an answer stays', async () => {
      const copy = world.copy();
      const end = await copy.run(['leave'], { stdin: 'y\n' });
      expectError(end, 'ERR_LAPS_INTERRUPTED', /stays joined/);
      assert.equal(identityOf(copy).length, 1);
    });

    it('deletes the device at the tenant and forgets it here', async () => {
      const copy = world.nothing();
      await copy.run([...words, '--name', 'SHORT-LIVED'], { stdin: password });
      const { value: before } = await copy.json(['status']);
      const id = String(at(before, 'device', 'deviceId'));
      const { status, value } = await copy.json(['leave', '--yes']);
      assert.deepEqual([status, at(value, 'kind'), at(value, 'deviceId')], [0, 'left', id]);
      assert.equal((await world.tenant.admin('GET', `/devices/${id}`)).status, 404);
      assert.deepEqual(identityOf(copy), []);
      expectError(await copy.run(['leave', '--yes']), 'ERR_LAPS_NOT_JOINED');
      expectError(await copy.run(['reset']), 'ERR_LAPS_NOT_JOINED');
    });
  });
});

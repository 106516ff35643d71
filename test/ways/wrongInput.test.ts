/** Wrong input on this machine: one clear error, the documented exit status, and nothing changed (issue 2, "shown" 4). */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from '../support/joinedWorld.ts';
import { laps } from '../support/lapsProcess.ts';
import { createProcessWorld, fingerprint } from '../support/processWorld.ts';

const nobody = 65534;

describe('wrong input', () => {
  let world: JoinedWorld;

  before(async () => {
    world = await createJoinedWorld();
  });
  after(() => world.close());

  async function refusedUnchanged(
    copy: JoinedCopy,
    words: readonly string[],
    code: Parameters<typeof expectError>[1],
    says?: RegExp,
  ): Promise<void> {
    const before = fingerprint(copy.data);
    const end = await copy.run(words);
    expectError(end, code, says);
    assert.equal(fingerprint(copy.data), before, 'something was changed');
  }

  describe('in the policy folder', () => {
    it('is the folder itself, which is not there', async () => {
      const copy = world.copy();
      await refusedUnchanged(copy, ['reset', '--policies', 'nowhere'], 'ERR_LAPS_POLICIES_MISSING', /does not exist/);
    });

    it('is nothing at all: no account is managed, which is no error (10007)', async () => {
      const copy = world.copy();
      mkdirSync(join(world.root, 'empty'), { recursive: true });
      const { status, value } = await copy.json(['process', '--policies', 'empty']);
      assert.equal(status, 0);
      assert.equal(at(value, 'outcome'), 'unchanged');
      assert.ok(JSON.stringify(at(value, 'events')).includes('10007'));
    });

    for (const [name, text, says] of [
      ['cut short', '{"BackupDirectory": 1,', /csp\.json:1:\d+: .*cut short/],
      [
        'a text where a number belongs',
        '{\n  "BackupDirectory": 1,\n  "PasswordLength": "20"\n}',
        /csp\.json:3:21: PasswordLength is "20"/,
      ],
      ['20 MB', ' '.repeat(20_000_000), /larger than/],
      ['not text', Buffer.from([0xff, 0xfe, 0x00, 0xd8]), /csp\.json:1:/],
      ['a list', '[1, 2]', /csp\.json:1:1/],
      ['nested far too deep', '{"a":'.repeat(20_000), /csp\.json:1:/],
    ] as const)
      it(`is ${name}: told with its place, and the device keeps what it had`, async () => {
        const copy = world.copy();
        writeFileSync(join(copy.policies, 'csp.json'), text);
        await refusedUnchanged(copy, ['reset'], 'ERR_LAPS_POLICY_UNREADABLE', says);
        await refusedUnchanged(copy, ['process'], 'ERR_LAPS_POLICY_UNREADABLE', /keeps what it had/);
      });

    it('is two files for one root', async () => {
      const copy = world.copy();
      copy.writePolicy('csp.jsonc', '{}');
      await refusedUnchanged(copy, ['reset'], 'ERR_LAPS_POLICY_UNREADABLE', /two files/);
    });

    it('is an account that is not on this machine', async () => {
      const copy = world.copy();
      copy.writePolicy('csp.json', '{"BackupDirectory": 1, "AdministratorAccountName": "noSuchOne"}');
      const before = fingerprint(copy.data, ['identity', 'accounts', 'state']);
      expectError(await copy.run(['process']), 'ERR_LAPS_ACCOUNT_MISSING', /"noSuchOne"/);
      assert.equal(fingerprint(copy.data, ['identity', 'accounts', 'state']), before);
    });
  });

  describe('in the data folder', () => {
    it('is a folder that is not there: told how to begin, and none is made', async () => {
      const nothing = world.nothing();
      for (const verb of ['reset', 'process', 'status', 'events', 'signin', 'leave', 'repair']) {
        expectError(await nothing.run([verb]), 'ERR_LAPS_NOT_JOINED', /no laps-agent data/);
        assert.throws(() => readdirSync(nothing.data));
      }
    });

    it('is named from a folder that was removed: whole paths lead on, others are told', async () => {
      const world = await createProcessWorld();
      try {
        const within = ['sh', '-c', 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', 'sh'];
        assert.deepEqual((await world.run(['status'], { within })).stderr, '');
        for (const [words, typed] of [
          [['run', '--once', '--data', 'here'], 'here'],
          [['process', '--ca-file', 'ca.pem'], 'ca.pem'],
          [['validate', '../policy.json'], '../policy.json'],
        ] as const) {
          const { status, stderr } = await world.run(words, { within });
          assert.equal(status, 3, stderr);
          assert.ok(
            stderr.startsWith(
              `laps: error: ${typed} leads nowhere: the folder you are in was removed [ERR_LAPS_NO_SUCH_FILE]\nlaps: hint: go to`,
            ),
            stderr,
          );
          assert.ok(!stderr.includes('/proc/'), stderr);
        }
        assert.equal(existsSync(join(world.root, 'gone')), false);
      } finally {
        await world.close();
      }
    });

    it('meets limits of the process: which one it is, is told', async () => {
      const world = await createProcessWorld();
      try {
        const limited = (limit: string) => ({ within: ['sh', '-c', `ulimit ${limit}; exec "$@"`, 'sh'] });
        const files = await world.run(['reset'], limited('-n 24'));
        assert.match(
          files.stderr,
          /too many files are open.*ERR_LAPS_DISK\]\nlaps: hint: raise the limit of open files/,
        );
        const sizes = await world.run(['config', 'set', 'os', '10.0.22631'], limited('-f 0'));
        assert.deepEqual([sizes.status, sizes.signal], [3, null]);
        assert.match(
          sizes.stderr,
          /larger than a file of this process may be.*\nlaps: hint: raise the limit of file sizes/,
        );
      } finally {
        await world.close();
      }
    });

    it('is a symbolic link', async () => {
      const copy = world.copy();
      const link = join(world.root, `link-${process.pid}`);
      symlinkSync(copy.data, link);
      const before = fingerprint(copy.data);
      for (const verb of ['reset', 'run', 'status'])
        expectError(await copy.run([verb, '--data', link]), 'ERR_LAPS_DATA_UNSAFE');
      assert.equal(fingerprint(copy.data), before);
    });

    it("is a file, or a folder with somebody's things", async () => {
      const copy = world.copy();
      const file = join(world.root, 'a-file');
      writeFileSync(file, 'mine');
      expectError(await copy.run(['run', '--data', file]), 'ERR_LAPS_DATA_UNSAFE', /not a folder/);
      expectError(await copy.run(['run', '--data', copy.policies]), 'ERR_LAPS_DATA_UNSAFE', /no laps-agent data/);
      assert.deepEqual(readdirSync(copy.policies), ['csp.json']);
    });

    it('is of a newer version', async () => {
      const copy = world.copy();
      writeFileSync(join(copy.data, 'version'), '99\n');
      await refusedUnchanged(copy, ['reset'], 'ERR_LAPS_DATA_NEWER', /99/);
    });

    it('is a damaged identity: refused, with the way to mend it', async () => {
      const copy = world.copy();
      copy.changeIdentity({ deviceId: 'gone' });
      await refusedUnchanged(copy, ['reset'], 'ERR_LAPS_DATA_DAMAGED');
      const { value } = await copy.json(['status']);
      assert.equal(at(value, 'healthy'), false);
    });

    for (const [name, spoil] of [
      ['empty', () => Buffer.alloc(0)],
      ['cut in half', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
      [
        'changed in one byte',
        (bytes: Buffer) =>
          Buffer.concat([bytes.subarray(0, 40), Buffer.from([(bytes[40] ?? 0) ^ 1]), bytes.subarray(41)]),
      ],
    ] as const)
      it(`is a journal that is ${name}: put aside and healed by one rotation`, async () => {
        const copy = world.copy();
        const path = join(copy.data, 'journal', 'journal');
        writeFileSync(path, spoil(readFileSync(path)));
        const { value: before } = await copy.json(['status']);
        assert.equal(at(before, 'healthy'), false);
        const { status, value } = await copy.json(['process']);
        assert.equal(status, 0, JSON.stringify(value));
        assert.equal(at(value, 'outcome'), 'rotated');
        assert.ok(JSON.stringify(at(value, 'events')).includes('50009'));
        assert.equal(readdirSync(join(copy.data, 'journal')).length, 2);
        const [newest] = await world.tenant.recover(world.deviceId);
        assert.equal((await copy.run(['signin'], { stdin: newest?.password ?? '' })).status, 0);
        assert.equal(at((await copy.json(['status', '--check'])).value, 'healthy'), true);
      });

    it('is a remembered state that is damaged: repair puts it aside, and one rotation heals it', async () => {
      const copy = world.copy();
      writeFileSync(join(copy.data, 'state', 'state.json'), '{"PolicySource":');
      const { status, value } = await copy.json(['repair']);
      assert.equal(status, 0, JSON.stringify(value));
      assert.deepEqual(at(value, 'quarantined'), ['the local state']);
      assert.equal(at(value, 'outcome'), 'rotated');
      assert.equal(at((await copy.json(['status', '--check'])).value, 'healthy'), true);
    });
  });

  describe('of another user', () => {
    /** Only root can become another user, and only where that one may read the program. */
    async function asNobody(this: Mocha.Context): Promise<void> {
      if (process.getuid?.() !== 0) this.skip();
      const tried = await laps(['--version'], { cwd: '/', uid: nobody });
      if (tried.status !== 0) this.skip();
    }
    before(asNobody);
    beforeEach(() => chmodSync(world.root, 0o755));

    it('is a data folder: refused, with the user to be, and nothing in it is touched', async () => {
      const copy = world.copy();
      chmodSync(join(copy.data, '..'), 0o755);
      const before = fingerprint(copy.data);
      for (const verb of ['reset', 'status', 'run']) {
        const end = await laps([verb, '--data', copy.data], { cwd: '/', uid: nobody });
        expectError(end, 'ERR_LAPS_DATA_UNSAFE', /belongs to another user/);
        assert.match(end.stderr, /sudo -u/);
      }
      assert.equal(fingerprint(copy.data), before);
    });

    it('is a policy folder that is closed', async () => {
      const copy = world.copy();
      const top = join(copy.data, '..');
      for (const path of [
        top,
        ...readdirSync(top, { recursive: true, encoding: 'utf8' }).map((name) => join(top, name)),
      ])
        chownSync(path, nobody, nobody);
      chownSync(copy.policies, 0, 0);
      chmodSync(copy.policies, 0o700);
      const before = fingerprint(copy.data);
      const end = await laps(['reset', '--data', copy.data, '--policies', copy.policies], { cwd: '/', uid: nobody });
      expectError(end, 'ERR_LAPS_FILE_UNREADABLE', /no permission to read the policy folder/);
      assert.equal(fingerprint(copy.data), before);
    });
  });
});

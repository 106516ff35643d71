import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../../agent/core/secret.ts';
import { describeAccountContract } from '../../support/accountContract.ts';
import { domain, linuxMachine, linuxTools } from '../../support/linuxMachine.ts';
import { describeInSandbox } from '../../support/linuxSandbox.ts';

const planted = 'Pl4nted-Secret-9';
const secret = (text: string) => new Secret(text);
/** Runs its words where PAM's checker is broken. */
const breaks = 'mount --bind /bin/false "$(command -v unix_chkpwd)" && exec "$@"';

describeInSandbox('real Linux accounts', { tools: linuxTools }, (sandbox) => {
  const { root, uid, open, fieldOf, chpasswd } = linuxMachine(sandbox);
  async function kindsOf(name: string, accounts = open()): Promise<string[]> {
    return (await accounts.examine(name)).remarks.map(({ kind }) => kind);
  }

  describeAccountContract(() => ({
    name: 'managed',
    open,
    lock: async () => void (await sandbox().must(['usermod', '--lock', 'managed'])),
    setByAnother: async (password) => void (await chpasswd('managed', password)),
  }));

  it('are shown as SIDs of this machine’s own domain', async () => {
    const account = await open().find('managed');
    assert.deepEqual([account?.sid, account?.rid], [`${domain}-${1000 + uid()}`, 1000 + uid()]);
    assert.equal(await open().bySid(`S-1-5-21-1-2-3-${1000 + uid()}`), undefined);
  });

  it('never change but for the one, whose line alone is another afterwards', async () => {
    const account = await open().find('managed');
    await open().ensure();
    const path = join(sandbox().etc, 'shadow');
    const before = (await readFile(path, 'utf8')).split('\n');
    const { mode, uid: owner, gid } = await stat(path);
    await open().set(account?.sid ?? '', secret(planted));
    const then = await stat(path);
    assert.deepEqual([then.mode, then.uid, then.gid], [mode, owner, gid]);
    const after = (await readFile(join(sandbox().etc, 'shadow'), 'utf8')).split('\n');
    assert.deepEqual(
      after.filter((line, index) => line !== before[index]).map((line) => line.split(':')[0]),
      ['managed'],
    );
    assert.equal(after.length, before.length);
    assert.deepEqual(
      (await readdir(sandbox().etc)).filter((name) => name.includes('.tmp')),
      [],
    );
  });

  it('are changed and proven without their password among any words or variables', async () => {
    const seen = join(root(), 'seen');
    // Stands before each program, notes what anybody could see of it, and becomes it.
    const spy = `{ tr '\\0' ' ' </proc/$$/cmdline; env; } >>${seen}; exec "$@"`;
    const accounts = open({ before: ['sh', '-c', spy, 'spy'] });
    const { sid = '' } = (await accounts.find('managed')) ?? {};
    assert.equal(await accounts.accepts(sid, secret(planted)), true);
    await accounts.set(sid, secret(planted));
    await sandbox().must(['usermod', '--lock', 'managed']);
    const snapshot = await accounts.snapshot(sid);
    assert.ok(snapshot !== undefined);
    await accounts.set(sid, secret(`${planted}-again`));
    await accounts.putBack(snapshot);
    assert.equal(await accounts.opens(sid, secret(planted)), true);
    await sandbox().must(['usermod', '--unlock', 'managed']);
    assert.equal(await accounts.opens(sid, secret(planted)), true);
    const text = await readFile(seen, 'latin1');
    for (const tool of ['chpasswd', 'usermod', 'unix_chkpwd', 'perl']) assert.ok(text.includes(tool), tool);
    assert.ok(!text.includes(planted));
    assert.ok(!text.includes(fieldOf('managed')));
  });

  it('that never had a password can be used once they have one', async () => {
    assert.match(fieldOf('managed'), /^!+$/);
    const account = await open().find('managed');
    assert.equal(account?.locked, false);
    await open().set(account?.sid ?? '', secret(planted));
    assert.match(fieldOf('managed'), /^\$/);
  });

  describe('are refused', () => {
    const barOf = async (name: string | undefined, accounts = open()) => (await accounts.examine(name)).bar;

    it('when the policy names none', async () => {
      assert.equal((await barOf(undefined))?.code, 'ERR_LAPS_ACCOUNT_PROTECTED');
    });

    it('as root, as the system’s and as one’s own, unless that is plainly allowed', async () => {
      for (const [name, allow, callers] of [
        ['root', { root: true }, []],
        ['daemon', { system: true }, []],
        ['nobody', { system: true }, []],
        ['managed', { own: true }, [uid()]],
      ] as const) {
        assert.equal((await barOf(name, open({ callers: [...callers] })))?.code, 'ERR_LAPS_ACCOUNT_PROTECTED', name);
        assert.notEqual(
          (await barOf(name, open({ callers: [...callers], allow })))?.problem,
          (await barOf(name, open({ callers: [...callers] })))?.problem,
          name,
        );
      }
      assert.equal(await barOf('root', open({ allow: { root: true } })), undefined);
      assert.equal(await barOf('managed', open({ callers: [uid()], allow: { own: true } })), undefined);
    });

    it('when two share a uid, or the password is not in shadow', async () => {
      const passwd = join(sandbox().etc, 'passwd');
      const before = await readFile(passwd, 'utf8');
      try {
        await writeFile(passwd, `${before}twin:x:${uid()}:${uid()}::/:/bin/sh\n`);
        assert.match((await barOf('managed'))?.problem ?? '', /twin/);
        await writeFile(passwd, `${before}bare::4242:4242::/:/bin/sh\nabsent:x:4243:4243::/:/bin/sh\n`);
        for (const name of ['bare', 'absent']) assert.match((await barOf(name))?.problem ?? '', /shadow/);
      } finally {
        await writeFile(passwd, before);
      }
    });

    it('when a directory service alone knows them', async () => {
      const nsswitch = join(sandbox().etc, 'nsswitch.conf');
      const before = await readFile(nsswitch, 'utf8');
      const passwd = await readFile(join(sandbox().etc, 'passwd'), 'utf8');
      await sandbox()
        .must(['mkdir', '-p', '/var/lib/extrausers'])
        .catch(() => '');
      try {
        // The one source besides files that a bare Debian has: systemd's own names.
        await writeFile(nsswitch, before.replace(/^passwd:.*$/m, 'passwd: files systemd'));
        await writeFile(join(sandbox().etc, 'passwd'), passwd.replace(/^nobody:.*\n/m, ''));
        const end = await sandbox().run(['getent', 'passwd', 'nobody']);
        if (end.status !== 0) return;
        assert.equal((await barOf('nobody'))?.code, 'ERR_LAPS_ACCOUNT_NOT_LOCAL');
      } finally {
        await writeFile(nsswitch, before);
        await writeFile(join(sandbox().etc, 'passwd'), passwd);
      }
    });
  });

  it('that could not be changed are seen as such by a look', async () => {
    await chpasswd('managed', planted);
    const accounts = open();
    const { sid = '' } = (await accounts.find('managed')) ?? {};
    assert.equal(await accounts.obstacle(sid), undefined);
    await sandbox().must(['chage', '-M', '5', '-I', '1', '-d', '2020-01-01', 'managed']);
    assert.equal(await accounts.obstacle(sid), undefined, 'an aged-out one can be proven');
    const today = String(Math.floor(Date.now() / 86_400_000));
    await sandbox().must(['chage', '-m', '1', '-M', '-1', '-I', '-1', '-d', today, 'managed']);
    assert.equal(await accounts.obstacle(sid), undefined, 'one that its owner may not change yet can be proven');
    const broken = open({ before: ['unshare', '--mount', 'sh', '-c', breaks, 'sh'] });
    assert.deepEqual(
      [(await broken.obstacle(sid))?.kind, (await broken.obstacle(`${domain}-999999`))?.kind],
      ['unprovable', undefined],
    );
  });

  it('out of the ordinary are told: locked, expired, without a shell', async () => {
    assert.deepEqual(await kindsOf('managed'), []);
    await sandbox().must(['chage', '-M', '5', '-I', '1', '-d', '2020-01-01', 'managed']);
    await sandbox().must(['usermod', '--shell', '/bin/nonesuch', 'managed']);
    assert.deepEqual(await kindsOf('managed'), ['agedOut', 'shellMissing']);
    await sandbox().must(['chage', '-M', '-1', '-I', '-1', '-d', '0', 'managed']);
    assert.deepEqual(await kindsOf('managed'), ['mustChange', 'shellMissing']);
    await sandbox().must(['chage', '-M', '-1', '-I', '-1', '-d', '2020-01-01', 'managed']);
    await sandbox().must(['usermod', '--password', 'ab3./ZYxwvu12', 'managed']);
    assert.deepEqual(await kindsOf('managed'), ['firstEight', 'shellMissing']);
    await chpasswd('managed', planted);
    await sandbox().must([
      'usermod',
      '--lock',
      '--expiredate',
      '1971-01-01',
      '--shell',
      '/usr/sbin/nologin',
      'managed',
    ]);
    assert.deepEqual(await kindsOf('managed'), ['locked', 'expired', 'noShell']);
    assert.equal((await open().find('managed'))?.enabled, false);
    const { sid = '' } = (await open().find('managed')) ?? {};
    await open().set(sid, secret('Another-Secret-1'));
    assert.equal(await open().opens(sid, secret('Another-Secret-1')), true);
    assert.match(fieldOf('managed'), /^!\$/);
  });

  describe('followed', () => {
    let sid = '';
    beforeEach(async () => {
      const accounts = open();
      sid = (await accounts.examine('managed')).account?.sid ?? '';
      await accounts.set(sid, secret(planted));
      await accounts.guard(sid);
    });

    it('through a rename, by their number and their password', async () => {
      await sandbox().must(['usermod', '--login', 'renamed', 'managed']);
      const { account, remarks, bar } = await open().examine('managed');
      assert.deepEqual([account?.sid, account?.name, bar], [sid, 'renamed', undefined]);
      assert.deepEqual(remarks, [{ kind: 'renamed', from: 'managed' }]);
      const accounts = open();
      await accounts.examine('managed');
      await accounts.claim(sid, 'manage');
      await accounts.set(sid, secret('Another-Secret-1'));
      // Known by the new name now: a change of the password does not lose it.
      await chpasswd('renamed', 'Somebody-Elses-1');
      assert.equal((await open().examine('managed')).account?.name, 'renamed');
      assert.equal((await open().examine('renamed')).account?.sid, sid);
    });

    it('not to another account that was given their number', async () => {
      const mark = await open().mark(sid);
      await sandbox().must(['userdel', '--remove', 'managed']);
      await sandbox().addUser('another', '--uid', String(uid()));
      await chpasswd('another', 'Somebody-Elses-1');
      const { account, remarks } = await open().examine('managed');
      assert.equal(account, undefined);
      assert.deepEqual(
        remarks.map((remark) => [remark.kind, remark.kind === 'idReused' && remark.account.name]),
        [['idReused', 'another']],
      );
      assert.equal(await open().bySid(sid, { name: 'managed', marks: [mark ?? ''] }), undefined);
      // A guard of what was remembered must not adopt it either.
      await open().guard(sid);
      assert.equal((await open().examine('managed')).account, undefined);
      // Named by a policy, it is an account like any other.
      assert.equal((await open().examine('another')).account?.sid, sid);
    });

    it('no further by a note that is damaged, which is put aside', async () => {
      const note = join(root(), 'accounts', 'linux.json');
      for (const content of ['', '{"version":2,"managed":null}', '\u0000', '{"version":1,"managed":{"uid":-1}}']) {
        await writeFile(note, content);
        assert.equal((await open().examine('managed')).account?.sid, sid);
        assert.equal((await open().examine('no-such-name')).account, undefined);
      }
      assert.ok((await readdir(join(root(), 'accounts'))).some((name) => name.startsWith('linux.json.damaged-')));
    });
  });

  it('refuse what no line can carry, and say nothing of it', async () => {
    const { sid = '' } = (await open().find('managed')) ?? {};
    const before = fieldOf('managed');
    for (const password of ['two\nlines', 'cut\0short', '', 'x'.repeat(201)]) {
      assert.equal(await open().accepts(sid, secret(password)), false);
      const outcome = await open().set(sid, secret(password));
      assert.deepEqual([outcome.kind, outcome.kind === 'refused' && outcome.hresult], ['refused', 0x8007052d]);
      assert.equal(await open().opens(sid, secret(password)), false);
    }
    assert.equal(fieldOf('managed'), before);
  });
});

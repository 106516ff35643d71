/** Which data folder has an account, beyond the end of a process. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountClaims, createAccountClaims } from '../../../agent/edge/accounts/accountClaims.ts';

describe('the claims of real accounts', () => {
  let root = '';
  let folder = '';
  let managing: boolean | 'gone' = true;
  let asked: string[] = [];
  const at = (data: string): AccountClaims =>
    createAccountClaims({
      folder,
      data: join(root, data),
      isManaging: async (each, uid) => {
        asked.push(`${each.slice(root.length + 1)} ${uid}`);
        return managing;
      },
    });
  const mine = { kind: 'held', from: undefined };

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-claims-'));
    folder = join(root, 'etc', 'laps-agent', 'accounts');
    for (const each of ['etc', 'one', 'two']) await mkdir(join(root, each));
    managing = true;
    asked = [];
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('stand in a folder closed to others, one file an account, and are the same for whoever asks again', async () => {
    for (let time = 0; time < 2; time += 1) assert.deepEqual(await at('one').take(1001, false), mine);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, '1001.json'))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['1001.json']);
    assert.deepEqual(asked, []);
  });

  it('keep an account for one data folder, which nobody else gets without a plain wish', async () => {
    await at('one').take(1001, false);
    assert.deepEqual(await at('two').take(1001, false), { kind: 'kept', data: join(root, 'one') });
    assert.deepEqual(await at('two').take(1002, false), mine);
    assert.deepEqual(asked, ['one 1001']);
    assert.deepEqual(await at('two').take(1001, true), {
      kind: 'held',
      from: { data: join(root, 'one'), why: 'that was asked for' },
    });
    assert.deepEqual(await at('one').take(1001, false), { kind: 'kept', data: join(root, 'two') });
  });

  it('are looked at without being changed', async () => {
    assert.equal(await at('two').elsewhere(1001), undefined);
    await at('one').take(1001, false);
    assert.equal(await at('one').elsewhere(1001), undefined);
    assert.equal(await at('two').elsewhere(1001), join(root, 'one'));
    managing = false;
    assert.equal(await at('two').elsewhere(1001), undefined, 'it would be had for the asking');
    managing = true;
    assert.deepEqual(await at('two').take(1001, false), { kind: 'kept', data: join(root, 'one') });
  });

  it('pass to another data folder when theirs is gone, or manages the account no longer', async () => {
    for (const [state, why] of [
      ['gone', /gone/],
      [false, /no longer/],
    ] as const) {
      await at('one').take(1001, true);
      managing = state;
      const taken = await at('two').take(1001, false);
      assert.match((taken.kind === 'held' && taken.from?.why) || '', why);
      managing = true;
      assert.equal((await at('one').take(1001, false)).kind, 'kept');
    }
  });

  it('know a data folder by whichever way it is named', async () => {
    await symlink(join(root, 'one'), join(root, 'link'));
    await at('link').take(1001, false);
    assert.deepEqual(await at('one').take(1001, false), mine);
    assert.equal((await at('two').take(1001, false)).kind, 'kept');
    await at('link').keepOnly([]);
    assert.equal(existsSync(folder), false);
  });

  it('that are lost or damaged count as none and are written anew, and that is told', async () => {
    await at('one').take(1001, false);
    const whole = await readFile(join(folder, '1001.json'));
    for (const bytes of [
      '',
      '{',
      '[]',
      '{"version":2,"data":"/x"}',
      '{"version":1,"data":"x"}',
      '{"version":1,"data":"/x","more":1}',
      Buffer.from([0xff, 0xfe]),
      'x'.repeat(9000),
      whole.subarray(0, whole.length - 5),
    ]) {
      await writeFile(join(folder, '1001.json'), bytes);
      assert.equal(await at('two').obstacle(1001), undefined, 'it is no obstacle');
      assert.equal(await at('two').doubt(1001), undefined, 'nobody else wrote it');
      const problem = bytes.length > 8192 ? 'it is larger than 8192 bytes' : 'it is damaged';
      const disbelieved = { path: join(folder, '1001.json'), problem };
      assert.deepEqual(await at('two').take(1001, false), { ...mine, disbelieved }, String(bytes));
      assert.deepEqual(await at('one').take(1001, true), {
        kind: 'held',
        from: { data: join(root, 'two'), why: 'that was asked for' },
      });
    }
    await rm(folder, { recursive: true });
    assert.deepEqual(await at('two').take(1001, false), mine);
    assert.deepEqual(await readdir(folder), ['1001.json']);
  });

  it('are let go, all but those that are kept, and never another data folder’s', async () => {
    for (const uid of [1001, 1002, 1003]) await at('one').take(uid, false);
    await at('two').take(2001, false);
    await at('one').keepOnly([1002, undefined]);
    assert.deepEqual((await readdir(folder)).toSorted(), ['1002.json', '2001.json']);
    await at('one').keepOnly([]);
    assert.deepEqual(await readdir(folder), ['2001.json']);
    await at('two').keepOnly([]);
    assert.deepEqual(await readdir(join(root, 'etc')), [], 'nothing is left behind');
    await at('two').keepOnly([]);
  });

  it('leave what else lies beside them', async () => {
    await at('one').take(1001, false);
    await writeFile(join(folder, '..', 'installed.json'), '{}');
    await writeFile(join(folder, 'README'), 'mine');
    await at('one').keepOnly([]);
    assert.deepEqual(await readdir(folder), ['README']);
    await rm(join(folder, 'README'));
    await at('one').take(1001, false);
    await at('one').keepOnly([]);
    assert.deepEqual(await readdir(join(root, 'etc', 'laps-agent')), ['installed.json']);
  });

  it('are refused in a folder that somebody else could have made, and behind a link', async () => {
    await at('one').take(1001, false);
    await rm(join(folder, '1001.json'));
    await writeFile(join(root, 'victim'), 'untouched');
    await symlink(join(root, 'victim'), join(folder, '1001.json'));
    assert.equal((await at('one').take(1001, false)).kind, 'unsafe');
    assert.deepEqual(await at('one').obstacle(1001), await at('one').take(1001, false), 'a look says the same');
    assert.equal(await readFile(join(root, 'victim'), 'utf8'), 'untouched');
    await at('one').keepOnly([]);
  });

  it('are refused in words of their own where a folder stands in their place, and leave it alone', async () => {
    await mkdir(join(folder, '1001.json'), { recursive: true });
    await chmod(folder, 0o755);
    const looked = await at('one').obstacle(1001);
    assert.match(JSON.stringify(looked), /"unsafe".+1001\.json is a folder.+"hint":"move it away: .+laps process"/);
    assert.deepEqual(await at('one').take(1001, true), { ...looked, closed: [folder] });
    assert.equal(await at('one').elsewhere(1001), undefined);
    await at('one').keepOnly([]);
    assert.deepEqual(await readdir(folder), ['1001.json']);
    assert.equal(await at('one').obstacle(1002), undefined, 'other accounts are not concerned');
  });

  it('are not believed where others could write in them, and closed where others could read them', async () => {
    const path = join(folder, '1001.json');
    await at('one').take(1001, false);
    for (const mode of [0o620, 0o602]) {
      await chmod(path, mode);
      assert.equal(await at('two').elsewhere(1001), undefined);
      assert.match(JSON.stringify(await at('two').doubt(1001)), /unsafe.*other users could write.*sudo chmod 600 \S+;/);
      const disbelieved = { path, problem: 'other users could write in it' };
      assert.deepEqual(await at('two').take(1001, false), { ...mine, disbelieved });
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      await at('one').take(1001, true);
    }
    await chmod(path, 0o644);
    assert.equal(await at('two').elsewhere(1001), join(root, 'one'));
    assert.equal((await stat(path)).mode & 0o777, 0o644, 'a look closes nothing');
    assert.deepEqual(await at('two').take(1001, false), { kind: 'kept', data: join(root, 'one'), closed: [path] });
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await at('one').take(1001, false), mine, 'told once');
    assert.equal(await at('one').doubt(1001), undefined);
    assert.equal(await at('one').doubt(1002), undefined, 'there is none');
  });

  it('are closed again where others could write them, before they are read, and that is told', async () => {
    const above = join(folder, '..');
    await at('one').take(1001, false);
    await chmod(folder, 0o777);
    await chmod(above, 0o775);
    assert.equal(await at('one').obstacle(1001), undefined, 'a look has nothing to refuse, and closes nothing');
    assert.deepEqual(await at('one').take(1001, false), { ...mine, closed: [above, folder] });
    assert.deepEqual([(await stat(above)).mode & 0o777, (await stat(folder)).mode & 0o777], [0o755, 0o700]);
    assert.deepEqual(await at('one').take(1001, false), mine, 'told once');
    await chmod(folder, 0o1777);
    assert.deepEqual(await at('two').take(1001, false), { kind: 'kept', data: join(root, 'one'), closed: [folder] });
  });

  it('are refused behind a link in the place of their folder, or of the one around it', async () => {
    await at('one').take(1001, false);
    for (const path of [folder, join(root, 'etc', 'laps-agent')]) {
      await rename(path, join(root, 'real'));
      await symlink(join(root, 'real'), path);
      assert.match(JSON.stringify(await at('one').take(1001, false)), /unsafe.+symbolic link/);
      assert.match(JSON.stringify(await at('one').obstacle(1001)), /unsafe.+symbolic link/);
      await at('one').keepOnly([]);
      await rm(path);
      await rename(join(root, 'real'), path);
    }
    assert.deepEqual(await at('one').take(1001, false), mine, 'nothing was let go');
  });

  it('are not believed where they belong to somebody else, nor is their folder', async function () {
    if (process.getuid?.() !== 0) {
      console.log('      skipped: only root can give a file to somebody else');
      this.skip();
    }
    await at('one').take(1001, false);
    await chown(join(folder, '1001.json'), 65_534, 65_534);
    assert.equal(await at('two').elsewhere(1001), undefined);
    assert.match(
      JSON.stringify(await at('two').doubt(1001)),
      /belongs to another user \(uid 65534\).*sudo chown root: /,
    );
    const disbelieved = { path: join(folder, '1001.json'), problem: 'it belongs to another user (uid 65534)' };
    assert.deepEqual(await at('two').take(1001, false), { ...mine, disbelieved });
    assert.equal((await stat(join(folder, '1001.json'))).uid, 0);
    for (const path of [folder, join(folder, '..')]) {
      await chown(path, 65_534, 65_534);
      const refused = await at('two').take(1001, false);
      assert.match(
        JSON.stringify(refused),
        /"unsafe".+belongs to another user \(uid 65534\).+"hint":.+chown -R root: /,
      );
      assert.equal((await at('two').obstacle(1001))?.kind, 'unsafe');
      await chown(path, 0, 0);
    }
    assert.deepEqual(await at('two').take(1001, false), mine);
  });
});

/** Where root's commands look for the data when an installed service has it in a place of its own. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { refuseElsewhere, refuseEmptied } from '../../agent/composeWhere.ts';
import { servicePaths } from '../../agent/core/hosting/place.ts';
import { openDataFolder } from '../../agent/edge/dataFolder.ts';
import { installedData, missedIn } from '../../agent/edge/installedData.ts';

describe('the data folder of the installed service', () => {
  let root = '';
  let paths = servicePaths();
  const install = (data: string): void => {
    mkdirSync(dirname(paths.manifest), { recursive: true });
    const record = { version: 1, data, made: [], configuration: {} };
    writeFileSync(paths.manifest, JSON.stringify(record), { mode: 0o600 });
  };

  before(function () {
    if (process.getuid?.() === 0) return;
    console.log('      skipped: only root’s record is followed');
    this.skip();
  });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-installed-'));
    paths = servicePaths(root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is nothing to speak of without a service, or with one in the usual place', async () => {
    assert.equal(await installedData(paths), undefined);
    install(paths.data);
    assert.equal(await installedData(paths), undefined);
  });

  it('is found by the record, and it is told whether the usual place is in use', async () => {
    install('/srv/x');
    assert.deepEqual(await installedData(paths), { data: '/srv/x', isUsualInUse: false });
    mkdirSync(paths.data, { recursive: true });
    assert.deepEqual(await installedData(paths), { data: '/srv/x', isUsualInUse: false }, 'empty');
    await openDataFolder({ path: paths.data, create: true });
    assert.deepEqual(await installedData(paths), { data: '/srv/x', isUsualInUse: true });
  });

  it('is missed where it holds nothing, by the service and by the accounts that were managed from it', async () => {
    const data = join(root, 'srv');
    const empty = [() => rmSync(data, { recursive: true, force: true }), () => mkdirSync(data)];
    const look = () => missedIn(paths, data);
    const claim = (uid: number, of: string): void => {
      mkdirSync(paths.accounts, { recursive: true, mode: 0o700 });
      writeFileSync(join(paths.accounts, `${uid}.json`), JSON.stringify({ version: 1, data: of }), { mode: 0o600 });
    };
    for (const make of empty) {
      make();
      assert.equal(await look(), undefined, 'nobody counts on it');
    }
    claim(1002, '/srv/elsewhere');
    assert.equal(await look(), undefined);
    claim(1001, data);
    for (const make of empty) {
      make();
      assert.deepEqual(await look(), { kind: 'accounts', uids: [1001] });
    }
    install('/srv/elsewhere');
    assert.deepEqual(await look(), { kind: 'accounts', uids: [1001] });
    install(data);
    assert.deepEqual(await look(), { kind: 'service' });
    chmodSync(paths.etc, 0o777);
    assert.equal((await look())?.kind, 'accounts', 'others could have written the record');
    chmodSync(paths.etc, 0o700);
    await openDataFolder({ path: data, create: true });
    assert.equal(await look(), undefined);
    rmSync(data, { recursive: true });
    writeFileSync(data, '');
    assert.equal(await look(), undefined, 'no folder: refused as that');
  });

  it('is not begun anew without a word: not while a service counts on it, else by who says with which accounts', async () => {
    const data = join(root, 'two words');
    await refuseEmptied(data, false, paths);
    mkdirSync(paths.accounts, { recursive: true, mode: 0o700 });
    writeFileSync(join(paths.accounts, '1001.json'), JSON.stringify({ version: 1, data }), { mode: 0o600 });
    await assert.rejects(refuseEmptied(data, false, paths), {
      code: 'ERR_LAPS_DATA_MISSING',
      message: /a real account of this machine \(uid 1001\) was managed from .+ there is nothing in it/,
      hint: /--accounts linux, or --accounts simulated$/,
    });
    await refuseEmptied(data, true, paths);
    install(data);
    await assert.rejects(refuseEmptied(data, true, paths), {
      code: 'ERR_LAPS_DATA_MISSING',
      message: /the service was installed with its data in/,
      hint: /mount the disk.+rmdir "[^"]+two words" first.+where it was moved, or is to be elsewhere: sudo laps service uninstall.+begin anew there: sudo laps service install$/,
    });
  });

  it('is not begun in the usual place without a word while another folder has real accounts, which is named', async () => {
    const other = join(root, 'two words');
    const note = join(paths.accounts, '1001.json');
    const look = () => refuseElsewhere(paths.data, paths);
    await look();
    mkdirSync(paths.accounts, { recursive: true, mode: 0o700 });
    writeFileSync(note, JSON.stringify({ version: 1, data: other }), { mode: 0o600 });
    await look();
    mkdirSync(other);
    for (const make of [() => undefined, () => mkdirSync(paths.data, { recursive: true })]) {
      make();
      await assert.rejects(look(), {
        code: 'ERR_LAPS_DATA_MISSING',
        message: /there is no laps-agent data in .+ \(uid 1001\) is managed from .+two words; nothing was touched$/,
        hint: /^to go on there, say the same with --data "[^"]+two words"; .+--accounts linux, or --accounts simulated; .+config set accounts, with the same word$/,
      });
    }
    await refuseElsewhere(join(root, 'own'), paths);
    chmodSync(note, 0o666);
    await look();
    chmodSync(note, 0o600);
    await openDataFolder({ path: paths.data, create: true });
    await look();
  });

  it('is not taken from a record that says nothing, or that another user could have written', async () => {
    install('/srv/x');
    for (const [spoil, mend] of [
      [() => chownSync(paths.manifest, 65_534, 65_534), () => chownSync(paths.manifest, 0, 0)],
      [() => chmodSync(paths.etc, 0o777), () => chmodSync(paths.etc, 0o700)],
      [() => chownSync(paths.etc, 65_534, 65_534), () => chownSync(paths.etc, 0, 0)],
      [() => writeFileSync(paths.manifest, '{'), () => install('/srv/x')],
    ] as const) {
      spoil();
      assert.equal(await installedData(paths), undefined);
      mend();
      assert.deepEqual(await installedData(paths), { data: '/srv/x', isUsualInUse: false });
    }
  });
});

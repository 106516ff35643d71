import assert from 'node:assert/strict';
import { createKeyRing, tellingLostMark } from '../../agent/edge/keyRing.ts';
import { ModelDisk } from '../support/faultyFs.ts';

function modelled() {
  const disk = new ModelDisk(['/keys']);
  return { disk, keys: createKeyRing({ folder: '/keys', fs: disk.fs }) };
}

describe('the key ring', () => {
  it('makes an installation key once and then gives the same', async () => {
    const { keys } = modelled();
    assert.equal(await keys.installationKey('mark'), undefined);
    const made = await keys.ensureInstallationKey('mark');
    assert.equal(made.length, 32);
    assert.deepEqual(await keys.ensureInstallationKey('mark'), made);
    assert.deepEqual(await keys.installationKey('mark'), made);
    assert.notDeepEqual(await keys.ensureInstallationKey('journal'), made);
  });

  it('lets two makers at once agree on one key', async () => {
    const { keys } = modelled();
    const [one, other] = await Promise.all([keys.ensureInstallationKey('mark'), keys.ensureInstallationKey('mark')]);
    assert.deepEqual(one, other);
  });

  it('puts a cut key aside and makes a new one', async () => {
    const { disk, keys } = modelled();
    disk.place('/keys/account-mark.key', new Uint8Array(5));
    assert.equal(await keys.installationKey('mark'), undefined);
    assert.equal((await keys.ensureInstallationKey('mark')).length, 32);
    assert.deepEqual(disk.paths(), ['/keys/account-mark.key', '/keys/account-mark.key.damaged-1']);
  });

  it('erases nothing in a folder that is gone', async () => {
    const keys = createKeyRing({ folder: '/gone', fs: new ModelDisk([]).fs });
    await keys.eraseRotationKeysBut(null);
  });

  it('throws and gives out no key on a full disk', async () => {
    const { disk, keys } = modelled();
    disk.arm({ step: 4, when: 'before', code: 'ENOSPC' });
    await assert.rejects(keys.ensureInstallationKey('mark'), { code: 'ERR_LAPS_DISK' });
    assert.deepEqual(disk.paths(), []);
  });

  it('tells a key of the mark that was lost after something was marked with it, once, and no other', async () => {
    const { disk, keys } = modelled();
    const told: string[] = [];
    let isMarked = false;
    const telling = tellingLostMark(keys, { isMarked: async () => isMarked, onLost: () => void told.push('lost') });
    await telling.ensureInstallationKey('mark');
    assert.deepEqual(told, [], 'the first is not lost');
    isMarked = true;
    await telling.ensureInstallationKey('mark');
    await telling.ensureInstallationKey('journal');
    assert.deepEqual(told, []);
    disk.place('/keys/account-mark.key', new Uint8Array(5));
    await telling.ensureInstallationKey('mark');
    await telling.ensureInstallationKey('mark');
    assert.deepEqual(told, ['lost']);
  });
});

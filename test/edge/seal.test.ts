import assert from 'node:assert/strict';
import type { SealContext } from '../../agent/core/ports.ts';
import { Secret } from '../../agent/core/secret.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import { createSeal } from '../../agent/edge/seal.ts';
import { ModelDisk } from '../support/faultyFs.ts';

const context: SealContext = {
  tenantId: '6babcaad-604b-40ac-a9d7-9fd97c0b779f',
  deviceId: 'b465e4e8-e4e8-b465-e8e4-65b4e8e465b4',
  sid: 'S-1-5-21-1-2-3-1001',
  rotationId: '3f2c9d1e-0b5a-4c11-9e3e-5a3f0e6d7c21',
};
const otherId = '00000000-0000-4000-8000-000000000001';
const keyPath = `/keys/rotation-${context.rotationId}.key`;
const password = 'Pl4nted #"%\\` s\u00e9cret';

async function sealedWorld() {
  const disk = new ModelDisk(['/keys']);
  const seal = createSeal({ keys: createKeyRing({ folder: '/keys', fs: disk.fs }) });
  return { disk, seal, sealed: await seal.seal(new Secret(password), context) };
}

describe('the seal', () => {
  it('opens what it sealed, and only for the same tenant, device, account and rotation', async () => {
    const { seal, sealed } = await sealedWorld();
    assert.equal((await seal.open(sealed, context))?.reveal(), password);
    await seal.seal(new Secret('other'), { ...context, rotationId: otherId });
    for (const other of [
      { tenantId: otherId },
      { deviceId: otherId },
      { sid: 'S-1-5-21-1-2-3-1002' },
      { rotationId: otherId },
    ]) {
      assert.equal(await seal.open(sealed, { ...context, ...other }), undefined);
    }
  });

  it('says the secret is lost when the key is missing, cut at any byte, longer or another', async () => {
    const { disk, seal, sealed } = await sealedWorld();
    const key = Uint8Array.from(disk.content(keyPath) ?? []);
    assert.equal(key.length, 32);
    for (let length = 0; length < key.length; length += 1) {
      disk.place(keyPath, key.slice(0, length));
      assert.equal(await seal.open(sealed, context), undefined);
    }
    for (const wrong of [new Uint8Array([...key, 0]), new Uint8Array(32), new Uint8Array(2000)]) {
      disk.place(keyPath, wrong);
      assert.equal(await seal.open(sealed, context), undefined);
    }
    disk.place(keyPath, key);
    assert.equal((await seal.open(sealed, context))?.reveal(), password);
  });

  it('says the secret is lost when any byte of the blob changed', async () => {
    const { seal, sealed } = await sealedWorld();
    for (const member of ['iv', 'tag', 'data'] as const) {
      const bytes = Buffer.from(sealed[member], 'base64');
      for (let index = 0; index < bytes.length; index += 1) {
        const flipped = Buffer.from(bytes);
        flipped[index] = (flipped[index] ?? 0) ^ 1;
        assert.equal(await seal.open({ ...sealed, [member]: flipped.toString('base64') }, context), undefined);
      }
      assert.equal(await seal.open({ ...sealed, [member]: '' }, context), undefined);
    }
  });

  it('tells a failing disk apart from a lost key', async () => {
    const { disk, seal, sealed } = await sealedWorld();
    disk.arm({ step: 1, when: 'before', code: 'EIO' });
    await assert.rejects(seal.open(sealed, context), { code: 'ERR_LAPS_DISK' });
    disk.arm({ step: 1, when: 'before', code: 'EACCES' });
    await assert.rejects(seal.open(sealed, context), { code: 'ERR_LAPS_PERMISSION' });
  });

  it('seals nothing when the key could not be made durable', async () => {
    // 6 removes the temporary name when the key is there already; its failure loses nothing.
    for (const step of [1, 2, 3, 4, 5, 7, 8]) {
      const disk = new ModelDisk(['/keys']);
      const seal = createSeal({ keys: createKeyRing({ folder: '/keys', fs: disk.fs }) });
      disk.arm({ step, when: 'before', code: 'ENOSPC' });
      await assert.rejects(seal.seal(new Secret(password), context), { code: 'ERR_LAPS_DISK' });
    }
  });

  it('never seals twice under one rotation id', async () => {
    const { seal } = await sealedWorld();
    await assert.rejects(seal.seal(new Secret('x'), context), { code: 'ERR_LAPS_INTERNAL' });
  });

  it('erases every key but one, overwriting it before it goes, and half-written ones too', async () => {
    const { disk, seal, sealed } = await sealedWorld();
    await seal.seal(new Secret('other'), { ...context, rotationId: otherId });
    const doomed = Uint8Array.from(disk.content(`/keys/rotation-${otherId}.key`) ?? []);
    disk.place('/keys/journal-mac.key', new Uint8Array(32));
    disk.place('/keys/.rotation-x.key.0123456789abcdef.tmp', new Uint8Array(32));
    disk.arm({ step: 6, when: 'before', code: 'EIO' });
    await assert.rejects(seal.keepOnly(context.rotationId), { code: 'ERR_LAPS_DISK' });
    disk.revive();
    await seal.keepOnly(context.rotationId);
    assert.deepEqual(disk.paths(), ['/keys/journal-mac.key', keyPath]);
    assert.equal(doomed.length, 32);
    assert.equal((await seal.open(sealed, context))?.reveal(), password);
    await seal.keepOnly(null);
    assert.deepEqual(disk.paths(), ['/keys/journal-mac.key']);
    assert.equal(await seal.open(sealed, context), undefined);
  });

  it('has overwritten the key when it dies just before removing it', async () => {
    const { disk, seal, sealed } = await sealedWorld();
    const key = Uint8Array.from(disk.content(keyPath) ?? []);
    disk.arm(undefined);
    await seal.keepOnly(null);
    const unlinkStep = disk.calls.indexOf('unlink') + 1;
    disk.place(keyPath, key);
    disk.arm({ step: unlinkStep, when: 'before', code: 'DIE' });
    await assert.rejects(seal.keepOnly(null));
    disk.revive();
    assert.notDeepEqual(disk.content(keyPath), key);
    assert.equal(await seal.open(sealed, context), undefined);
  });

  it('refuses an id that would leave the folder', async () => {
    const { seal, sealed } = await sealedWorld();
    await assert.rejects(seal.open(sealed, { ...context, rotationId: '../../etc/shadow' }), RangeError);
  });

  it('never holds the plain text in what it gives back or writes', async () => {
    const { disk, sealed } = await sealedWorld();
    const everything = [
      JSON.stringify(sealed),
      ...disk.paths().map((each) => Buffer.from(disk.content(each) ?? []).toString('latin1')),
    ].join();
    assert.ok(!everything.includes(password) && !everything.includes(Buffer.from(password).toString('base64')));
  });
});

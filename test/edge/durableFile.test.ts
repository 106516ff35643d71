import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LapsError } from '../../agent/core/errors.ts';
import { createDurableFile, isTempName } from '../../agent/edge/durableFile.ts';
import { cutOutcomes, ModelDisk } from '../support/faultyFs.ts';

const old = new TextEncoder().encode('the old content, which must not be lost');
const fresh = new TextEncoder().encode('and the new content, longer than the old one by some');
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

function modelled(content: Uint8Array | null = old) {
  const disk = new ModelDisk(['/d']);
  if (content !== null) disk.place('/d/f', content);
  return { disk, file: createDurableFile({ path: '/d/f', label: 'journal', maxBytes: 4096, fs: disk.fs }) };
}

/** How many calls one undisturbed write makes. */
async function countCalls(): Promise<number> {
  const { disk, file } = modelled();
  disk.maxWrite = 20;
  disk.arm(undefined);
  await file.write(fresh);
  return disk.calls.length;
}

describe('the durable writer', () => {
  for (const code of ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT']) {
    it(`tells ${code} at any call, before or after its effect, and leaves the old content or the new one whole`, async () => {
      const steps = await countCalls();
      assert.ok(steps >= 10, 'the write makes the calls it must');
      for (const when of ['before', 'after'] as const) {
        for (let step = 1; step <= steps; step += 1) {
          for (const outcome of cutOutcomes) {
            const { disk, file } = modelled();
            disk.maxWrite = 20;
            disk.arm({ step, when, code });
            await assert.rejects(file.write(fresh), (error: unknown) => {
              assert.ok(error instanceof LapsError);
              return error.code === 'ERR_LAPS_DISK' && error.hint !== undefined;
            });
            disk.revive();
            disk.cutPower(outcome);
            const left = text(disk.content('/d/f'));
            assert.ok(left === text(old) || left === text(fresh), `${when} ${disk.calls[step - 1]}: ${left}`);
          }
        }
      }
    });
  }

  it('dying at any call leaves the old content or the new one whole, and the next writer sweeps and succeeds', async () => {
    const steps = await countCalls();
    for (const when of ['before', 'after'] as const) {
      for (let step = 1; step <= steps; step += 1) {
        for (const outcome of cutOutcomes) {
          const { disk, file } = modelled();
          disk.maxWrite = 20;
          disk.arm({ step, when, code: 'DIE' });
          await assert.rejects(file.write(fresh));
          disk.cutPower(outcome);
          assert.ok([text(old), text(fresh)].includes(text(disk.content('/d/f'))));
          await file.sweep();
          await file.write(fresh);
          assert.deepEqual(disk.paths(), ['/d/f']);
          assert.equal(text(disk.content('/d/f')), text(fresh));
        }
      }
    }
  });

  it('keeps what it promised over a power cut right after it returned', async () => {
    for (const outcome of cutOutcomes) {
      const { disk, file } = modelled();
      await file.write(fresh);
      disk.cutPower(outcome);
      assert.equal(text(disk.content('/d/f')), text(fresh));
    }
  });

  it('goes on after short writes, one byte at a time', async () => {
    const { disk, file } = modelled();
    disk.maxWrite = 1;
    await file.write(fresh);
    assert.equal(text(disk.content('/d/f')), text(fresh));
  });

  it('gives up on a disk that takes nothing', async () => {
    const { disk, file } = modelled();
    disk.maxWrite = 0;
    await assert.rejects(file.write(fresh), { code: 'ERR_LAPS_DISK' });
    assert.deepEqual(disk.paths(), ['/d/f']);
    assert.equal(text(disk.content('/d/f')), text(old));
  });

  it('notices when what is read back is not what was written', async () => {
    const { disk, file } = modelled();
    const honest = disk.fs.rename;
    const lying = createDurableFile({
      path: '/d/f',
      label: 'journal',
      maxBytes: 4096,
      fs: {
        ...disk.fs,
        rename: async (from, to) => {
          await honest(from, to);
          disk.place(to, old);
        },
      },
    });
    await assert.rejects(lying.write(fresh), { code: 'ERR_LAPS_DISK' });
    await file.write(fresh);
  });

  it('leaves nothing behind when it fails with the disk still there', async () => {
    const { disk, file } = modelled();
    disk.arm({ step: 4, when: 'before', code: 'ENOSPC' });
    await assert.rejects(file.write(fresh));
    assert.deepEqual(disk.paths(), ['/d/f']);
  });

  it('creates once: of two creators one wins and the other changes nothing', async () => {
    const { disk, file } = modelled(null);
    const results = await Promise.all([file.create(old), file.create(fresh)]);
    assert.deepEqual(results.sort(), [false, true]);
    assert.equal(disk.paths().length, 1);
    assert.equal(await file.create(fresh), false);
  });

  it('reads what is absent, too large or no file as such', async () => {
    const { disk, file } = modelled(null);
    assert.deepEqual(await file.read(), { kind: 'absent' });
    disk.place('/d/f', new Uint8Array(5000));
    assert.equal((await file.read()).kind, 'strange');
  });

  it('refuses a symbolic link for reading and writing', async () => {
    const { disk, file } = modelled(null);
    disk.place('/d/f', old, true);
    await assert.rejects(file.read(), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await assert.rejects(file.write(fresh), { code: 'ERR_LAPS_DATA_UNSAFE' });
  });

  it('tells denied permission apart from a failing disk, without the foreign text', async () => {
    const { disk, file } = modelled();
    disk.arm({ step: 2, when: 'before', code: 'EACCES' });
    await assert.rejects(file.write(fresh), (error: unknown) => {
      assert.ok(error instanceof LapsError);
      return error.code === 'ERR_LAPS_PERMISSION' && !error.message.includes('as the test asked');
    });
  });

  it('puts damaged files aside under names that never collide', async () => {
    const { disk, file } = modelled();
    assert.equal(await file.quarantine(), 'f.damaged-1');
    disk.place('/d/f', fresh);
    assert.equal(await file.quarantine(), 'f.damaged-2');
    assert.equal(text(disk.content('/d/f.damaged-1')), text(old));
    assert.deepEqual(await file.read(), { kind: 'absent' });
  });

  it('probes without leaving a trace, and says what is wrong', async () => {
    const { disk, file } = modelled();
    await file.probe(100);
    assert.deepEqual(disk.paths(), ['/d/f']);
    disk.arm({ step: 3, when: 'before', code: 'ENOSPC' });
    await assert.rejects(file.probe(100), { code: 'ERR_LAPS_DISK' });
  });

  describe('on the real disk', () => {
    let folder = '';
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'laps-durable-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));
    const at = (name: string) => createDurableFile({ path: join(folder, name), label: 'journal', maxBytes: 4096 });

    it('writes a file that only its owner can read, whatever the umask', async () => {
      const before = process.umask(0);
      try {
        await at('f').write(fresh);
      } finally {
        process.umask(before);
      }
      assert.equal((await stat(join(folder, 'f'))).mode & 0o777, 0o600);
      assert.deepEqual(await readdir(folder), ['f']);
    });

    it('refuses a link to a file and a folder in the place of the file', async () => {
      await writeFile(join(folder, 'target'), 'mine');
      await symlink('target', join(folder, 'f'));
      await assert.rejects(at('f').read(), { code: 'ERR_LAPS_DATA_UNSAFE' });
      await assert.rejects(at('f').write(fresh), { code: 'ERR_LAPS_DATA_UNSAFE' });
      await assert.rejects(createDurableFile({ path: folder, label: 'journal', maxBytes: 10 }).write(fresh), {
        code: 'ERR_LAPS_DISK',
      });
    });

    it('sweeps its own leftovers and nobody else’s', async () => {
      await writeFile(join(folder, '.f.0123456789abcdef.tmp'), 'half');
      await writeFile(join(folder, '.g.0123456789abcdef.tmp'), 'other');
      await at('f').sweep();
      assert.deepEqual(await readdir(folder), ['.g.0123456789abcdef.tmp']);
      assert.ok(isTempName('.g.0123456789abcdef.tmp'));
    });
  });
});

/** Whether root may work with an account file, with all of its powers or without. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isShutByMode, shutToProcess } from '../../../agent/edge/accounts/rootPowers.ts';

describe('the powers of root', () => {
  it('are shut out by a mode that lacks reading or writing, whichever of its three parts is root’s', () => {
    for (const mode of [0o100600, 0o100640, 0o100644]) assert.equal(isShutByMode({ uid: 0, gid: 42, mode }), false);
    for (const mode of [0o100000, 0o100400, 0o100440, 0o100200])
      assert.equal(isShutByMode({ uid: 0, gid: 42, mode }), true);
    assert.equal(isShutByMode({ uid: 2, gid: 42, mode: 0o100640 }), true);
    assert.equal(isShutByMode({ uid: 2, gid: 0, mode: 0o100660 }), false);
  });

  it('are those of the process that is looked at', async function () {
    const folder = await mkdtemp(join(tmpdir(), 'laps-powers-'));
    try {
      const path = join(folder, 'shadow');
      await writeFile(path, '');
      await mkdir(join(folder, '7'));
      const look = async (uid: number, powers: string) => {
        await writeFile(join(folder, '7', 'status'), `Name:\tnode\nUid:\t0\t${uid}\t0\t0\nCapEff:\t${powers}\n`);
        return shutToProcess(7, path, folder);
      };
      const [unit, all] = ['0000000020000021', '000001ffffffffff'];
      await chmod(path, 0o400);
      if (process.getuid?.() !== 0) {
        console.log('      skipped: the file is not root’s');
        this.skip();
      }
      assert.match((await look(0, unit))?.problem ?? '', /^its mode \(0400\) shuts out root too, and the daemon/);
      assert.equal(await look(0, all), undefined);
      assert.equal(await look(1000, unit), undefined);
      await chmod(path, 0o640);
      assert.equal(await look(0, unit), undefined);
      assert.equal(await shutToProcess(8, path, folder), undefined, 'it has ended');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LapsError } from '../../agent/core/errors.ts';
import { unlessUsed, unused, useTenant } from '../../agent/edge/tenantUse.ts';
import { childProgram } from '../support/childProgram.ts';

describe('the use of a tenant', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-use-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is shared by any number; the last of them knows it', async () => {
    const [first, second] = [await useTenant(folder), await useTenant(folder)];
    assert.equal(first.isLast(), false);
    second.release();
    second.release();
    assert.equal(first.isLast(), true);
    first.release();
  });

  it('keeps the tenant from ending until the last user lets go', async () => {
    const [first, second] = [await useTenant(folder), await useTenant(folder)];
    let isUnused = false;
    const ending = unused(folder).then((end) => {
      isUnused = true;
      return end;
    });
    first.release();
    // Whoever comes meanwhile uses it with the others.
    const third = await useTenant(folder);
    second.release();
    assert.equal(isUnused, false);
    third.release();
    (await ending).release();
  });

  it('waits for a tenant that is ending', async () => {
    const end = await unused(folder);
    let isUsing = false;
    const coming = useTenant(folder).then((use) => {
      isUsing = true;
      return use;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isUsing, false);
    end.release();
    (await coming).release();
  });

  it('lets one be ended that nobody uses, also while it is ending, and nobody begins to use it meanwhile', async () => {
    const lasts: boolean[] = [];
    const look = async () => {
      const coming = useTenant(folder);
      const came = await Promise.race([coming.then(() => true), new Promise((go) => setImmediate(go, false))]);
      lasts.push(came === true);
      comings.push(coming);
    };
    const comings: ReturnType<typeof useTenant>[] = [];
    assert.equal(await unlessUsed(folder, look), true);
    for (const coming of comings.splice(0)) (await coming).release();
    const end = await unused(folder);
    assert.equal(await unlessUsed(folder, look), true);
    end.release();
    for (const coming of comings.splice(0)) (await coming).release();
    assert.deepEqual(lasts, [false, false]);
  });

  it('lets none be ended that somebody uses', async () => {
    const use = await useTenant(folder);
    assert.equal(await unlessUsed(folder, async () => assert.fail('it was ended')), false);
    assert.equal(use.isLast(), true);
    use.release();
  });

  it('ends with its process, even by kill -9', async () => {
    const child = spawn(process.execPath, [await childProgram('tenantUser.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const use = await useTenant(folder);
    assert.equal(use.isLast(), false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(use.isLast(), true);
    use.release();
  });

  it('follows no symbolic link', async () => {
    await symlink('/etc/passwd', join(folder, 'in-use'));
    await assert.rejects(
      useTenant(folder),
      (error: unknown) => error instanceof LapsError && error.code === 'ERR_LAPS_DATA_UNSAFE',
    );
  });
});

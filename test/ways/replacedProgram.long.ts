/** A package that is exchanged under a running daemon: nothing of the old one is on the disk any more. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { at } from '../support/contractForms.ts';
import { createProcessWorld } from '../support/processWorld.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

describe('a daemon whose package was replaced', function () {
  this.timeout(120_000);

  it('goes on with everything it does, and whoever asks is told to start it again', async () => {
    const world = await createProcessWorld();
    try {
      const old = join(world.root, 'package');
      mkdirSync(old);
      for (const name of ['dist', 'package.json', 'policies', 'fixtures/tenants', 'agent/edge/words'])
        cpSync(join(project, name), join(old, name), { recursive: true });
      symlinkSync(join(project, 'node_modules'), join(old, 'node_modules'));
      const first = world.start(['run'], { bundle: join(old, 'dist/laps.js') });
      await first.says(/Ctrl-C ends it/);
      assert.equal((await first.stop()).status, 0);
      // A start with nothing to do: neither it nor its tenant has signed or sent anything yet.
      const daemon = world.start(['run'], { bundle: join(old, 'dist/laps.js') });
      await daemon.says(/Ctrl-C ends it/);
      renameSync(join(old, 'dist'), join(old, 'gone'));

      // Not one of these was asked for before: whatever they need was read at the start.
      const { status, value } = await world.json(['status', '--check']);
      assert.equal(status, 1);
      assert.deepEqual(at(value, 'troubles'), [
        'laps-agent was installed anew since the daemon started, and it goes on as it was: end it and start it again: laps run',
      ]);
      assert.match((await world.run(['doctor'])).stdout, /it runs and answers; laps-agent was/);
      assert.match((await world.run(['events'])).stdout, /10020/);
      writeFileSync(
        join(world.policies, 'csp.json'),
        '{ "BackupDirectory": 1, "AdministratorAccountName": "lapsadmin", "PasswordComplexity": 6 }',
      );
      assert.equal(at((await world.json(['process'])).value, 'error'), null);
      assert.equal(at((await world.json(['reset'])).value, 'outcome'), 'rotated');
      assert.equal((await world.run(['devices'])).status, 0);
      assert.equal((await world.run(['signin'], { stdin: 'wrong\n' })).status, 1);
      // The same policy in a shape that nobody has read yet.
      renameSync(join(world.policies, 'csp.json'), join(world.root, 'csp.json'));
      const gpo =
        'Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Policies\\LAPS]\n"BackupDirectory"=dword:00000001\n';
      writeFileSync(join(world.policies, 'csp.reg'), gpo);
      assert.equal((await world.run(['process'])).status, 0);

      // And a command of another version.
      const newer = join(world.root, 'newer');
      cpSync(join(project, 'dist'), join(newer, 'dist'), { recursive: true });
      symlinkSync(join(project, 'node_modules'), join(newer, 'node_modules'));
      const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
      writeFileSync(join(newer, 'package.json'), readFileSync(join(project, 'package.json')));
      const start = join(newer, 'dist/start.js');
      writeFileSync(start, readFileSync(start, 'utf8').replaceAll(`"${version}"`, '"9.9.9"'));
      const told = await world.run(['status'], { bundle: join(newer, 'dist/laps.js') });
      assert.match(
        told.stdout,
        new RegExp(`! the daemon runs laps-agent ${version}, and 9\\.9\\.9 is installed: end it`),
      );
      assert.deepEqual((await daemon.stop()).status, 0);
    } finally {
      await world.close();
    }
  });
});

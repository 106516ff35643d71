import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describeInSandbox, openSandbox, sandboxObstacle } from '../support/linuxSandbox.ts';

const real = (): string => ['/etc/passwd', '/etc/shadow'].map((path) => readFileSync(path, 'latin1')).join('');

describe('the sandbox of real accounts', () => {
  it('is refused by a title that says why where a tool is missing', () => {
    assert.match(sandboxObstacle(['no-such-tool']) ?? '', /no-such-tool|root|Linux/);
  });

  describeInSandbox('open', { tools: ['chpasswd'] }, (sandbox) => {
    it('changes its own accounts and nothing of this machine', async () => {
      const before = real();
      const uid = await sandbox().addUser('sandboxed');
      assert.ok(uid >= 1000);
      assert.match(sandbox().lineOf('shadow', 'sandboxed')?.[1] ?? '', /^!/);
      await sandbox().must(['chpasswd'], 'sandboxed:Some-Password-1\n');
      assert.match(sandbox().lineOf('shadow', 'sandboxed')?.[1] ?? '', /^\$/);
      assert.match(await sandbox().must(['getent', 'passwd', 'sandboxed']), /^sandboxed:/);
      assert.equal(real(), before);
      assert.ok(!existsSync('/home/sandboxed'));
    });

    it('tells what a program said that failed', async () => {
      await assert.rejects(sandbox().must(['sh', '-c', 'echo words >&2; exit 3']), /3 words/);
      assert.equal((await sandbox().run(['cat'], 'given')).stdout, 'given');
    });
  });

  describeInSandbox('with processes of its own', { ownPids: true, tools: ['setpriv'] }, (sandbox) => {
    it('sees no other, and ends them all with itself', async () => {
      assert.equal((await sandbox().must(['sh', '-c', 'echo /proc/[0-9]*'])).trim().split(' ').length, 2);
    });
  });

  describe('closed', () => {
    it('leaves nothing behind', async function () {
      if (sandboxObstacle() !== undefined) this.skip();
      const sandbox = await openSandbox({ ownPids: true });
      const { etc } = sandbox;
      const sleeping = sandbox.run(['sleep', '300']);
      await sandbox.close();
      await sleeping;
      assert.ok(!existsSync(etc));
      assert.ok(!execFileSync('mount', { encoding: 'latin1' }).includes(etc));
    });
  });
});

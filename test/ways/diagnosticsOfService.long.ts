/** `laps diagnostics` beside a service: of root, who sees all of it, and of a person whom it merely lets in. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleParts, type Manifest } from '../../agent/core/support/bundle.ts';
import { at } from '../support/contractForms.ts';
import { type LapsEnd, startLaps } from '../support/lapsProcess.ts';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import { readZip } from '../support/readZip.ts';

const data = '/var/lib/laps-agent';

describeInSandbox('laps diagnostics beside a service', { empty: ['/var/lib'], tools: ['setpriv'] }, (sandbox) => {
  const laps = (words: readonly string[], as: readonly string[] = []) =>
    startLaps(words, { cwd: '/', env: { HOME: '/home/member' }, within: [...sandbox().enter, ...as] });
  /** The one bundle in a folder of the sandbox, by part. */
  function bundleIn(folder: string): ReadonlyMap<string, string> {
    const seen = join(sandbox().root, folder);
    const [zip = ''] = readdirSync(seen).filter((name) => name.endsWith('.zip'));
    return new Map(readZip(readFileSync(join(seen, zip))).map(({ name, bytes }) => [name, bytes.toString('utf8')]));
  }
  const problemsOf = (bundle: ReadonlyMap<string, string>): Manifest['problems'] => {
    const { problems }: Manifest = JSON.parse(bundle.get('manifest.json') ?? '');
    return problems;
  };

  it('has all of it for root, and what the service tells for whom it lets in', async function () {
    this.timeout(120_000);
    const uid = await sandbox().addUser('member');
    const daemon = laps(['run', '--data', data]);
    await daemon.says(/10004/);
    try {
      mkdirSync(join(sandbox().root, 'home', 'root'));
      const byRoot: LapsEnd = await laps(['diagnostics', '--data', data, '--output', '/home/root']).ended;
      assert.equal(byRoot.status, 0, byRoot.stderr);
      const whole = bundleIn('home/root');
      assert.deepEqual(problemsOf(whole), []);
      assert.equal(at(JSON.parse(whole.get('status.json') ?? ''), 'daemon', 'running'), true);

      // As an administrator opens it for a group, so that a user's file modes let this one in.
      await sandbox().must(['chmod', '711', '/run/laps-agent']);
      await sandbox().must(['chmod', '666', '/run/laps-agent/laps.sock']);
      const member = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
      const byMember = await laps(['diagnostics', '--output', '/home/member'], member).ended;
      assert.equal(byMember.status, 0, byMember.stderr);
      const part = bundleIn('home/member');
      const told = ['versions.json', 'status.json', 'service.json', 'events.jsonl'];
      assert.deepEqual(
        [...part.keys()],
        ['manifest.json', ...Object.keys(bundleParts).filter((name) => told.includes(name))],
      );
      assert.match(part.get('events.jsonl') ?? '', /"id":10004/);
      assert.match(part.get('manifest.json') ?? '', /as many as the service tells/);
      for (const { name, message, hint } of problemsOf(part))
        assert.deepEqual([message.includes('is closed to you'), hint], [true, 'sudo laps diagnostics'], name);
      assert.match(byMember.stdout, /! doctor\.json is missing: .*closed to you; sudo laps diagnostics/);
    } finally {
      await daemon.stop();
    }
  });
});

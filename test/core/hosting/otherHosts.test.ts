/** What is printed for machines without systemd is taken by the shells that will read it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  containerEntryPoint,
  cronLines,
  type OtherFacts,
  openrcScript,
} from '../../../agent/core/hosting/otherHosts.ts';

const usual: OtherFacts = {
  node: '/opt/my node/bin/node',
  script: "/opt/it's/laps.js",
  data: '/srv/100% $HOME',
  words: ['--accounts', 'linux', '--schedule', '*/5 * * * *'],
  minute: 17,
};

/** The words a shell makes of the command, node and all, with a program that prints them in its place. */
function wordsOf(command: string): string[] {
  const shown = spawnSync('sh', ['-c', `show() { for each; do printf '%s\\n' "$each"; done; }; show ${command}`], {
    encoding: 'utf8',
    env: { HOME: '/wrong', PATH: process.env['PATH'] },
  });
  return shown.stdout.trimEnd().split('\n');
}
const wanted = [usual.node, usual.script, 'run', '--data', usual.data, ...usual.words];

describe('without systemd', () => {
  it('a container gets an entry point that becomes the daemon, so that it gets the signals', () => {
    const text = containerEntryPoint(usual);
    assert.equal(spawnSync('sh', ['-n'], { input: text }).status, 0);
    const [, command = ''] = /^exec (.*) "\$@"$/m.exec(text) ?? [];
    assert.deepEqual(wordsOf(command), wanted);
    assert.match(text, /--init/);
  });

  it('OpenRC gets a script with the same words', () => {
    const text = openrcScript(usual);
    assert.equal(spawnSync('sh', ['-n'], { input: text }).status, 0);
    const probe = `${text}\neval "show $command_args"`;
    const shown = spawnSync('sh', ['-c', `show() { for each; do printf '%s\\n' "$each"; done; }\n${probe}`], {
      encoding: 'utf8',
      env: { HOME: '/wrong', PATH: process.env['PATH'] },
    });
    assert.deepEqual(shown.stdout.trimEnd().split('\n'), wanted.slice(1));
  });

  it('cron gets one cycle at boot and one an hour, and no percent sign that it would cut the line at', () => {
    const lines = cronLines(usual)
      .split('\n')
      .filter((line) => / root /.test(line) && !line.startsWith('#'));
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /^@reboot root /);
    assert.match(lines[1] ?? '', /^17 \* \* \* \* root /);
    for (const line of lines) {
      assert.doesNotMatch(line, /(?<!\\)%/);
      const command = line
        .replace(/^.*umask 077; /, '')
        .replace(/ >\/dev\/null$/, '')
        .replaceAll('\\%', '%');
      assert.deepEqual(wordsOf(command), [...wanted.slice(0, 3), '--once', ...wanted.slice(3)]);
    }
  });
});

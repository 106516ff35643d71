/**
 * `laps service` as it is typed. What installs is tried in folders of its own (test/ways/service.test.ts) and in a machine
 * of its own (npm run service), never on this one.
 */
import assert from 'node:assert/strict';
import { hostKinds } from '../../agent/core/hosting/otherHosts.ts';
import { at } from '../support/contractForms.ts';
import { type HereEnd, lapsHere } from '../support/lapsHere.ts';

describe('laps service', () => {
  const run = (...words: readonly string[]): Promise<HereEnd> => lapsHere(['service', ...words], { cwd: '/' });

  it('prints the unit for systemd, and on stdout nothing else', async () => {
    const { status, stdout } = await run('print');
    assert.equal(status, 0);
    assert.match(stdout, /^# Made by laps-agent .*\n[\s\S]*\[Install\]\nWantedBy=multi-user\.target\n$/);
    assert.match(stdout, /^ExecStart="\/.*" "\/.*" "run" "--data" "\/var\/lib\/laps-agent"$/m);
    assert.equal((await run('print', '--kind', 'systemd')).stdout, stdout);
  });

  it('prints what to use in place of systemd, with the words it was given', async () => {
    for (const [kind, first] of [
      ['openrc', '#!/sbin/openrc-run'],
      ['container', '#!/bin/sh'],
      ['cron', '# laps-agent by cron'],
    ] as const) {
      const words = ['--accounts', 'linux', '--data', '/srv/laps', '--policies', '/etc/laps-agent/policies'];
      const { status, stdout, stderr } = await run('print', '--kind', kind, ...words);
      assert.deepEqual([status, stderr], [0, '']);
      assert.ok(stdout.startsWith(first), stdout.slice(0, 40));
      assert.match(stdout, /--data \/srv\/laps --accounts linux --policies \/etc\/laps-agent\/policies/);
    }
  });

  it('prints no unit for data that it could not see, and says so of a program that is out of its sight', async () => {
    for (const data of ['/root/laps', '/home/ann/laps', '/tmp/laps']) {
      const { status, stdout, stderr } = await run('print', '--data', data);
      assert.deepEqual([status, stdout], [3, '']);
      assert.match(stderr, /shut off from it \[ERR_LAPS_SERVICE\]\nlaps: hint: .*\/var\/lib or \/srv/);
    }
    assert.equal((await run('print', '--data', '/tmp/laps', '--kind', 'cron')).status, 0, 'cron sees everything');
    const { stdout } = await run('print', '--json');
    const node = at(JSON.parse(stdout), 'text');
    const isOutOfSight = /^ExecStart=.*"\/(home|root|tmp|var\/tmp)\//m.test(String(node));
    assert.equal(/could not start/.test(String(at(JSON.parse(stdout), 'note'))), isOutOfSight);
  });

  it('prints nothing for a path or a word with a line break in it, which would be a line of its own', async () => {
    const evil = '/srv/x\nExecStartPre=/bin/evil';
    for (const kind of hostKinds)
      for (const words of [
        ['--data', evil],
        ['--policies', evil],
      ]) {
        const { status, stdout, stderr } = await run('print', '--kind', kind, ...words);
        assert.deepEqual([status, stdout], [3, ''], kind);
        assert.match(stderr, /control character.*\[ERR_LAPS_SERVICE\]\nlaps: hint: /);
        assert.doesNotMatch(stderr, /^ExecStartPre/m);
      }
  });

  it('prints as one document for a script', async () => {
    for (const kind of hostKinds) {
      const { stdout, stderr } = await run('print', '--kind', kind, '--json');
      const value: unknown = JSON.parse(stdout);
      assert.equal(at(value, 'kind'), kind);
      assert.equal(stderr, '');
    }
  });

  it('refuses a word that would do nothing there, and says where it does something', async () => {
    for (const [words, said, hint] of [
      ['install --purge', /service install takes no --purge; nothing was touched/, /laps service uninstall$/m],
      ['install --kind cron', /takes no --kind/, /laps service print$/m],
      ['uninstall --account x', /takes no --account/, /install and print/],
      ['uninstall --ca-file x', /takes no --ca-file/, /install and print/],
      ['status --purge', /takes no --purge/, /uninstall/],
      ['print --purge', /takes no --purge/, /uninstall/],
    ] as const) {
      const { status, stderr } = await run(...words.split(' '));
      assert.equal(status, 2, words);
      assert.match(stderr, said, words);
      assert.match(stderr, hint, words);
    }
  });

  it('says of words that are not in what it prints where they go instead', async () => {
    const words = ['--tenant', 'https://tenant.test', '--schedule', '0 3 * * *', '--group', 'adm', '--account', 'ann'];
    for (const [kind, idle] of [
      ['systemd', '--tenant, --group, --schedule, --account are not in it: laps service install keeps'],
      ['container', '--group, --account are not in it: laps config set'],
      ['cron', '--group, --schedule, --account are not in it: .*when it runs, the lines themselves say'],
    ] as const) {
      const { status, stdout, stderr } = await run('print', '--kind', kind, ...words);
      assert.equal(status, 0);
      assert.match(stderr, new RegExp(`^laps: note: ${idle}`, 'm'));
      assert.equal(/https:\/\/tenant\.test/.test(stdout), kind !== 'systemd');
      assert.equal(/--schedule/.test(stdout), kind === 'container');
      const { stdout: document } = await run('print', '--kind', kind, '--json', ...words);
      assert.match(String(at(JSON.parse(document), 'note')), new RegExp(idle));
    }
  });

  it('says what it can when it is asked for something else', async () => {
    for (const [words, hint] of [
      [['start'], /install, uninstall, status, print/],
      [['print', '--kind', 'upstart'], /openrc/],
      [['print', '--accounts', 'windows'], /simulated or linux/],
      [['install', '--accounts', 'windows'], /simulated or linux/],
      [['install', '--tenant', 'http://insecure.test'], /https/],
      [['install', '--group', '$(id)'], /group/],
      [['install', '--schedule', '* * * * * *'], /5 words|five words/],
      [['print', '--schedule', '99 * * * *'], /the minute/],
      [[], /laps service --help/],
    ] as const) {
      const { status, stderr } = await run(...words);
      assert.equal(status, 2, words.join(' '));
      assert.match(stderr, hint, words.join(' '));
    }
  });
});

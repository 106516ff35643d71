/** The unit's text, and what systemd itself says of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dataOfUnit,
  givenToByUnit,
  mayGiveTo,
  systemdUnit,
  type UnitFacts,
} from '../../../agent/core/hosting/systemdUnit.ts';

const usual: UnitFacts = {
  node: '/usr/bin/node',
  script: '/usr/lib/node_modules/laps-agent/dist/laps.js',
  data: '/var/lib/laps-agent',
  version: '0.1.0',
  systemdVersion: 252,
  shadowIsShut: false,
  givesTo: ['shadow', 'laps'],
  hasAdm: true,
};
const valuesOf = (unit: string, name: string): string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value ?? '');

/** Directives that leave something open, by name. */
const open = [
  'NotifyAccess',
  'CapabilityBoundingSet',
  'ReadWritePaths',
  'ProtectProc',
  'PrivateUsers',
  'PrivateNetwork',
  'RestrictAddressFamilies',
  'MemoryDenyWriteExecute',
];

describe('the unit', () => {
  it('gives a reason in the lines above whatever had to stay open', () => {
    const lines = systemdUnit(usual).split('\n');
    for (const name of open) {
      const at = lines.findIndex((line) => line.startsWith(`${name}=`));
      assert.ok(at > 0, name);
      assert.match(lines[at - 1] ?? '', /^# \S.{15,}/, name);
    }
    const again = lines.findIndex((line) => line.startsWith('SystemCallFilter=@chown'));
    assert.match(lines[again - 1] ?? '', /^# /);
  });

  it('restarts what crashed, not what said that it cannot run, and ends the whole group', () => {
    const unit = systemdUnit(usual);
    for (const [name, value] of [
      ['Type', 'notify'],
      ['Restart', 'on-failure'],
      ['RestartPreventExitStatus', '2 3'],
      ['KillMode', 'mixed'],
      ['LimitCORE', '0'],
      ['MemorySwapMax', '0'],
      ['NoNewPrivileges', 'yes'],
    ])
      assert.deepEqual(valuesOf(unit, name ?? ''), [value], name);
  });

  it('is another one for another version, so that installing after an update starts the new program', () => {
    assert.notEqual(systemdUnit(usual), systemdUnit({ ...usual, version: '0.1.1' }));
  });

  it('waits longer after each crash where systemd can', () => {
    assert.deepEqual(valuesOf(systemdUnit(usual), 'RestartSteps'), []);
    assert.deepEqual(valuesOf(systemdUnit({ ...usual, systemdVersion: undefined }), 'RestartSteps'), []);
    const growing = systemdUnit({ ...usual, systemdVersion: 254 });
    assert.deepEqual(valuesOf(growing, 'RestartSteps'), ['6']);
    assert.deepEqual(
      [
        valuesOf(growing, 'RestartSec'),
        valuesOf(growing, 'RestartMaxDelaySec'),
        valuesOf(systemdUnit(usual), 'RestartSec'),
      ],
      [['5'], ['600'], ['60']],
    );
  });

  it('is never given up, however often it crashes', () => {
    for (const systemdVersion of [252, 254])
      assert.deepEqual(valuesOf(systemdUnit({ ...usual, systemdVersion }), 'StartLimitIntervalSec'), ['0']);
  });

  it('takes every path literally', () => {
    const unit = systemdUnit({ ...usual, node: '/opt/my "node" 100%/$x', data: '/srv/50% a' });
    assert.match(unit, /^ExecStart="\/opt\/my \\"node\\" 100%%\/\$\$x" .* "--data" "\/srv\/50%% a"$/m);
    assert.deepEqual(valuesOf(unit, 'ReadWritePaths'), ['"/etc" "/srv/50%% a"']);
    assert.deepEqual(valuesOf(unit, 'StateDirectory'), []);
    assert.deepEqual(valuesOf(systemdUnit(usual), 'StateDirectory'), ['laps-agent']);
  });

  it('tells the data folder that it was made for, whatever characters it has', () => {
    const pieces = ['$', '%', '\\', '"', "'", ' ', 'a', 'é', '" "--data" "', '%%', '$$', '\\\\', '\\"'];
    // Every row of up to four of them.
    let rows = [''];
    for (let length = 0; length < 4; length += 1) {
      rows = rows.flatMap((row) => pieces.map((piece) => row + piece));
      for (const row of new Set(rows)) {
        const unit = systemdUnit({ ...usual, node: `/opt/${row}/node`, data: `/srv/x${row}` });
        if (dataOfUnit(unit) !== `/srv/x${row}`) assert.equal(dataOfUnit(unit), `/srv/x${row}`);
      }
    }
    assert.equal(dataOfUnit('# "--data" "/srv/other"\nExecStart="/usr/bin/node" "laps.js" "run"\n'), undefined);
  });

  it('is not made of a path with a line break: what follows would be a directive', () => {
    for (const name of ['node', 'script', 'data'] as const)
      for (const end of ['\n', '\r', '\0', '\u2028'])
        assert.throws(
          () => systemdUnit({ ...usual, [name]: `/srv/x${end}ExecStartPre=/bin/evil` }),
          { code: 'ERR_LAPS_SERVICE' },
          name,
        );
  });

  it('joins the group of the log files only where it is there: a group that is not keeps a unit from starting', () => {
    assert.deepEqual(valuesOf(systemdUnit(usual), 'SupplementaryGroups'), ['tty adm']);
    assert.deepEqual(valuesOf(systemdUnit({ ...usual, hasAdm: false }), 'SupplementaryGroups'), ['tty']);
  });

  it('may pass over modes only where /etc/shadow is shut to root, and then gives its files away as a member only', () => {
    assert.deepEqual(valuesOf(systemdUnit(usual), 'CapabilityBoundingSet'), ['CAP_CHOWN CAP_KILL CAP_AUDIT_WRITE']);
    assert.deepEqual(givenToByUnit(systemdUnit(usual)), []);
    const shut = systemdUnit({ ...usual, shadowIsShut: true });
    assert.deepEqual(valuesOf(shut, 'CapabilityBoundingSet'), ['CAP_DAC_OVERRIDE CAP_KILL CAP_AUDIT_WRITE']);
    assert.deepEqual(valuesOf(shut, 'SupplementaryGroups'), ['tty adm shadow laps']);
    assert.deepEqual(givenToByUnit(shut), ['shadow', 'laps']);
    for (const line of shut.split('\n')) if (line.startsWith('#')) assert.doesNotMatch(line, /^# CAP_CHOWN/);
    const twice = systemdUnit({ ...usual, shadowIsShut: true, givesTo: ['adm'] });
    assert.deepEqual(valuesOf(twice, 'SupplementaryGroups'), ['tty adm']);
    assert.deepEqual(
      ['laps', 'adm', 'ops'].map((group) => [mayGiveTo(systemdUnit(usual), group), mayGiveTo(shut, group)]),
      [
        [true, true],
        [true, true],
        [true, false],
      ],
    );
  });
});

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

describe(`systemd-analyze${hasAnalyze ? '' : ' (skipped: not installed)'}`, () => {
  let folder = '';
  before(function () {
    if (!hasAnalyze) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'laps-unit-'));
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });
  const file = (facts: UnitFacts): string => {
    const path = join(folder, 'laps-agent.service');
    writeFileSync(path, systemdUnit(facts));
    return path;
  };
  const analyze = (...words: readonly string[]) =>
    spawnSync('systemd-analyze', [...words], { encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' } });

  it('rates the exposure of the unit 2.5 or better', () => {
    const rated = analyze('security', '--offline=true', '--no-pager', '--threshold=25', file(usual));
    assert.match(rated.stdout, /Overall exposure level .*: \d/, 'it did look: on a pipe it passes vacuously');
    assert.equal(rated.status, 0, rated.stdout + rated.stderr);
    // The figure is one of tenths, and a bad unit is told from a good one.
    assert.notEqual(analyze('security', '--offline=true', '--threshold=5', file(usual)).status, 0);
  });

  it('rates it so as well where /etc/shadow is shut to root', () => {
    const rated = analyze(
      'security',
      '--offline=true',
      '--no-pager',
      '--threshold=25',
      file({ ...usual, shadowIsShut: true }),
    );
    assert.match(rated.stdout, /Overall exposure level .*: \d/);
    assert.equal(rated.status, 0, rated.stdout + rated.stderr);
  });

  it('finds nothing wrong in the unit', () => {
    const here = { ...usual, node: process.execPath, script: process.execPath };
    const checked = analyze('verify', '--man=no', file(here));
    assert.equal(checked.status, 0, checked.stderr);
    assert.equal(
      checked.stderr
        .split('\n')
        .filter((line) => line.includes('laps-agent'))
        .join('\n'),
      '',
    );
  });
});

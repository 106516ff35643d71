/** `laps doctor` with real processes: beside a daemon, without one, with the embedded tenant, on a disk that refuses. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { checkNames } from '../../agent/core/diagnosis/check.ts';
import { at } from '../support/contractForms.ts';
import { createProcessWorld, fingerprint, type ProcessWorld } from '../support/processWorld.ts';

/** What a look must leave alone. The log is not among them: the daemon writes it meanwhile. */
const kept = ['identity', 'keys', 'journal', 'accounts'] as const;
const resultOf = (value: unknown, name: (typeof checkNames)[number]): unknown =>
  at(value, 'checks', checkNames.indexOf(name), 'result');

describe('laps doctor and the embedded tenant', () => {
  let world: ProcessWorld;
  before(async () => {
    world = await createProcessWorld();
  });
  after(() => world.close());

  it('finds nothing beside a running daemon, asks its seeded administrator, and disturbs nobody', async () => {
    const daemon = world.start(['run']);
    await daemon.says(/\n10004 /);
    const before = fingerprint(world.data, kept);
    const { status, value } = await world.json(['doctor']);
    assert.equal(status, 0, JSON.stringify(value));
    for (const name of checkNames) assert.equal(resultOf(value, name), 'ok', JSON.stringify(value));
    assert.equal(fingerprint(world.data, kept), before);
    // The daemon and its tenant go on.
    const { value: answer } = await world.json(['process']);
    assert.equal(at(answer, 'outcome'), 'unchanged');
    const end = await daemon.stop('SIGTERM');
    assert.equal(end.status, 0);
  });

  it('brings the tenant up when nobody else has, and takes it down again', async () => {
    const before = fingerprint(world.data, kept);
    const { status, value } = await world.json(['doctor']);
    assert.equal(status, 0, JSON.stringify(value));
    assert.equal(resultOf(value, 'backup'), 'ok');
    assert.equal(fingerprint(world.data, kept), before);
    const { value: again } = await world.json(['doctor']);
    assert.equal(at(again, 'healthy'), true);
  });

  it('brings the tenant up beside a wrong configuration as well, and goes on', async () => {
    const path = join(world.data, 'state', 'configuration.json');
    const good = readFileSync(path);
    writeFileSync(path, '{');
    try {
      const { status, value } = await world.json(['doctor'], { env: { LAPS_SCHEDULE: '99 * * * *' } });
      assert.equal(status, 1);
      assert.deepEqual(
        [at(value, 'finding', 'check'), at(value, 'finding', 'code')],
        ['configuration', 'ERR_LAPS_CONFIGURATION'],
        JSON.stringify(value),
      );
      assert.match(String(at(value, 'finding', 'text')), /configuration\.json.+LAPS_SCHEDULE/);
      for (const name of ['identity', 'account', 'connection', 'token', 'switch', 'backup'] as const)
        assert.equal(resultOf(value, name), 'ok', JSON.stringify(value));
      assert.equal(readFileSync(path, 'utf8'), '{');
    } finally {
      writeFileSync(path, good);
    }
  });

  it("finds that somebody else sits on the tenant's port", async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(world.tenantPort, '127.0.0.1', resolve));
    try {
      const { status, value } = await world.json(['doctor']);
      assert.equal(status, 1);
      assert.deepEqual(
        [at(value, 'finding', 'check'), at(value, 'finding', 'code')],
        ['connection', 'ERR_LAPS_PORT_TAKEN'],
        JSON.stringify(value),
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  /** Runs the command in a mount namespace of its own, after `mounts`. */
  const mounting = (mounts: string): readonly string[] => [
    'unshare',
    '--mount',
    'sh',
    '-c',
    `${mounts} && exec "$@"`,
    'sh',
  ];
  const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

  for (const [what, mounts, says] of [
    [
      'a file system that is read-only',
      (data: string) => `mount --bind ${data} ${data} && mount -o remount,ro,bind ${data}`,
      /read-only/,
    ],
    [
      'a disk that is full',
      (data: string) =>
        `cp -a ${data} ${data}.full && mount -t tmpfs -o size=4m,mode=700 tmpfs ${data} && cp -a ${data}.full/. ${data}/ && { head -c 8m /dev/zero > ${data}/filler 2>/dev/null || true; }`,
      /full/,
    ],
  ] as const)
    it(`finds ${what}`, async function () {
      if (!mayMount) {
        console.log('      skipped: needs root, for mounts of its own');
        this.skip();
      }
      try {
        const { status, value } = await world.json(['doctor'], { within: mounting(mounts(world.data)) });
        assert.equal(status, 1, JSON.stringify(value));
        assert.deepEqual([at(value, 'finding', 'check'), at(value, 'finding', 'code')], ['data', 'ERR_LAPS_DISK']);
        assert.match(String(at(value, 'finding', 'text')), says);
      } finally {
        rmSync(`${world.data}.full`, { recursive: true, force: true });
      }
    });
});

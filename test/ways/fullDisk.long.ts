/** A disk that is full or cannot be written, beneath a whole installation: told as that, nothing is moved, and all works again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';
import { readZip } from '../support/readZip.ts';

const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

describe('an installation whose disk refuses', function () {
  this.timeout(120_000);
  let world: ProcessWorld;
  let device = '';
  before(async function () {
    if (!mayMount) {
      console.log('      skipped: needs root, for mounts of its own');
      this.skip();
    }
    world = await createProcessWorld();
    const end = await world.run(['run', '--once']);
    assert.equal(end.status, 0, end.stderr);
    device = String(at((await world.json(['status'])).value, 'device', 'deviceId'));
  });
  after(async () => {
    if (mayMount) await world.close();
  });

  /** What `words` say on such a disk; what they leave there is kept as `DATA.after`. */
  async function on(mounts: string, words: readonly string[]) {
    const { data } = world;
    const script = `cp -a ${data} ${data}.copy && ${mounts} && { "$@"; code=$?; cp -a ${data}/. ${data}.after; exit $code; }`;
    rmSync(`${data}.after`, { recursive: true, force: true });
    try {
      return await world.run(words, { within: ['unshare', '--mount', 'sh', '-c', script, 'sh'] });
    } finally {
      rmSync(`${data}.copy`, { recursive: true, force: true });
    }
  }
  const everyName = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !/filler$|-wal$|-shm$|-journal$|running\.json$/.test(name))
      .sort();

  const disks = {
    full: (data: string) =>
      `mount -t tmpfs -o size=4m,mode=700 tmpfs ${data} && cp -a ${data}.copy/. ${data}/ && { head -c 8m /dev/zero > ${data}/filler 2>/dev/null || true; }`,
    'read-only': (data: string) => `mount --bind ${data} ${data} && mount -o remount,ro,bind ${data}`,
  };
  for (const [what, mounts] of Object.entries(disks))
    for (const words of [['recover', 'DEVICE', '--as-plain-text'], ['repair'], ['run', '--once']])
      it(`is ${what}, at laps ${words[0]}`, async () => {
        const before = everyName(world.data);
        const end = await on(
          mounts(world.data),
          words.map((word) => (word === 'DEVICE' ? device : word)),
        );
        assert.equal(end.status, 3, end.stdout);
        assert.match(end.stderr, /ERR_LAPS_DISK/);
        assert.match(end.stderr, /hint: /);
        assert.doesNotMatch(end.stderr, /laps repair|from a copy/);
        assert.deepEqual(everyName(`${world.data}.after`), before);

        // There is room again: what lies there now is all that is needed.
        rmSync(world.data, { recursive: true });
        renameSync(`${world.data}.after`, world.data);
        rmSync(`${world.data}/filler`, { force: true });
        const { value } = await world.json(['recover', device, '--as-plain-text']);
        const password = String(at(value, 0, 'Password'));
        const signedIn = await world.run(['signin'], { stdin: password });
        assert.equal(signedIn.status, 0, signedIn.stderr);
      });

  it('is out of inodes: what fails says inode, not room, and so do status and doctor before anything failed', async () => {
    // Filled with empty files, until there is room and no inode.
    const mounts = (data: string) =>
      `mount -t tmpfs -o nr_inodes=$(($(find ${data}.copy | wc -l) + 40)),mode=700 tmpfs ${data} && cp -a ${data}.copy/. ${data}/ && mkdir -m 700 ${data}/filler && { i=0; while (umask 077; : > ${data}/filler/$i) 2>/dev/null; do i=$((i + 1)); done; true; }`;
    for (const words of [['reset'], ['run', '--once']]) {
      const end = await on(mounts(world.data), words);
      assert.equal(end.status, 3, end.stdout);
      assert.match(end.stderr, /ERR_LAPS_DISK/);
      assert.match(end.stderr, /no inode left/, words.join(' '));
      assert.doesNotMatch(end.stderr, /disk is full/);
    }
    const status = await on(mounts(world.data), ['status', '--check']);
    assert.equal(status.status, 1, status.stdout);
    assert.match(status.stdout, /! .+ hardly an inode left/);
    assert.match((await on(mounts(world.data), ['doctor'])).stdout, /found: .+ hardly an inode left/);
    // A few are enough for now, and a start says that there are no more.
    const few = `${mounts(world.data)} && (cd ${world.data}/filler && rm 0 1 2 3 4 5 6 7 8 9)`;
    const start = await on(few, ['run', '--once']);
    assert.equal(start.status, 0, start.stderr);
    assert.match(start.stdout, /^50096 .+ hardly an inode left.+df -i/m);
    rmSync(`${world.data}.after`, { recursive: true, force: true });
  });

  it('is full: a bundle for support is made elsewhere, and says so; on it, none is left half', async () => {
    const elsewhere = `${world.data}.elsewhere`;
    mkdirSync(elsewhere);
    const end = await on(disks.full(world.data), ['diagnostics', '--output', elsewhere]);
    assert.equal(end.status, 0, end.stderr);
    const [zip = ''] = readdirSync(elsewhere);
    const doctor = readZip(readFileSync(join(elsewhere, zip))).find(({ name }) => name === 'doctor.json');
    assert.match(String(doctor?.bytes), /is full/);
    const there = await on(disks.full(world.data), ['diagnostics', '--output', world.data]);
    assert.equal(there.status, 3, there.stdout);
    assert.match(there.stderr, /ERR_LAPS_DISK[\s\S]*hint: make room there/);
    assert.deepEqual(
      readdirSync(`${world.data}.after`).filter((name) => name.includes('diagnostics')),
      [],
    );
  });

  it('is full: laps status says so, a monitor is told, and the error of a reset carries the event of the disk', async () => {
    const end = await on(disks.full(world.data), ['status', '--check']);
    assert.equal(end.status, 1, end.stdout);
    assert.match(end.stdout, /! the disk under .* is full; free some of it/);
    const reset = await on(disks.full(world.data), ['reset']);
    assert.match(reset.stderr, /\[ERR_LAPS_DISK, event 50019, 0x80070070\]/);
  });
});

/** What a service may not do that root may: by itself no reason to end it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '../../agent/edge/dataFolder.ts';

const mayDropPowers = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;
const module = (name: string): string => new URL(`../../agent/edge/${name}.ts`, import.meta.url).href;

/** Runs the code with the powers that a unit leaves, and reads what it prints. */
function within(power: string, code: string, words: readonly string[]): unknown {
  const powers = ['--no-new-privs', `--bounding-set=-all,+${power},+kill,+audit_write`, '--inh-caps=-all'];
  const program = [process.execPath, '--import', 'tsx/esm', '--input-type=module', '--eval', code, ...words];
  const end = spawnSync('setpriv', ['--clear-groups', ...powers, ...program], { encoding: 'utf8' });
  assert.equal(end.status, 0, end.stderr);
  return JSON.parse(end.stdout);
}

describe('a service with only some powers of root', () => {
  let folder = '';
  before(function () {
    if (mayDropPowers) return;
    console.log('      skipped: powers can be dropped by root with setpriv only');
    this.skip();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-powers-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps its socket to itself where it may not give it to a group', async function () {
    this.timeout(60_000);
    const socket = join(folder, 'laps.sock');
    await writeFile(socket, '');
    await chmod(socket, 0o666);
    const code = `const { guardSocket } = await import('${module('socketPath')}');
      console.log(JSON.stringify(await guardSocket(process.argv[1], 12345)));`;
    assert.equal(within('dac_override', code, [socket]), false);
    assert.deepEqual([(await stat(socket)).mode & 0o777, (await stat(socket)).gid], [0o600, 0]);
    assert.equal(within('chown', code, [socket]), true);
    assert.deepEqual([(await stat(socket)).mode & 0o777, (await stat(socket)).gid], [0o660, 12345]);
  });

  it('leaves a file of somebody else among its data to the next command of root, which takes it back', async function () {
    this.timeout(60_000);
    const data = join(folder, 'data');
    await openDataFolder({ path: data, create: true });
    const theirs = join(data, 'state', 'copy.json');
    await writeFile(theirs, '{}', { mode: 0o600 });
    await chown(theirs, 12345, 12345);
    const code = `const { openDataFolder } = await import('${module('dataFolder')}');
      const closed = [];
      await openDataFolder({ path: process.argv[1], create: false, told: { closed: (path) => closed.push(path) } });
      console.log(JSON.stringify(closed));`;
    for (const power of ['chown', 'dac_override']) assert.deepEqual(within(power, code, [data]), []);
    const closed: string[] = [];
    await openDataFolder({ path: data, create: false, told: { closed: (path) => closed.push(path) } });
    assert.deepEqual(closed, [theirs]);
    assert.equal((await stat(theirs)).uid, 0);
  });
});

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStateStore } from '../../agent/edge/stateStore.ts';
import { exampleState } from '../support/exampleState.ts';

const state = exampleState;

describe('the state store', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-state-'));
    path = join(folder, 'state.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const store = () => createStateStore({ folder });

  it('is absent at first, then what was written, then absent when cleared', async () => {
    assert.deepEqual(await store().read(), { kind: 'absent' });
    await store().write(state);
    assert.deepEqual(await store().read(), { kind: 'state', state });
    await store().clear();
    assert.deepEqual(await store().read(), { kind: 'absent' });
    await store().write({ ...state, PolicySource: 4 });
    assert.deepEqual(await store().read(), { kind: 'state', state: { ...state, PolicySource: 4 } });
  });

  it('with a member that is another after a flip is damaged, told by its name and in words for people', async () => {
    await store().write(state);
    const text = await readFile(path, 'utf8');
    for (const [from, to, says] of [
      ['"mark"', '"mbrk"', /^what it says in laps is not in the form that laps-agent writes$/],
      ['"PolicySource": 1', '"PolicySource": 9', /^what it says in PolicySource is not/],
      ['"PolicySource"', '"PolicyTource"', /^a member of it is missing, or one is there/],
    ] as const) {
      assert.ok(text.replaceAll('\t', '').includes(from), from);
      await writeFile(path, text.replace(from, to));
      const reading = await store().peek();
      assert.match(reading.kind === 'damaged' ? reading.problem : reading.kind, says);
    }
  });

  it("remembers the tenant's own stamp where there is one, and reads a state from before there was any", async () => {
    const stamped = { ...state, backedUpAt: 1_795_420_000_456 };
    await store().write(stamped);
    assert.deepEqual(await store().read(), { kind: 'state', state: stamped });
    await store().write(state);
    assert.deepEqual(await store().read(), { kind: 'state', state });
  });

  it('spells the Windows values as Windows does, times as FILETIME text', async () => {
    await store().write(state);
    const written = JSON.parse(await readFile(path, 'utf8'));
    assert.equal(written.PolicySource, 1);
    assert.equal(written.BackupDirectory, 1);
    assert.equal(written.LastAccountRidUpdated, 500);
    assert.equal(written.LastPasswordUpdateTime, '134398936001230000');
    assert.equal(typeof written.AzurePasswordExpiryTime, 'string');
  });

  it('is a file only its owner can read, alone in its folder', async () => {
    const before = process.umask(0);
    try {
      await store().write(state);
    } finally {
      process.umask(before);
    }
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['state.json']);
  });

  it('cut at every byte is damaged, put aside and then absent', async () => {
    const one = store();
    await one.write(state);
    const whole = await readFile(path);
    // Without its last brace at the latest it is no JSON; an empty object would be absent, but no cut gives one.
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(path, whole.subarray(0, length));
      const reading = await one.read();
      assert.equal(reading.kind, 'damaged', `cut at ${length}`);
      assert.deepEqual(await one.read(), { kind: 'absent' });
    }
  });

  it('with a member missing, a member more, or one of the wrong form is damaged', async () => {
    await store().write(state);
    const good = JSON.parse(await readFile(path, 'utf8'));
    const { mark: _mark, ...unmarked } = good.laps;
    for (const bad of [
      { ...good, PolicySource: 5 },
      { ...good, PolicySource: '1' },
      { ...good, LastPasswordUpdateTime: 134_398_944_000_123 },
      { ...good, LastPasswordUpdateTime: 'yesterday' },
      { ...good, stray: 1 },
      { ...good, laps: { ...good.laps, stray: 1 } },
      { ...good, laps: unmarked },
      { ...good, laps: { ...good.laps, accountSid: '../..' } },
      { PolicySource: 1 },
      [],
      null,
      'text',
    ]) {
      await writeFile(path, JSON.stringify(bad));
      assert.equal((await store().read()).kind, 'damaged', JSON.stringify(bad));
    }
    assert.ok((await readdir(folder)).includes('state.json.damaged-12'));
  });

  it('is healed by the next write, the damaged file kept beside', async () => {
    await writeFile(path, 'nonsense');
    await store().write(state);
    assert.deepEqual(await store().read(), { kind: 'state', state });
    assert.equal(await readFile(`${path}.damaged-1`, 'utf8'), 'nonsense');
  });

  it('keeps the old state when the new one is not lawful', async () => {
    await store().write(state);
    await assert.rejects(store().write({ ...state, accountName: '' }), { code: 'ERR_LAPS_INTERNAL' });
    assert.deepEqual(await store().read(), { kind: 'state', state });
  });

  it('follows no symbolic link, neither to a file nor to a folder', async () => {
    await mkdir(join(folder, 'elsewhere'));
    await writeFile(join(folder, 'elsewhere', 'state.json'), 'theirs');
    await symlink(join(folder, 'elsewhere', 'state.json'), path);
    await assert.rejects(store().read(), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await assert.rejects(store().write(state), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await symlink('elsewhere', join(folder, 'linked'));
    const linked = createStateStore({ folder: join(folder, 'linked') });
    await assert.rejects(linked.write(state), { code: 'ERR_LAPS_DATA_UNSAFE' });
    assert.equal(await readFile(join(folder, 'elsewhere', 'state.json'), 'utf8'), 'theirs');
  });

  it('in the place of which a folder lies is damaged', async () => {
    await mkdir(path);
    assert.equal((await store().read()).kind, 'damaged');
  });

  it('is never written in place, not even inside a Snap', async () => {
    const name = 'SNAP';
    const before = process.env[name];
    process.env[name] = '/snap/laps';
    try {
      await store().write(state);
      const { ino } = await stat(path);
      await store().write({ ...state, PolicySource: 2 });
      assert.notEqual((await stat(path)).ino, ino);
      assert.equal(process.env[name], '/snap/laps');
    } finally {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
  });

  it('leaves the signals of the process alone', async () => {
    const names = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGQUIT'];
    const mine = () => {};
    process.on('SIGTERM', mine);
    const before = names.map((name) => process.listenerCount(name));
    await store().write(state);
    assert.deepEqual(
      names.map((name) => process.listenerCount(name)),
      before,
    );
    assert.ok(process.listeners('SIGTERM').includes(mine));
    process.removeListener('SIGTERM', mine);
  });

  it('sweeps what a killed writer left', async () => {
    await writeFile(`${path}.tmp-1700000000abcdef`, 'half');
    await store().write(state);
    assert.deepEqual(await readdir(folder), ['state.json']);
  });

  it('says so when the folder is gone or closed', async () => {
    await assert.rejects(createStateStore({ folder: join(folder, 'gone') }).write(state), { code: 'ERR_LAPS_DISK' });
    if (process.getuid?.() === 0) return;
    await store().write(state);
    await chmod(folder, 0o500);
    try {
      await assert.rejects(store().write(state), { code: 'ERR_LAPS_PERMISSION' });
    } finally {
      await chmod(folder, 0o700);
    }
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostAuthMemory } from '../../agent/core/postAuth/memory.ts';
import { createPostAuthStore } from '../../agent/edge/postAuthStore.ts';

const sid = 'S-1-5-21-1-2-3-1001';
const whose = { sid, name: 'lapsadmin', rid: 1001 };
const armed: NonNullable<PostAuthMemory['armed']> = {
  ...whose,
  authenticatedAt: 1_795_420_000_123,
  deadlineAt: 1_795_420_000_123 + 8 * 3_600_000,
  actions: 11,
  retryCount: 3,
  rotationId: '3f2c9d1e-0b5a-4c11-9e3e-5a3f0e6d7c21',
  bootId: '9d3fe593-35b5-4f1b-9312-89a39a82a6da',
  dueAt: null,
  retryAt: null,
  vouched: true,
};
const acting: NonNullable<PostAuthMemory['acting']> = {
  ...whose,
  actions: 3,
  stage: 'grace',
  until: 1_795_420_120_123,
  bootId: 'boot',
  retryCount: 0,
  retryAt: null,
};
const watch = { kind: 'on', sid, cursor: 's=1;i=2', lookedAt: 1_795_420_000_000 } as const;

describe('the memory of post-authentication actions', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-postauth-'));
    path = join(folder, 'postAuth.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const store = () => createPostAuthStore({ folder });

  it('comes back as it was written, in every form', async () => {
    assert.deepEqual(await store().read(), { kind: 'absent' });
    for (const memory of [
      { armed, acting, watch },
      { armed: { ...armed, dueAt: 1, retryAt: -1, vouched: false }, acting: null, watch: { kind: 'off' } },
      { armed: null, acting: { ...acting, stage: 'restarting' }, watch: null },
      { armed: null, acting: { ...acting, stage: 'confirm', until: null }, watch: null },
      { armed: null, acting: null, watch: null },
    ] satisfies PostAuthMemory[]) {
      await store().write(memory);
      assert.deepEqual(await store().read(), { kind: 'memory', memory });
      assert.deepEqual(await store().peek(), { kind: 'memory', memory });
    }
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('has the Windows values while a deadline stands, spelt as Windows does, and none of them afterwards', async () => {
    await store().write({ armed, acting: null, watch });
    const { laps: _own, ...windows } = JSON.parse(await readFile(path, 'utf8'));
    assert.deepEqual(windows, {
      PostAuthResetAuthenticationTime: '134398936001230000',
      PostAuthResetDeadline: '134399224001230000',
      PostAuthResetAccountSid: sid,
      PostAuthActions: 11,
      PostAuthResetRetryCount: 3,
    });
    await store().write({ armed: null, acting: null, watch });
    assert.deepEqual(Object.keys(JSON.parse(await readFile(path, 'utf8'))), ['laps']);
  });

  it('of a version that did not ask who told of the sign-in vouches for none', async () => {
    await store().write({ armed, acting: null, watch });
    const { laps, ...windows } = JSON.parse(await readFile(path, 'utf8'));
    const { vouched: _unknown, ...older } = laps.armed;
    await writeFile(path, JSON.stringify({ ...windows, laps: { ...laps, armed: older } }));
    assert.deepEqual(await store().read(), {
      kind: 'memory',
      memory: { armed: { ...armed, vouched: false }, acting: null, watch },
    });
  });

  it('of a version that did not ask when it had looked last does not know', async () => {
    await store().write({ armed: null, acting: null, watch });
    const { laps } = JSON.parse(await readFile(path, 'utf8'));
    const { lookedAt: _unknown, ...older } = laps.watch;
    await writeFile(path, JSON.stringify({ laps: { ...laps, watch: older } }));
    const memory = { armed: null, acting: null, watch: { ...watch, lookedAt: null } };
    assert.deepEqual(await store().read(), { kind: 'memory', memory });
  });

  it('with half a deadline, a stray member or a wrong form is damaged, put aside and then absent', async () => {
    await store().write({ armed, acting, watch });
    const good = JSON.parse(await readFile(path, 'utf8'));
    const { PostAuthResetDeadline: _gone, ...half } = good;
    let count = 0;
    for (const bad of [
      half,
      { ...good, laps: { ...good.laps, armed: null } },
      { laps: good.laps },
      { ...good, PostAuthResetDeadline: 134_399_224 },
      { ...good, PostAuthActions: 16 },
      { ...good, laps: { ...good.laps, armed: { ...good.laps.armed, vouched: 'yes' } } },
      { ...good, stray: 1 },
      { ...good, laps: { ...good.laps, acting: { ...good.laps.acting, stage: 'sleep' } } },
      { ...good, laps: { ...good.laps, watch: { kind: 'on', sid } } },
      { ...good, laps: { ...good.laps, watch: { ...watch, lookedAt: 'noon' } } },
      { ...good, laps: { ...good.laps, watch: { kind: 'off', cursor: '' } } },
      'text',
    ]) {
      await writeFile(path, JSON.stringify(bad));
      assert.equal((await store().peek()).kind, 'damaged');
      count += 1;
      const reading = await store().read();
      assert.equal(
        reading.kind === 'damaged' ? reading.quarantine : JSON.stringify(bad),
        `postAuth.json.damaged-${count}`,
      );
      assert.deepEqual(await store().read(), { kind: 'absent' });
    }
  });
});

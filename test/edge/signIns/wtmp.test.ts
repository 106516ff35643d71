/** Sign-ins from wtmp, in both layouts, and as the system's own tool prints a record. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutOf, readWtmp, signInOfRecord } from '../../../agent/edge/signIns/wtmp.ts';

function recordOf(type: number, user: string, seconds: number, layout = layoutOf('x64')): Buffer {
  const record = Buffer.alloc(layout.size);
  record.writeInt16LE(type, 0);
  record.writeInt32LE(4711, 4);
  record.write('pts/0', 8, 'latin1');
  record.write(user, 44, 32, 'utf8');
  record.write('host.example', 76, 'latin1');
  if (layout.wide) record.writeBigInt64LE(BigInt(seconds), layout.secondsAt);
  else record.writeUInt32LE(seconds, layout.secondsAt);
  return record;
}

describe('a record of wtmp', () => {
  for (const name of ['x64', 'arm64'])
    it(`of ${name} is a sign-in when it is of a user's process`, () => {
      const layout = layoutOf(name);
      const found = signInOfRecord(recordOf(7, 'lapsadmin', 1_795_420_000, layout), layout);
      assert.deepEqual(found, {
        at: 1_795_420_000_000,
        within: 1000,
        vouched: true,
        who: { uid: undefined, name: 'lapsadmin' },
      });
      for (const type of [0, 1, 2, 5, 6, 8, 9, -1])
        assert.equal(signInOfRecord(recordOf(type, 'lapsadmin', 1_795_420_000, layout), layout), undefined);
      assert.equal(signInOfRecord(recordOf(7, '', 1_795_420_000, layout), layout), undefined);
      assert.equal(signInOfRecord(recordOf(7, 'lapsadmin', 0, layout), layout), undefined);
    });

  it('may come after 2038, and may have a name as long as its field', () => {
    const layout = layoutOf('x64');
    const found = signInOfRecord(recordOf(7, 'n'.repeat(32), 4_000_000_000), layout);
    assert.deepEqual(found, {
      at: 4_000_000_000_000,
      within: 1000,
      vouched: true,
      who: { uid: undefined, name: 'n'.repeat(32) },
    });
  });

  it('has its name in UTF-8, as the system keeps its accounts', () => {
    const layout = layoutOf('x64');
    assert.equal(signInOfRecord(recordOf(7, 'josé', 1_795_420_000), layout)?.who.name, 'josé');
    const after = recordOf(7, 'josé', 1_795_420_000);
    // What stands after the end of the name is no part of it, whatever it is.
    after[44 + 6] = 0xc3;
    assert.equal(signInOfRecord(after, layout)?.who.name, 'josé');
    const broken = recordOf(7, 'x', 1_795_420_000);
    broken[44] = 0xe9;
    assert.equal(signInOfRecord(broken, layout)?.who.name, '\ufffd');
  });
});

describe('wtmp', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-wtmp-'));
    path = join(folder, 'wtmp');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read on from its place, whole records only', async () => {
    const layout = layoutOf('x64');
    const [one, two] = [recordOf(7, 'lapsadmin', 1_795_420_000), recordOf(7, 'alice', 1_795_420_060)];
    await writeFile(path, Buffer.concat([one, two.subarray(0, 100)]));
    const first = await readWtmp({ path, place: undefined, since: 0, layout });
    assert.equal(first?.found.length, 1);
    assert.equal(first?.place.offset, layout.size);
    await writeFile(path, Buffer.concat([one, two]));
    const second = await readWtmp({ path, place: first?.place, since: 0, layout });
    assert.deepEqual(
      second?.found.map(({ who }) => who.name),
      ['alice'],
    );
  });

  it("is what the system's own utmpdump makes of a text", async function () {
    const text =
      '[7] [04711] [ts/0] [lapsadmin] [pts/0       ] [host.example        ] [192.0.2.7      ] [2026-11-23T08:00:00,000000+00:00]\n';
    const made = spawnSync('utmpdump', ['--reverse'], { input: text, env: { ...process.env, TZ: 'UTC' } });
    if (made.status !== 0) this.skip();
    const layout = layoutOf(arch());
    assert.equal(made.stdout.length, layout.size);
    assert.deepEqual(signInOfRecord(made.stdout, layout), {
      at: Date.UTC(2026, 10, 23, 8),
      within: 1000,
      vouched: true,
      who: { uid: undefined, name: 'lapsadmin' },
    });
  });
});

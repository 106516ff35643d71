/** Sign-ins from the log file, through its rotations. */
import assert from 'node:assert/strict';
import {
  appendFile,
  copyFile,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from '../../../agent/edge/signIns/appended.ts';
import { readLogFile, signInOfLine } from '../../../agent/edge/signIns/logFile.ts';

const begin = Date.UTC(2026, 10, 23, 8);
const iso = (minute: number): string => new Date(begin + minute * 60_000).toISOString().replace('Z', '000+00:00');
const line = (minute: number, user = 'lapsadmin(uid=1001)'): string =>
  `${iso(minute)} host su[4711]: pam_unix(su:session): session opened for user ${user} by alice(uid=1002)\n`;
const noise = (minute: number): string =>
  `${iso(minute)} host sshd[7]: Connection closed by 192.0.2.7 port 22 [preauth]\n`;

describe('a line of the log file', () => {
  it('has a time of either kind', () => {
    assert.deepEqual(signInOfLine(line(3).trimEnd(), begin)?.at, begin + 3 * 60_000);
    const old = 'Nov 23 08:03:07 host su[4711]: pam_unix(su:session): session opened for user x(uid=1) by y(uid=2)';
    assert.equal(signInOfLine(old, begin)?.at, new Date(2026, 10, 23, 8, 3, 7).getTime());
    const lastYear = old.replace('Nov 23', 'Dec  3');
    assert.equal(signInOfLine(lastYear, begin)?.at, new Date(2025, 11, 3, 8, 3, 7).getTime());
  });

  it('counts by what stands in its own places: a quoted one or one with a name of another shape does not', () => {
    const good = line(1).trimEnd();
    assert.ok(signInOfLine(good, begin));
    for (const bad of [
      `${iso(1)} host sshd[7]: Invalid user ${good} from 192.0.2.7 port 22`,
      good.replace('su[4711]', 'su[]'),
      good.replace('su[4711]', 'su[4711'),
      good.replace('su[4711]: ', 'su '),
      good.replace('su[4711]', 'su[x]'),
      good.replace('su[4711]', 'alice: su[4711]'),
      good.replace(/^\S+/, 'yesterday'),
      good.replace(/^\S+/, '2026-13-45T08:00:00Z'),
      good.replace(/^\S+/, 'Xyz 23 08:03:07'),
      ` ${good}`,
      `${good}\r`,
      `${'x'.repeat(100_000)}${good}`,
      '',
    ])
      assert.equal(signInOfLine(bad, begin), undefined, bad.slice(0, 120));
  });
});

describe('a program that gives no number', () => {
  const sentences = [
    ["sudo, as Debian's own writes it", 'sudo', 'sudo', 'root(uid=0) by (uid=1001)'],
    ['lightdm', 'lightdm', 'lightdm', 'lapsadmin(uid=1001) by (uid=0)'],
    ['an old su', 'su', 'su', 'lapsadmin(uid=1001) by bob(uid=1000)'],
  ] as const;
  for (const [what, program, service, who] of sentences)
    it(`is believed like one that does: ${what}`, () => {
      const said = `pam_unix(${service}:session): session opened for user ${who}`;
      for (const speaker of [program, `${program}[5]`])
        assert.equal(signInOfLine(`${iso(1)} vm ${speaker}: ${said}`, begin)?.who.uid, 1001, speaker);
      const quoted = `${iso(1)} vm sshd: Invalid user ${program}: ${said}`;
      assert.equal(signInOfLine(quoted, begin), undefined);
      assert.equal(signInOfLine(`${iso(1)} vm ${program}: x ${program}: ${said}`, begin), undefined);
    });
});

describe('the log file', () => {
  let folder = '';
  let path = '';
  let place: Place | undefined;
  const later = begin + 86_400_000;
  const read = async (since = 0): Promise<number[]> => {
    const reading = await readLogFile({ path, place, since, now: later });
    place = reading?.place ?? place;
    return reading?.found.map(({ at }) => (at - begin) / 60_000) ?? [];
  };
  const aged = (file: string, minute: number) => utimes(file, begin / 1000, begin / 1000 + minute * 60);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-log-'));
    path = join(folder, 'auth.log');
    place = undefined;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('that is not there is no record', async () => {
    assert.equal(await readLogFile({ path, place: undefined, since: 0, now: later }), undefined);
  });

  it('is read once: each look goes on after the last, and half a line waits for its end', async () => {
    await writeFile(path, noise(0) + line(1) + line(2).slice(0, 60));
    assert.deepEqual(await read(), [1]);
    assert.deepEqual(await read(), []);
    await appendFile(path, line(2).slice(60) + noise(3) + line(4));
    assert.deepEqual(await read(), [2, 4]);
  });

  it('without a place is read from a moment on', async () => {
    await writeFile(path, line(1) + line(2) + line(3));
    assert.deepEqual(await read(begin + 2 * 60_000), [2, 3]);
    place = undefined;
    assert.deepEqual(await read(begin + 2 * 60_000 + 1), [3]);
    // Without fractions it may have been at any moment of its second.
    place = undefined;
    await writeFile(path, line(2).replace('.000000+00:00', '+00:00'));
    assert.deepEqual(await read(begin + 2 * 60_000 + 999), [2]);
  });

  for (const [how, rotate] of [
    ['by renaming', () => rename(path, `${path}.1`)],
    ['by renaming with a date', () => rename(path, `${path}-20261123`)],
    [
      'by renaming twice',
      async () => {
        await rename(path, `${path}.2`);
        await writeFile(`${path}.1`, line(3));
        await aged(`${path}.1`, 3);
      },
    ],
    [
      'by copying and cutting off',
      async () => {
        await copyFile(path, `${path}.1`);
        await truncate(path);
      },
    ],
  ] as const)
    it(`is followed through a rotation ${how}`, async () => {
      await writeFile(path, line(1));
      assert.deepEqual(await read(), [1]);
      await appendFile(path, line(2));
      await aged(path, 2);
      await rotate();
      for (const old of [`${path}.1`, `${path}.2`]) await aged(old, old.endsWith('2') ? 2 : 3).catch(() => undefined);
      await appendFile(path, line(4));
      assert.deepEqual(await read(), how === 'by renaming twice' ? [2, 3, 4] : [2, 4]);
      assert.deepEqual(await read(), []);
    });

  it('that was empty when it was looked at is followed as well', async () => {
    await writeFile(path, '');
    assert.deepEqual(await read(), []);
    await appendFile(path, line(1));
    await rename(path, `${path}.1`);
    await writeFile(path, line(2));
    assert.deepEqual(await read(), [1, 2]);
  });

  it('that began anew, its old content gone, is read from its beginning', async () => {
    await writeFile(path, line(1) + line(2));
    await read();
    await writeFile(path, line(3));
    assert.deepEqual(await read(begin + 2.5 * 60_000), [3]);
    await unlink(path);
    assert.deepEqual(await read(), []);
    await writeFile(path, line(5) + line(6) + line(7) + line(8));
    assert.deepEqual(await read(begin + 3.5 * 60_000), [5, 6, 7, 8]);
  });

  it('is not a symbolic link, and what is compressed or named otherwise is left alone', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await writeFile(elsewhere, line(1));
    await symlink(elsewhere, path);
    assert.equal(await readLogFile({ path, place: undefined, since: 0, now: later }), undefined);
    await unlink(path);
    await writeFile(path, line(2));
    await writeFile(`${path}.2.gz`, line(3));
    await writeFile(`${path}.bak`, line(4));
    assert.deepEqual(await read(), [2]);
  });

  it('tells names in UTF-8, and a byte that is none hides no end of a line', async () => {
    const broken = Buffer.from(noise(0), 'latin1');
    // The first of two bytes, with the end of the line where the second should be.
    broken[broken.length - 2] = 0xc3;
    await writeFile(
      path,
      Buffer.concat([Buffer.from(line(1, 'josé')), broken, Buffer.from(line(2, 'josé(uid=1001)'))]),
    );
    const reading = await readLogFile({ path, place: undefined, since: 0, now: later });
    assert.deepEqual(
      reading?.found.map(({ who }) => who),
      [
        { uid: undefined, name: 'josé' },
        { uid: 1001, name: 'josé' },
      ],
    );
  });

  it('may hold lines of any length and bytes of any kind', async () => {
    await writeFile(path, Buffer.concat([Buffer.alloc(300_000, 0xff), Buffer.from(`\n${line(1)}`)]));
    assert.deepEqual(await read(), [1]);
    await appendFile(path, Buffer.alloc(2_500_000, 0x61));
    assert.deepEqual(await read(), []);
    await appendFile(path, `\n${line(2)}`);
    assert.deepEqual(await read(), [2]);
  });
});

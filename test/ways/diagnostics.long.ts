/** `laps diagnostics` from words to the unpacked zip: whole, of a damaged folder, and where it cannot be written. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { bundleName, bundleParts, type Manifest } from '../../agent/core/support/bundle.ts';
import { at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from '../support/joinedWorld.ts';
import { findSecrets } from '../support/plantedSecret.ts';
import { filesBelow } from '../support/processWorld.ts';
import { readZip, zippedTexts } from '../support/readZip.ts';

const noon = Date.UTC(2026, 10, 27, 12);
const name = bundleName(noon);
const now = () => noon;
const names = Object.keys(bundleParts);

describe('laps diagnostics', () => {
  let world: JoinedWorld;
  let copy: JoinedCopy;
  let output = '';
  before(async () => {
    world = await createJoinedWorld();
  });
  after(() => world.close());
  beforeEach(() => {
    copy = world.copy();
    output = join(copy.data, '..', 'out');
    mkdirSync(output);
  });

  const zip = (): Buffer => readFileSync(join(output, name));
  const manifestOf = (bytes: Uint8Array): Manifest =>
    JSON.parse(Buffer.from(zippedTexts(bytes)['manifest.json'] ?? []).toString('utf8'));
  const make = (wish: Parameters<JoinedCopy['run']>[1] = {}) =>
    copy.run(['diagnostics', '--output', output], { now, ...wish });

  it('writes every part of the table, for its owner alone, and says what it wrote', async () => {
    const { status, stdout, stderr } = await make();
    assert.equal(status, 0, stderr);
    assert.equal(statSync(join(output, name)).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(output), [name]);
    const files = readZip(zip());
    assert.deepEqual(
      files.map((file) => file.name),
      ['manifest.json', ...names],
    );
    const manifest = manifestOf(zip());
    assert.deepEqual(manifest.problems, []);
    assert.deepEqual(
      manifest.files.map(({ name: part, bytes }) => [part, bytes]),
      files.slice(1).map((file) => [file.name, file.bytes.length]),
    );
    for (const part of ['manifest.json', ...names]) assert.ok(stdout.includes(`  ${part} `), part);
    assert.match(stdout, /read it before you send it/);
    assert.match(stdout, new RegExp(`wrote .*${name}, \\d+ kB, for you alone to read`));
  });

  it('holds what the verbs themselves say', async () => {
    await make();
    const texts = zippedTexts(zip());
    const part = (which: string): unknown => JSON.parse(Buffer.from(texts[which] ?? []).toString('utf8'));
    assert.deepEqual(part('status.json'), (await copy.json(['status'])).value);
    assert.deepEqual(part('configuration.json'), (await copy.json(['config', 'list'])).value);
    const checks = at(part('doctor.json'), 'checks');
    assert.ok(
      Array.isArray(checks) && checks.some((each) => at(each, 'check') === 'token' && at(each, 'result') === 'ok'),
    );
    const events = Buffer.from(texts['events.jsonl'] ?? []).toString('utf8');
    assert.equal(events, (await copy.run(['events', '--json'])).stdout);
    assert.match(events, /"id":10004/);
    assert.equal(at(part('rotation.json'), 'journal', 'state'), 'idle');
    assert.equal(at(part('rotation.json'), 'state', 'accountName'), 'lapsadmin');
    assert.equal(at(part('policies.json'), 'effective', 'source'), 'CSP');
    assert.match(
      JSON.stringify(part('data-folder.json')),
      /"path":"keys\/journal-mac\.key","kind":"file","bytes":32,"mode":"600"/,
    );
  });

  it('is one document with --json, and changes nothing in the data folder', async () => {
    const kept = () => [...filesBelow(copy.data)].map(([path, bytes]) => [path, bytes.toString('base64')]);
    const before = kept();
    const { status, stdout, stderr } = await copy.run(['diagnostics', '--output', output, '--json'], { now });
    assert.deepEqual([status, stderr], [0, '']);
    const document = JSON.parse(stdout);
    assert.equal(document.file, join(output, name));
    assert.equal(document.bytes, zip().length);
    const { made, by, note, files, problems, leftOut } = document;
    assert.deepEqual({ made, by, note, files, problems, leftOut }, manifestOf(zip()));
    assert.equal(document.error, null);
    assert.deepEqual(kept(), before);
  });

  it('is the same bytes when nothing changed, but for how far the tenant’s clock is away', async () => {
    const parts = async () => {
      await make();
      const texts = zippedTexts(zip());
      rmSync(join(output, name));
      return Object.entries(texts)
        .filter(([part]) => part !== 'doctor.json' && part !== 'manifest.json')
        .map(([part, bytes]) => [part, Buffer.from(bytes).toString('utf8')]);
    };
    const first = await parts();
    assert.deepEqual(await parts(), first);
  });

  it('holds no key, no seal, no proxy’s password and no word of a policy that is no setting', async () => {
    const planted = {
      remark: 'Remark-horse-41!',
      name: 'NamedHorse-42',
      proxy: 'Proxy-horse-43',
      debug: 'Debug-horse-44',
    };
    copy.writePolicy(
      'csp.json',
      `{ // ${planted.remark}\n "BackupDirectory": 1, "AdministratorAccountName": "lapsadmin", "${planted.name}": "${planted.remark}" }`,
    );
    copy.writePolicy('README.txt', planted.remark);
    await copy.run(['reset']);
    await world.tenant.fault('backup:drop-reply-after-store:1');
    await copy.run(['reset']);
    const env = { HTTPS_PROXY: `http://user:${planted.proxy}@127.0.0.1:1`, LAPS_CLIENT_SECRET: planted.debug };
    const { status, stdout, stderr } = await make({ env });
    assert.equal(status, 0, stderr);
    const keys = [...filesBelow(join(copy.data, 'keys'))];
    // One for the journal, one for the mark, one of the open rotation.
    assert.ok(keys.length >= 3);
    const texts = { ...zippedTexts(zip()), stdout, stderr };
    for (const [path, bytes] of keys)
      for (const form of [
        bytes.toString('latin1'),
        bytes.toString('hex'),
        bytes.toString('base64'),
        bytes.toString('base64url'),
      ])
        for (const [where, text] of Object.entries(texts))
          assert.ok(!Buffer.from(text).toString('latin1').includes(form), `${path} in ${where}`);
    const journal = JSON.stringify(String(filesBelow(join(copy.data, 'journal')).get('journal')));
    const sealed = [...journal.matchAll(/\\"(?:iv|tag|data|before)\\":\\"([^"\\]{12,})/g)].map(
      ([, value]) => value ?? '',
    );
    assert.ok(sealed.length >= 4, journal.replace(/[A-Za-z0-9+/=]{12,}/g, '…'));
    assert.deepEqual(findSecrets(texts, [...sealed, ...Object.values(planted)]), []);
    const identity: { key?: unknown } = JSON.parse(readFileSync(join(copy.data, 'identity', 'identity.json'), 'utf8'));
    assert.ok(JSON.stringify(identity).includes('PRIVATE KEY'));
    assert.doesNotMatch(Object.values(texts).map(String).join(''), /BEGIN|PRIVATE/);
  });

  const damages: ReadonlyArray<readonly [string, (data: string) => void, readonly string[]]> = [
    ['a journal of rubbish', (data) => writeFileSync(join(data, 'journal', 'journal'), '\u0000rubbish'), []],
    [
      'a folder for the log',
      (data) => {
        rmSync(join(data, 'logs', 'events.jsonl'));
        mkdirSync(join(data, 'logs', 'events.jsonl'));
      },
      ['events.jsonl'],
    ],
    ['no identity', (data) => rmSync(join(data, 'identity'), { recursive: true }), []],
    [
      'a state and a configuration of rubbish',
      (data) => {
        writeFileSync(join(data, 'state', 'state.json'), '{');
        writeFileSync(join(data, 'state', 'configuration.json'), '{');
      },
      [],
    ],
    [
      'a link in the place of its keys',
      (data) => {
        rmSync(join(data, 'keys'), { recursive: true });
        symlinkSync('/nowhere', join(data, 'keys'));
      },
      ['status.json', 'doctor.json', 'configuration.json', 'policies.json', 'rotation.json', 'events.jsonl'],
    ],
    [
      'a newer version',
      (data) => writeFileSync(join(data, 'version'), '99\n'),
      ['status.json', 'doctor.json', 'configuration.json', 'policies.json', 'rotation.json', 'events.jsonl'],
    ],
    ['no version', (data) => rmSync(join(data, 'version')), []],
  ];
  for (const [what, damage, missing] of damages)
    it(`is written all the same of a folder with ${what}`, async () => {
      damage(copy.data);
      const { status, stdout, stderr } = await make();
      assert.equal(status, 0, stderr);
      const manifest = manifestOf(zip());
      assert.deepEqual(
        manifest.problems.map((each) => each.name),
        missing,
        JSON.stringify(manifest.problems),
      );
      for (const { name: part, code, message, hint } of manifest.problems) {
        assert.notEqual(code, 'ERR_LAPS_INTERNAL', message);
        assert.ok(hint !== null, part);
        assert.ok(stdout.includes(`! ${part} is missing: `), part);
      }
      assert.deepEqual(
        readZip(zip()).map((file) => file.name),
        ['manifest.json', ...names.filter((each) => !missing.includes(each))],
      );
    });

  it('counts the lines of the log that are none, and goes on', async () => {
    const log = join(copy.data, 'logs', 'events.jsonl');
    writeFileSync(log, `${readFileSync(log, 'utf8')}no event\n{"half":`);
    await make();
    const [part] = manifestOf(zip()).files.filter((each) => each.name === 'events.jsonl');
    assert.match(String(part?.remarks), /2 lines of the log are no events/);
  });

  it('tells of the newest events where there are more than it takes', async () => {
    const log = join(copy.data, 'logs', 'events.jsonl');
    const line = (second: number) =>
      `${JSON.stringify({ time: new Date(noon + second * 1000).toISOString(), id: 10003, level: 'info', name: 'x', message: 'm', fields: {} })}\n`;
    writeFileSync(log, Array.from({ length: 25_000 }, (_, second) => line(second)).join(''));
    await make();
    const lines = Buffer.from(zippedTexts(zip())['events.jsonl'] ?? [])
      .toString('utf8')
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 10_000);
    assert.equal(at(JSON.parse(lines.at(-1) ?? ''), 'time'), new Date(noon + 24_999_000).toISOString());
    const [part] = manifestOf(zip()).files.filter((each) => each.name === 'events.jsonl');
    assert.match(String(part?.remarks), /^10000 events; 15000 earlier ones are left out$/);
  });

  it('names no file of a folder that is not ours', async () => {
    const folder = join(copy.data, '..', 'home');
    mkdirSync(join(folder, 'Documents'), { recursive: true });
    writeFileSync(join(folder, 'Horse-diary.txt'), 'x');
    const { status } = await copy.run(['diagnostics', '--data', folder, '--output', output], { now });
    assert.equal(status, 0);
    const listed = Buffer.from(zippedTexts(zip())['data-folder.json'] ?? []).toString('utf8');
    assert.doesNotMatch(listed, /Horse|Documents/);
    assert.match(listed, /"others": 2/);
  });

  it('has nothing to tell of without a data folder: says how to begin, writes nothing', async () => {
    const nothing = world.nothing();
    const end = await nothing.run(['diagnostics', '--output', output], { now });
    expectError(end, 'ERR_LAPS_NOT_JOINED', /no laps-agent data/);
    assert.deepEqual(readdirSync(output), []);
    assert.equal(existsSync(nothing.data), false);
  });

  it('replaces nothing, whether a file or a link stands there', async () => {
    writeFileSync(join(output, name), 'mine');
    expectError(await make(), 'ERR_LAPS_FILE_EXISTS', /there already/);
    assert.equal(zip().toString(), 'mine');
    // Told before anything is gathered, or nobody would have waited for it.
    expectError(await make({ interrupted: AbortSignal.abort() }), 'ERR_LAPS_FILE_EXISTS', /there already/);
    rmSync(join(output, name));
    symlinkSync('elsewhere', join(output, name));
    expectError(await make(), 'ERR_LAPS_FILE_EXISTS', /there already/);
    assert.deepEqual(readdirSync(output), [name]);
  });

  it('says so where the folder is missing, is a file, or is closed, and leaves nothing', async () => {
    const to = (folder: string) => copy.run(['diagnostics', '--output', folder], { now });
    expectError(await to(join(output, 'missing')), 'ERR_LAPS_NO_SUCH_FILE', /does not exist/);
    writeFileSync(join(output, 'file'), '');
    expectError(await to(join(output, 'file')), 'ERR_LAPS_NO_SUCH_FILE');
    // To root every folder of a disk is open; those of the kernel are not.
    const closed = process.getuid?.() === 0 ? '/sys' : join(output, 'closed');
    if (closed !== '/sys') mkdirSync(closed, { mode: 0o500 });
    expectError(await to(closed), 'ERR_LAPS_PERMISSION', /no permission/);
    if (closed !== '/sys') chmodSync(closed, 0o700);
    assert.ok(readdirSync(output).every((each) => ['file', 'closed'].includes(each)));
  });

  it('leaves nothing behind after Ctrl-C, whenever it comes', async () => {
    const early = AbortSignal.abort();
    expectError(await make({ interrupted: early }), 'ERR_LAPS_INTERRUPTED', /nothing was written/);
    assert.deepEqual(readdirSync(output), []);
    // While the tenant keeps the doctor waiting.
    await world.tenant.fault('token:hang:1');
    const late = new AbortController();
    const ended = make({ interrupted: late.signal });
    while (at((await world.tenant.admin('GET', '/faults')).json, 'faults', 0) !== undefined);
    late.abort();
    expectError(await ended, 'ERR_LAPS_INTERRUPTED', /nothing was written/);
    assert.deepEqual(readdirSync(output), []);
  });
});

/** Standard output written to directly: whole, in order, and given up where Node's own stream knows better. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OutputStream, openStandardOutput } from '../../agent/edge/standardOutput.ts';
import { bundle } from '../support/lapsProcess.ts';

/** A stream that keeps what it is given. */
function keeping(): { readonly stream: OutputStream; readonly text: () => string } {
  const parts: Uint8Array[] = [];
  const write = (content: string | Uint8Array, done?: () => void): void => {
    parts.push(Buffer.from(content));
    done?.();
  };
  return { stream: { write, isTTY: true, columns: 40 }, text: () => Buffer.concat(parts).toString() };
}
const unasked = (): never => assert.fail('the stream is not needed');
const noError = (code: string | undefined): never => assert.fail(`no error is expected: ${code}`);

describe('standard output', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-output-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Both ends of a pipe that never waits, or nothing where the machine cannot make one. */
  function pipe(): { readonly reader: number; readonly writer: number } | undefined {
    const path = join(folder, 'pipe');
    if (spawnSync('mkfifo', [path]).status !== 0) return undefined;
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
  }

  it('is written to a file at once and in order, texts and bytes', () => {
    const path = join(folder, 'out');
    const fd = openSync(path, 'w');
    const output = openStandardOutput({ fd, streamOf: unasked, onError: noError });
    output.write('é1\n');
    output.write(Uint8Array.of(0, 255));
    assert.deepEqual([...readFileSync(path)], [0xc3, 0xa9, 0x31, 0x0a, 0, 255]);
    let ended = 0;
    output.write('', () => (ended += 1));
    assert.equal(ended, 1);
    assert.notEqual(output.isTTY, true);
    closeSync(fd);
  });

  it('is the stream itself where it is neither file nor pipe, or is closed', () => {
    const { stream } = keeping();
    const device = openSync('/dev/null', 'w');
    assert.equal(openStandardOutput({ fd: device, streamOf: () => stream, onError: noError }), stream);
    closeSync(device);
    assert.equal(openStandardOutput({ fd: 987_654, streamOf: () => stream, onError: noError }), stream);
  });

  it('leaves what a pipe cannot take at once to the stream, and all that follows', function () {
    const ends = pipe();
    if (ends === undefined) return this.skip();
    const { stream, text } = keeping();
    const output = openStandardOutput({ fd: ends.writer, streamOf: () => stream, onError: noError });
    const long = Array.from({ length: 40_000 }, (_, at) => `${at}\n`).join('');
    output.write(long);
    output.write('after\n');
    let ended = 0;
    output.write('', () => (ended += 1));
    const taken = Buffer.alloc(long.length + 100);
    const length = readSync(ends.reader, taken);
    assert.ok(length > 0 && length < long.length, `the pipe took ${length} of ${long.length}`);
    assert.equal(taken.subarray(0, length).toString() + text(), `${long}after\n`);
    assert.equal(ended, 1);
    closeSync(ends.writer);
    closeSync(ends.reader);
  });

  it('tells when the reader has gone away', function () {
    const ends = pipe();
    if (ends === undefined) return this.skip();
    writeSync(ends.writer, 'x');
    closeSync(ends.reader);
    const told: Array<string | undefined> = [];
    const output = openStandardOutput({
      fd: ends.writer,
      streamOf: unasked,
      onError: (code) => void told.push(code),
    });
    output.write('more');
    assert.deepEqual(told, ['EPIPE']);
    closeSync(ends.writer);
  });
});

describe('a result that cannot be written', () => {
  const device = '/dev/full';
  before(function () {
    if (existsSync(device)) return;
    console.log(`      skipped: this machine has no ${device}`);
    this.skip();
  });

  for (const words of [
    ['settings'],
    ['settings', '--json'],
    ['--version'],
    ['help', 'reset'],
    ['events', '--wat', '--json'],
  ])
    it(`ends laps ${words.join(' ')} with status 3, told on stderr`, () => {
      const full = openSync(device, 'w');
      const { status, stderr } = spawnSync(process.execPath, [bundle, ...words], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      closeSync(full);
      assert.equal(status, 3, stderr);
      assert.match(stderr, /^laps: error: the result could not be written \(ENOSPC\) \[ERR_LAPS_DISK\]\nlaps: hint: /);
    });
});

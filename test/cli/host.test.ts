/** A process's streams as a Host: what a password typed or piped in becomes, and what a terminal shows of it. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Input } from '../../agent/cli/face.ts';
import { createHost } from '../../agent/cli/host.ts';
import { isLapsError } from '../../agent/core/errors.ts';

/** A terminal, or a pipe, that a test types into. */
class Keyboard extends EventEmitter {
  raw: boolean[] = [];
  flowing = false;
  readonly isTTY: boolean;
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  setRawMode(on: boolean): void {
    this.raw.push(on);
  }
  resume(): void {
    this.flowing = true;
  }
  pause(): void {
    this.flowing = false;
  }
  type(text: string): void {
    this.emit('data', Buffer.from(text));
  }
}

function world(isTTY: boolean, columns?: number) {
  const stdin = new Keyboard(isTTY);
  const interrupted = new AbortController();
  let shown = '';
  const output = {
    isTTY,
    ...(columns !== undefined && { columns }),
    write: (text: string) => {
      shown += text;
    },
  };
  const host = createHost({
    argv: [],
    env: {},
    cwd: '/',
    stdin,
    stdout: output,
    stderr: output,
    now: () => 0,
    slim: () => {},
    outliveOutput: () => {},
    interrupted: interrupted.signal,
  });
  return { stdin, host, shown: () => shown, interrupt: () => interrupted.abort() };
}

const isGivenUp = (error: unknown): boolean => isLapsError(error) && error.code === 'ERR_LAPS_INTERRUPTED';

describe('a host', () => {
  it('takes a terminal that does not know its size for 80 columns wide', () => {
    const width = (columns?: number): number => world(true, columns).host.stdout.columns;
    assert.deepEqual([width(0), width(), width(132)], [80, 80, 132]);
  });

  it('asks for a password at a terminal without showing it', async () => {
    const { stdin, host, shown } = world(true);
    const asked = host.stdin.readSecret('Password: ');
    stdin.type('s3');
    stdin.type('cret\r');
    assert.equal((await asked)?.reveal(), 's3cret');
    assert.deepEqual(stdin.raw, [true, false]);
    assert.equal(shown(), 'Password: \n');
    assert.equal(stdin.flowing, false);
  });

  it('takes back what was typed by mistake', async () => {
    const { stdin, host } = world(true);
    const asked = host.stdin.readSecret('');
    stdin.type('abX\u007fc\r');
    assert.equal((await asked)?.reveal(), 'abc');
  });

  it('has no password after Ctrl-D, and is interrupted by Ctrl-C; the terminal shows again', async () => {
    const { stdin, host } = world(true);
    const ended = host.stdin.readSecret('');
    stdin.type('half\u0004');
    assert.equal(await ended, undefined);
    assert.deepEqual(stdin.raw, [true, false]);
    const given = host.stdin.readSecret('');
    stdin.type('half\u0003');
    await assert.rejects(given, isGivenUp);
    assert.deepEqual(stdin.raw, [true, false, true, false]);
  });

  for (const [what, wait] of [
    ['a visible question', (input: Input) => input.ask('Leave? ')],
    ['a password', (input: Input) => input.readSecret('')],
    ['the rest of a stream', (input: Input) => input.readAll()],
  ] as const)
    it(`waits for ${what} no longer than until it is interrupted`, async () => {
      const { host, stdin, interrupt } = world(true);
      const asked = wait(host.stdin);
      interrupt();
      await assert.rejects(asked, isGivenUp);
      assert.notEqual(stdin.raw.at(-1), true);
      await assert.rejects(wait(host.stdin), isGivenUp);
    });

  it('reads one line from a pipe, without prompt, and loses its line end and nothing else', async () => {
    for (const [given, expected] of [
      [' pass word \n', ' pass word '],
      ['windows\r\n', 'windows'],
      ['no end', 'no end'],
      ['\n', ''],
      ['# : % " \\ \u001f é\n', '# : % " \\ \u001f é'],
    ] as const) {
      const { stdin, host, shown } = world(false);
      const asked = host.stdin.readSecret('Password: ');
      stdin.type(given);
      stdin.emit('end');
      assert.equal((await asked)?.reveal(), expected);
      assert.equal(shown(), '');
    }
  });

  it('puts a character back together that came in two pieces', async () => {
    const { stdin, host } = world(false);
    const asked = host.stdin.readSecret('');
    const bytes = Buffer.from('é\n');
    stdin.emit('data', bytes.subarray(0, 1));
    stdin.emit('data', bytes.subarray(1));
    assert.equal((await asked)?.reveal(), 'é');
  });

  it('keeps the second line for the second question', async () => {
    const { stdin, host } = world(false);
    const first = host.stdin.readSecret('');
    stdin.type('one\ntwo\n');
    assert.equal((await first)?.reveal(), 'one');
    assert.equal((await host.stdin.readSecret(''))?.reveal(), 'two');
  });

  it('has no password when there is nothing', async () => {
    const { stdin, host } = world(false);
    const asked = host.stdin.readSecret('');
    stdin.emit('end');
    assert.equal(await asked, undefined);
    assert.equal(await host.stdin.readSecret(''), undefined);
  });

  it('asks a visible question at a terminal only', async () => {
    const piped = world(false);
    assert.equal(await piped.host.stdin.ask('Leave? '), undefined);
    const { stdin, host, shown } = world(true);
    const asked = host.stdin.ask('Leave? ');
    stdin.type('yes\n');
    assert.equal(await asked, 'yes');
    assert.equal(shown(), 'Leave? ');
  });

  it('reads a whole stream as it is', async () => {
    const { stdin, host } = world(false);
    const asked = host.stdin.readAll();
    stdin.type('a\nb');
    stdin.emit('data', Buffer.from([0xff, 0x00]));
    stdin.emit('end');
    assert.deepEqual(Buffer.from(await asked), Buffer.from([97, 10, 98, 0xff, 0]));
  });
});

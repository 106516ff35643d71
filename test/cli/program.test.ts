/** The words: help that helps, words that are not understood, errors in both their forms. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { verbs } from '../../agent/cli/verbs.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { assertForm, at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { lapsHere } from '../support/lapsHere.ts';

const run = (...words: string[]) => lapsHere(words, { cwd: '/proc/nowhere' });

describe('laps', () => {
  it('without words shows what there is, on stderr, and exits 2', async () => {
    const { status, stdout, stderr } = await run();
    assert.deepEqual([status, stdout], [2, '']);
    for (const { name, summary } of verbs) {
      assert.match(stderr, new RegExp(`^  ${name} `, 'm'));
      assert.ok(stderr.includes(summary));
    }
    assert.match(stderr, /To begin: laps run/);
  });

  it('shows the same when asked for help, on stdout', async () => {
    const bare = await run();
    for (const words of [['help'], ['--help'], ['-h']]) {
      const { status, stdout, stderr } = await run(...words);
      assert.deepEqual([status, stdout, stderr], [0, bare.stderr, '']);
    }
  });

  it('says its version', async () => {
    for (const word of ['--version', '-V']) assert.equal((await run(word)).stdout, `${packageJson.version}\n`);
  });

  it('fits on a terminal of 100 columns', async () => {
    for (const { name } of verbs)
      for (const line of (await run('help', name)).stdout.split('\n'))
        assert.ok(line.length <= 120, `${name}: ${line}`);
    for (const line of (await run('help')).stdout.split('\n')) assert.ok(line.length <= 100, line);
  });

  it('breaks a paragraph of its help only where the next word does not fit', async () => {
    for (const columns of [60, 80, 200]) {
      for (const { name } of verbs) {
        const lines = (await lapsHere(['help', name], { cwd: '/nowhere', columns })).stdout.split('\n');
        for (const [index, line] of lines.entries()) {
          const next = lines[index + 1] ?? '';
          // Indented are options, tables and examples; after a full stop or colon a new line may be meant.
          if (/^\s|^$|[.:]$/.test(line) || /^\s|^$/.test(next)) continue;
          const [word = ''] = next.split(' ');
          assert.ok(line.length + 1 + word.length > Math.min(columns, 100), `${name}, ${columns}: ${line}⏎${next}`);
        }
        for (const line of lines) assert.ok(/^\s/.test(line) || line.length <= columns, `${name}, ${columns}: ${line}`);
      }
    }
  });

  it('says of each command whether --json makes one document or lines', async () => {
    for (const { name, stream } of verbs)
      assert.match(
        (await run('help', name)).stdout,
        stream === true ? /--json +JSON lines on stdout/ : /--json +one JSON document on stdout/,
      );
  });

  it('passes over no word in silence where an option takes one and is given two', async () => {
    const policy = fileURLToPath(new URL('../../policies/csp.json', import.meta.url));
    for (const words of [
      ['explain', policy],
      ['sample', policy],
      ['diff', policy, policy],
    ]) {
      const { status, stdout, stderr } = await run(...words, '--os', '10.0.22631', '--os', '10.0.26100');
      assert.deepEqual([status, stdout], [2, ''], words[0]);
      assert.match(stderr, /--os takes one Windows build here, not the list 10\.0\.22631,10\.0\.26100/);
    }
    for (const words of [
      ['explain', policy],
      ['sample', policy],
      ['convert', policy, '--to', 'reg'],
    ]) {
      const { status, stdout, stderr } = await run(...words, '--policy', 'A', '--policy', 'B');
      assert.deepEqual([status, stdout], [2, ''], words[0]);
      assert.match(stderr, /--policy takes one policy here, not "A" and "B"/);
    }
    for (const words of [
      ['explain', policy],
      ['sample', policy],
      ['convert', policy, '--to', 'reg'],
      ['validate', policy],
    ]) {
      const { status, stdout, stderr } = await run(...words, '--root', 'gpo', '--root', 'local');
      assert.deepEqual([status, stdout], [2, ''], words[0]);
      assert.match(stderr, /--root takes one root here, not GPO and Local/);
    }
  });

  it('guesses the command that was meant', async () => {
    const end = await run('rest');
    expectError(end, 'ERR_LAPS_USAGE', /no command "rest"/);
    assert.match(end.stderr, /did you mean: laps reset/);
    const far = await run('frobnicate');
    expectError(far, 'ERR_LAPS_USAGE');
    assert.match(far.stderr, /laps --help/);
  });

  it('shows a foreign word harmlessly', async () => {
    const { stderr } = await run('\u001b[31mred\u001b[0m');
    assert.ok(!stderr.includes('\u001b'));
  });

  for (const { name } of verbs) {
    describe(name, () => {
      it('explains itself: what it does, every option, an example or what the exit status means', async () => {
        const { status, stdout, stderr } = await run(name, '--help');
        assert.deepEqual([status, stderr], [0, '']);
        assert.match(stdout, new RegExp(`^Usage: laps ${name} `));
        for (const option of ['--data', '--policies', '--json', '--help']) assert.ok(stdout.includes(option), option);
        assert.match(stdout, /Exit status|Example/);
        assert.equal((await run('help', name)).stdout, stdout);
        // A description beside every option.
        for (const line of stdout.split('\n'))
          if (/^ {2}-/.test(line)) assert.match(line, /^ {2}(-\w, )?--[\w-]+( [<[].*[>\]])?( {2,}\S|$)/);
      });

      it('refuses an option it does not have, and guesses the one that was meant', async () => {
        // `join` misses its tenant before it looks at anything else.
        const end = await run(name, ...(name === 'join' ? ['--tenant', 'embedded'] : []), '--polices', 'x');
        expectError(end, 'ERR_LAPS_USAGE', /no option --polices here$/);
        assert.match(end.stderr, /hint: did you mean: --policies/);
      });

      it('tells the same as one JSON document when asked for', async () => {
        const { status, stdout, stderr } = await run(name, '--nonsense', '--json');
        assert.deepEqual([status, stderr], [2, '']);
        const value: unknown = JSON.parse(stdout);
        assertForm('error', value);
        assert.equal(at(value, 'error', 'code'), 'ERR_LAPS_USAGE');
      });
    });
  }

  it('misses the words that a command cannot do without', async () => {
    expectError(await run('recover'), 'ERR_LAPS_USAGE', /laps recover needs <device>: device id or display name$/);
    expectError(await run('join'), 'ERR_LAPS_USAGE', /--tenant/);
    expectError(await run('join', '--tenant', 'https://localhost:1'), 'ERR_LAPS_USAGE', /who joins/);
    expectError(await run('validate'), 'ERR_LAPS_USAGE', /laps validate needs <paths\.\.\.>: policy files/);
    expectError(await run('status', 'too', 'many'), 'ERR_LAPS_USAGE');
  });

  it('guesses no option that is merely short as well', async () => {
    const end = await run('status', '--wat');
    expectError(end, 'ERR_LAPS_USAGE', /no option --wat here$/);
    assert.match(end.stderr, /hint: laps status --help shows what it takes/);
  });

  it('refuses an empty value instead of taking it for none', async () => {
    for (const [verb, option] of [
      ['status', '--data'],
      ['run', '--policies'],
      ['events', '--since'],
      ['tenant', '--data-file'],
    ] as const) {
      const end = await run(verb, option, '');
      expectError(end, 'ERR_LAPS_USAGE', new RegExp(`the option ${option} .* has an empty value`));
    }
  });

  it('refuses values that no option takes', async () => {
    expectError(await run('run', '--accounts', 'windows'), 'ERR_LAPS_USAGE', /windows/);
    expectError(await run('run', '--os', 'eleven'), 'ERR_LAPS_USAGE', /eleven/);
    expectError(
      await run('join', '--tenant', 'http://plain.test', '--user', 'a@b'),
      'ERR_LAPS_USAGE',
      /names no tenant/,
    );
    expectError(
      await run('join', '--tenant', 'https://x.test/path', '--user', 'a@b'),
      'ERR_LAPS_USAGE',
      /names no tenant/,
    );
    expectError(await run('join', '--tenant', 'global', '--user', 'a@b', '--join-type', 'friend'), 'ERR_LAPS_USAGE');
  });
});

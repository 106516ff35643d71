import assert from 'node:assert/strict';
import { Secret } from '../../../agent/core/secret.ts';
import { demandsOf, isCarriable, machineAccepts, meets } from '../../../agent/edge/accounts/systemPolicy.ts';
import type { SystemTools, ToolOrder } from '../../../agent/edge/accounts/systemTools.ts';

const pam = (line: string) => ({ pwquality: '', pam: [line] });

describe('what a machine demands of passwords', () => {
  it('is read from PAM’s password lines alone', () => {
    const line = 'password [success=1 default=ignore] pam_unix.so obscure minlen=12 yescrypt';
    assert.equal(demandsOf(pam(line)).minlen, 12);
    for (const other of [`# ${line}`, 'auth required pam_unix.so minlen=12', 'password required pam_deny.so minlen=12'])
      assert.equal(demandsOf(pam(other)).minlen, 0, other);
  });

  it('is pwquality’s configuration where PAM uses it, remarks left out, and the stricter of two', () => {
    const pwquality = '# minlen = 40\nminlen = 15 # at least\nminclass=3\ndcredit = -2\n';
    const uses = 'password requisite pam_pwquality.so retry=3 minlen=10';
    assert.deepEqual(demandsOf({ pwquality, pam: [uses] }), {
      minlen: 15,
      slack: 0,
      minclass: 3,
      least: { dcredit: 2, ucredit: 0, lcredit: 0, ocredit: 0 },
      most: { maxrepeat: 0, maxclassrepeat: 0, maxsequence: 0 },
    });
    assert.equal(demandsOf({ pwquality, pam: ['password required pam_unix.so'] }).minlen, 0);
  });

  it('judges length, classes and each class', () => {
    const demands = demandsOf(pam('password requisite pam_pwquality.so minlen=10 minclass=3 dcredit=-1 ocredit=-1'));
    for (const [candidate, good] of [
      ['Abcdefgh1!', true],
      ['Abcdef1!', false],
      ['Abcdefghij', false],
      ['Abcdefghi1', false],
      ['abcdefgh1!', true],
      ['1234567890!', false],
    ] as const)
      assert.equal(meets(demands, candidate), good, candidate);
  });

  it('judges runs: of one character, of one class, up and down; the stricter of two, and 0 is any', () => {
    for (const [demand, good, bad] of [
      ['maxrepeat=2', ['aab1', 'aabaa'], ['aaab', 'b111']],
      ['maxclassrepeat=3', ['abcD12#', 'ABC123abc###'], ['abcd1', '1234', 'ABCD', '####']],
      ['maxsequence=3', ['abc1', 'cba', '123 321'], ['abcd', '4321x', 'x6789']],
      ['maxrepeat=0', ['aaaaaaaa'], []],
      ['maxrepeat=4 maxrepeat=2', ['aa'], ['aaa']],
    ] as const) {
      const demands = demandsOf(pam(`password requisite pam_pwquality.so ${demand}`));
      for (const each of good) assert.equal(meets(demands, each), true, `${demand}: ${each}`);
      for (const each of bad) assert.equal(meets(demands, each), false, `${demand}: ${each}`);
    }
  });

  it('is no shorter than a credit allows', () => {
    const demands = demandsOf(pam('password requisite pam_pwquality.so minlen=12 ucredit=1 dcredit=1'));
    assert.equal(meets(demands, 'Abcdefgh12'), true);
    assert.equal(meets(demands, 'Abcdefg12'), false);
  });
});

describe('a password', () => {
  it('is carried by a line only without its end in it, and no longer than can be proven', () => {
    for (const bad of ['', 'a\nb', 'a\0b', 'x'.repeat(201), 'ü'.repeat(101)]) assert.equal(isCarriable(bad), false);
    for (const good of ['a', ': # % " \\ \u001f', 'ü'.repeat(100)]) assert.equal(isCarriable(good), true);
  });
});

describe('pwquality’s checker', () => {
  const files = {
    accounts: async () => [],
    firstOrdinaryUid: async () => 1000,
    read: async () => undefined,
    shadowPath: '',
  };
  const toolsAnswering = (status: number | null, asked: ToolOrder[] = [], stderr = ''): SystemTools => ({
    find: async (name) => (name === 'pwscore' ? '/usr/bin/pwscore' : undefined),
    run: async (order) => {
      // As the program would see it: the input is wiped afterwards.
      asked.push({ ...order, stdin: Buffer.from(order.stdin ?? '') });
      return { status, timedOut: status === null, delivered: true, stdout: '', stderr };
    },
  });
  const secret = new Secret('Pl4nted-Secret-9');

  it('has the last word, and is given the candidate on standard input alone', async () => {
    const asked: ToolOrder[] = [];
    assert.equal(await machineAccepts({ files, tools: toolsAnswering(0, asked) }, 'managed', secret), true);
    assert.equal(await machineAccepts({ files, tools: toolsAnswering(1, asked) }, 'managed', secret), false);
    assert.deepEqual(asked[0]?.words, ['managed']);
    assert.equal(asked[0]?.stdin?.toString(), 'Pl4nted-Secret-9\n');
  });

  it('that hangs, or fails in itself, has said nothing against it', async () => {
    const lost = 'Password quality check failed:\n The password fails the dictionary check - error loading dictionary';
    assert.equal(await machineAccepts({ files, tools: toolsAnswering(1, [], lost) }, 'managed', secret), true);
    assert.equal(await machineAccepts({ files, tools: toolsAnswering(127) }, 'managed', secret), true);
    assert.equal(await machineAccepts({ files, tools: toolsAnswering(null) }, 'managed', secret), true);
  });
});

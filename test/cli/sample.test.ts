/** `laps sample`. */
import assert from 'node:assert/strict';
import { verb } from '../../agent/cli/sample.ts';
import { satisfies } from '../../agent/core/password/judge.ts';
import { type FakeFaceInit, runVerb } from '../support/fakeFace.ts';

const sample = (policy: unknown, init: FakeFaceInit = {}) =>
  runVerb(verb, { args: ['-'], stdin: typeof policy === 'string' ? policy : JSON.stringify(policy), ...init });

describe('laps sample', () => {
  it('prints the JSON of contract 3, with the entropy spec 3.4 counts', async () => {
    const { entropyBits, samples } = JSON.parse((await sample({ PasswordLength: 14 }, { json: true })).stdout);
    assert.equal(entropyBits, 88.5);
    assert.equal(samples.length, 5);
    for (const each of samples) assert.ok(satisfies({ kind: 'password', complexity: 4, length: 14 }, each));
  });

  it('draws passphrases, as many as asked', async () => {
    const run = await sample({ PasswordComplexity: 8, PassphraseLength: 3 }, { options: { count: '7' } });
    const lines = run.stdout.trimEnd().split('\n');
    assert.equal(lines.length, 7);
    for (const each of lines) assert.ok(satisfies({ kind: 'passphrase', complexity: 8, words: 3 }, each));
    assert.match(run.stderr, /about 31 bits out of Windows' list of 1276 words; these are drawn out of 1296/);
  });

  it('draws what the device would, not what an unsupported value says', async () => {
    const run = await sample(
      { PasswordLength: 99, PasswordComplexity: 6 },
      { options: { os: '10.0.22631', count: '1' } },
    );
    assert.ok(satisfies({ kind: 'password', complexity: 4, length: 14 }, run.stdout.trimEnd()));
  });

  it('draws nothing where the Windows told has no LAPS to read the policy, and says so', async () => {
    for (const os of ['10.0.14393', '10.0.18363', '10.0.17763.1']) {
      const run = await sample({ BackupDirectory: 1 }, { options: { os } });
      assert.deepEqual([run.status, run.stdout, run.error?.code], [1, '', 'ERR_LAPS_POLICY_INVALID'], os);
      assert.ok(run.error?.message.includes(`Windows ${os} has no Windows LAPS`));
    }
  });

  it('draws for the root that is told', async () => {
    const gpo = { BackupDirectory: 1, PostAuthenticationActions: 0 };
    assert.equal((await sample(gpo, { options: { root: 'gpo' } })).status, 0);
    const legacy = await sample({ AdmPwdEnabled: 1 }, { options: { root: 'legacy' } });
    assert.match(legacy.error?.message ?? '', /legacy Microsoft LAPS policies are recognised but not emulated/);
    const keyed = { './Device/Vendor/MSFT/LAPS/Policies': { BackupDirectory: 1 } };
    assert.equal((await sample(keyed, { options: { root: 'gpo' } })).status, 2);
  });

  it('draws nothing for a file that is no policy, or for a count that is none', async () => {
    for (const bad of ['{', '{"PasswordLength": "14"}', '']) {
      const run = await sample(bad);
      assert.deepEqual([run.status, run.stdout], [1, '']);
    }
    for (const count of ['0', '-1', '1.5', 'x', '1001', '1e3'])
      assert.equal((await sample({}, { options: { count } })).status, 2, count);
    assert.equal((await sample({}, { args: ['/no/such/file'] })).status, 3);
    assert.equal((await sample({}, { args: [] })).status, 2);
  });
});

/** Accounts that PAM keeps shut after wrong passwords. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LapsError } from '../../../agent/core/errors.ts';
import { failLockRules, isFailLocked, locks } from '../../../agent/edge/accounts/failLock.ts';

const now = Date.UTC(2026, 10, 27, 12);
const line = 'auth required pam_faillock.so preauth';
/** What is kept of wrong passwords, each so many seconds ago; of those that are no longer valid `undone`. */
const kept = (ago: readonly number[], undone: readonly number[] = []): Buffer =>
  Buffer.concat(
    [...ago, ...undone].map((seconds, index) => {
      const one = Buffer.alloc(64);
      one.write('pts/0');
      one.writeUInt16LE(index < ago.length ? 1 : 0, 54);
      one.writeBigUInt64LE(BigInt(now / 1000 - seconds), 56);
      return one;
    }),
  );

describe('an account that wrong passwords have locked', () => {
  const rules = failLockRules('', [line]);
  assert.ok(rules);

  it('is one with as many as PAM allows, until the time is over', () => {
    assert.equal(locks(kept([1, 2]), rules, now), false);
    assert.equal(locks(kept([1, 2, 3]), rules, now), true);
    assert.equal(locks(kept([1, 2], [3]), rules, now), false);
    assert.equal(locks(kept([1, 2, 902]), rules, now), false, 'too long ago to count');
    assert.equal(locks(kept([601, 602, 603]), rules, now), false, 'it has opened by itself');
    assert.equal(locks(kept([]), rules, now), false);
    assert.equal(locks(kept([1, 2, 3]).subarray(0, 190), rules, now), false, 'half a record is none');
  });

  it('is judged by what the configuration says, and the line of PAM over it', () => {
    const told = failLockRules('# deny = 9\ndeny = 5\nunlock_time = never\ndir = /srv/locks # here', [
      '# auth required pam_faillock.so deny=7',
      'auth [default=die] pam_faillock.so authfail deny=2 fail_interval=60',
    ]);
    assert.deepEqual(told, { folder: '/srv/locks', deny: 2, within: 60, lasts: 0 });
    assert.equal(locks(kept([100_000, 100_001]), told, now), true);
    assert.equal(failLockRules('deny = 1', ['auth required pam_unix.so', '#auth required pam_faillock.so']), undefined);
    assert.equal(locks(kept([1, 2, 3]), { ...rules, deny: 0 }, now), false);
  });

  it('is looked for by its name, and only where PAM asks for it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'laps-faillock-'));
    try {
      await writeFile(join(folder, 'lapsadmin'), kept([1, 2, 3]));
      const look = (name: string, pam = line) => {
        const texts = new Map([
          ['security/faillock.conf', `dir = ${folder}`],
          ['pam.d/common-auth', pam],
        ]);
        return isFailLocked({ read: async (each) => texts.get(each) }, name, now);
      };
      assert.equal(await look('lapsadmin'), true);
      assert.equal(await look('bob'), false);
      assert.equal(await look('../lapsadmin'), false);
      assert.equal(await look('lapsadmin', 'auth required pam_unix.so'), false);
      const shut = { read: () => Promise.reject(new LapsError('ERR_LAPS_PERMISSION', { message: 'closed' })) };
      assert.equal(await isFailLocked(shut, 'lapsadmin', now), false, 'no reason to leave the account');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

import assert from 'node:assert/strict';
import { barOf, notLocal, type Surroundings } from '../../../agent/edge/accounts/protection.ts';
import type { SystemAccount } from '../../../agent/edge/accounts/systemFiles.ts';

const account = (name: string, uid: number, field = '$y$hash'): SystemAccount => ({
  passwd: { name, field: 'x', uid, shell: '/bin/sh' },
  shadow: { name, field, expiresOnDay: undefined, agesOutOnDay: undefined, changeFromDay: undefined },
});
const around: Surroundings = {
  all: [],
  firstOrdinaryUid: 1000,
  callers: [],
  allow: { root: false, system: false, own: false },
  provesLocked: true,
};
const allowing = (allow: Partial<Surroundings['allow']>): Surroundings => ({
  ...around,
  allow: { ...around.allow, ...allow },
});

describe('an account that must not be touched by surprise', () => {
  it('is root under whatever name, the system’s, nobody, and the caller’s own; one word allows one of them', () => {
    const callers = [1000];
    for (const [each, word] of [
      [account('root', 0), 'root'],
      [account('toor', 0), 'root'],
      [account('daemon', 1), 'system'],
      [account('last', 999), 'system'],
      [account('nobody', 65_534), 'system'],
      [account('me', 1000), 'own'],
    ] as const) {
      for (const allowed of ['root', 'system', 'own'] as const) {
        const bar = barOf(each, { ...allowing({ [allowed]: true }), callers });
        assert.equal(bar === undefined, allowed === word, `${each.passwd.name}, ${allowed}`);
        if (bar !== undefined) {
          assert.match(bar.hint, new RegExp(`--allow-${word}`));
          assert.match(bar.hint, new RegExp(`laps config set allow${word} yes`, 'i'), 'a service has no command line');
        }
      }
    }
  });

  it('is none of the ordinary ones', () => {
    for (const name of ['lapsadmin', 'laps-admin', 'a.b_c', 'machine$', 'ünï', 'x'.repeat(64)])
      assert.equal(barOf(account(name, 1000), around), undefined, name);
  });

  it('is one whose name a tool may take for something else', () => {
    for (const name of ['-R', 'a b', 'a/b', 'a\tb', 'x'.repeat(65)])
      assert.equal(barOf(account(name, 1000), around)?.code, 'ERR_LAPS_ACCOUNT_PROTECTED', name);
  });

  it('is nobody for what it is, not for a number that is too small', () => {
    assert.match(barOf(account('nobody', 65_534), around)?.problem ?? '', /stands for nobody/);
    assert.match(barOf(account('daemon', 1), around)?.problem ?? '', /ordinary ones begin at 1000/);
  });

  it('is a locked one where nobody can prove its password', () => {
    const locked = account('a', 1000, '!$y$hash');
    assert.equal(barOf(locked, around), undefined);
    assert.notEqual(barOf(locked, { ...around, provesLocked: false }), undefined);
    assert.equal(barOf(account('a', 1000, '!'), { ...around, provesLocked: false }), undefined);
  });

  it('of a directory service is told apart', () => {
    assert.equal(notLocal('a').code, 'ERR_LAPS_ACCOUNT_NOT_LOCAL');
  });
});

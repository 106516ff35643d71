import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../agent/core/secret.ts';
import { createSimulatedAccounts } from '../../../agent/edge/accounts/simulated.ts';
import { createKeyRing } from '../../../agent/edge/keyRing.ts';
import { describeAccountContract } from '../../support/accountContract.ts';
import { childProgram } from '../../support/childProgram.ts';

const planted = 'Pl4nted-Secret-9';
const secret = (text: string) => new Secret(text);
/** Lowered so that the suite stays fast; what it must be by default is another test's. */
const cost = 16;

describe('the simulated accounts', () => {
  let root = '';
  let folder = '';
  let path = '';
  let now = 1_795_420_000_000;
  const open = () =>
    createSimulatedAccounts({
      folder,
      keys: createKeyRing({ folder: join(root, 'keys') }),
      clock: { now: () => now, monotonicMs: () => now },
      cost,
    });
  const fileText = () => readFile(path, 'utf8');
  async function sidOf(name: string): Promise<string> {
    const account = await open().find(name);
    assert.ok(account !== undefined);
    return account.sid;
  }

  beforeEach(async () => {
    now = 1_795_420_000_000;
    root = await mkdtemp(join(tmpdir(), 'laps-accounts-'));
    folder = join(root, 'accounts');
    path = join(folder, 'accounts.json');
    await mkdir(folder);
    await mkdir(join(root, 'keys'));
    await open().ensure();
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  describeAccountContract(() => ({
    name: 'lapsadmin',
    open,
    lock: async () => open().setLocked(await sidOf('lapsadmin'), true),
    setByAnother: async (password) =>
      void (await open().changePassword({ name: 'lapsadmin', secret: secret(password) })),
  }));

  describe('damaged', () => {
    it('at any cut or with any unlawful member are told, and never made anew', async () => {
      const whole = await fileText();
      const cuts = Array.from({ length: 40 }, (_, index) => whole.slice(0, Math.floor((whole.length * index) / 41)));
      const good = JSON.parse(whole);
      const [first, ...rest] = good.accounts;
      const bad = [
        { ...good, version: 2 },
        { ...good, domainSid: 'S-1-5-32' },
        { ...good, stray: 1 },
        { ...good, accounts: [...good.accounts, first] },
        { ...good, accounts: [{ ...first, name: 'GUEST' }, ...rest] },
        { ...good, nextRid: 1001 },
        { ...good, accounts: [{ ...first, verifier: { N: 2 ** 40, r: 8, p: 1, salt: '', hash: '' } }, ...rest] },
        { ...good, policy: { ...good.policy, minimumLength: -1 } },
      ].map((each) => JSON.stringify(each));
      for (const content of [...cuts, ...bad, '\ufffd\u0000', 'null']) {
        await writeFile(path, content);
        await assert.rejects(open().find('lapsadmin'), { code: 'ERR_LAPS_DATA_DAMAGED' });
        await assert.rejects(open().set('S-1-5-21-1-2-3-1001', secret(planted)), { code: 'ERR_LAPS_DATA_DAMAGED' });
        await assert.rejects(open().ensure(), { code: 'ERR_LAPS_DATA_DAMAGED' });
        assert.equal(await fileText(), content);
        assert.notEqual(await open().writable(), undefined);
      }
    });

    it('and gone are told; only a start makes a new machine', async () => {
      const before = await sidOf('lapsadmin');
      await rm(path);
      await assert.rejects(open().find('lapsadmin'), { code: 'ERR_LAPS_DATA_DAMAGED' });
      await open().ensure();
      assert.notEqual(await sidOf('lapsadmin'), before);
    });
  });

  it('are at first Administrator and Guest, both disabled, and lapsadmin, and nothing opens any of them', async () => {
    const list = await open().list();
    assert.deepEqual(
      list.map(({ name, rid, enabled, locked }) => [name, rid, enabled, locked]),
      [
        ['Administrator', 500, false, false],
        ['Guest', 501, false, false],
        ['lapsadmin', 1001, true, false],
      ],
    );
    for (const each of list) {
      assert.match(each.sid, new RegExp(`^S-1-5-21-\\d+-\\d+-\\d+-${each.rid}$`));
      assert.equal(await open().opens(each.sid, secret('')), false);
    }
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('are found by name whatever its case, with no space forgiven, and the built-in one by its RID', async () => {
    assert.equal((await open().find('LAPSadmin'))?.rid, 1001);
    assert.equal(await open().find('lapsadmin '), undefined);
    const { sid } = (await open().find(undefined)) ?? { sid: '' };
    await open().rename(sid, 'root-of-all');
    assert.equal((await open().find(undefined))?.name, 'root-of-all');
    assert.equal((await open().bySid(sid))?.rid, 500);
  });

  it('open with the password that was set, with no other, and the file does not hold it', async () => {
    const sid = await sidOf('lapsadmin');
    assert.deepEqual(await open().set(sid, secret(planted)), { kind: 'set' });
    assert.equal(await open().opens(sid, secret(planted)), true);
    for (const wrong of ['', planted.slice(0, -1), `${planted} `, planted.toLowerCase()]) {
      assert.equal(await open().opens(sid, secret(wrong)), false);
    }
    const text = await fileText();
    for (const form of ['utf8', 'base64', 'hex'] as const) {
      assert.ok(!text.includes(Buffer.from(planted).toString(form)));
    }
  });

  it('hash with a cost that hurts a guesser, unless told otherwise', async () => {
    const keys = createKeyRing({ folder: join(root, 'keys') });
    const accounts = createSimulatedAccounts({ folder, keys, clock: { now: () => now, monotonicMs: () => now } });
    await accounts.set(await sidOf('lapsadmin'), secret(planted));
    const { N, r } = JSON.parse(await fileText()).accounts[2].verifier;
    assert.ok(128 * N * r >= 16 * 2 ** 20);
  });

  it('refuse a password to an account that is not there', async () => {
    const outcome = await open().set('S-1-5-21-1-2-3-1001', secret(planted));
    assert.deepEqual([outcome.kind, outcome.kind === 'refused' && outcome.hresult], ['refused', 0x80070525]);
    assert.equal(await open().opens('S-1-5-21-1-2-3-1001', secret(planted)), false);
    assert.equal(await open().accepts('S-1-5-21-1-2-3-1001', secret(planted)), false);
    assert.equal(await open().mark('S-1-5-21-1-2-3-1001'), undefined);
    assert.equal(await open().snapshot('S-1-5-21-1-2-3-1001'), undefined);
  });

  it('keep enabled and locked as they were when a password is set', async () => {
    const sid = await sidOf('lapsadmin');
    await open().setEnabled(sid, false);
    await open().setLocked(sid, true);
    await open().set(sid, secret(planted));
    const account = await open().bySid(sid);
    assert.deepEqual([account?.enabled, account?.locked], [false, true]);
    assert.equal(await open().opens(sid, secret(planted)), true);
  });

  describe('the machine’s own policy', () => {
    it('takes the default policy’s passwords and passphrases out of the box, and nothing too short', async () => {
      const sid = await sidOf('lapsadmin');
      for (const good of ['x{8U,]r$K2#a%Q', 'SkiingProduceIdentifyStarlitOctaneDistress', 'AcidAcnesAcre']) {
        assert.equal(await open().accepts(sid, secret(good)), true, good);
      }
      assert.equal(await open().accepts(sid, secret('Ab1$xyz')), false);
      const outcome = await open().set(sid, secret('Ab1$xyz'));
      assert.deepEqual([outcome.kind, outcome.kind === 'refused' && outcome.hresult], ['refused', 0x8007052d]);
      assert.ok(outcome.kind === 'refused' && !outcome.problem.includes('Ab1$xyz'));
    });

    it('with complexity on wants three kinds of characters and no account name, so no passphrase', async () => {
      await writeFile(path, (await fileText()).replace('"complexity": false', '"complexity": true'));
      const sid = await sidOf('lapsadmin');
      for (const [candidate, taken] of [
        ['SkiingProduceIdentify', false],
        ['abcdefgh1', false],
        ['Abcdefgh1', true],
        ['abcdefg1!', true],
        ['A1!LapsAdmin', false],
        ['áÉ\u05d0bcdefgh', true],
      ] as const) {
        assert.equal(await open().accepts(sid, secret(candidate)), taken, candidate);
      }
    });
  });

  describe('the mark', () => {
    it('changes with the password only, comes back with it, and differs between accounts and installations', async () => {
      const sid = await sidOf('lapsadmin');
      const unset = await open().mark(sid);
      assert.match(unset ?? '', /^[0-9a-f]{64}$/);
      await open().setEnabled(sid, false);
      await open().signIn({ name: 'lapsadmin', secret: secret('wrong') });
      assert.equal(await open().mark(sid), unset);
      const snapshot = await open().snapshot(sid);
      assert.ok(snapshot !== undefined);
      assert.notEqual(await open().mark(await sidOf('Guest')), unset);

      const accounts = open();
      const before = await accounts.snapshot(sid);
      assert.ok(before !== undefined);
      await accounts.set(sid, secret(planted));
      assert.notEqual(await accounts.mark(sid), unset);
      await accounts.putBack(before);
      assert.equal(await accounts.mark(sid), unset);
      assert.equal(await accounts.opens(sid, secret(planted)), false);

      await rm(join(root, 'keys', 'account-mark.key'));
      assert.notEqual(await open().mark(sid), unset);
    });

    it('of the same password set again is another', async () => {
      const sid = await sidOf('lapsadmin');
      await open().set(sid, secret(planted));
      const first = await open().mark(sid);
      await open().set(sid, secret(planted));
      assert.notEqual(await open().mark(sid), first);
    });

    it('goes with a snapshot that cannot be made up or printed', async () => {
      const sid = await sidOf('lapsadmin');
      await open().set(sid, secret(planted));
      assert.deepEqual(JSON.stringify(await open().snapshot(sid)), JSON.stringify({ sid }));
      await assert.rejects(open().putBack({ sid }), TypeError);
    });
  });

  describe('signing in', () => {
    const signIn = (name: string, text: string) => open().signIn({ name, secret: secret(text) });
    const kindOf = async (name: string, text: string) => (await signIn(name, text)).kind;
    const stored = async () => JSON.parse(await fileText()).accounts[2];
    beforeEach(async () => {
      await open().set(await sidOf('lapsadmin'), secret(planted));
    });

    it('counts and notes the time; a verification does neither', async () => {
      await open().opens(await sidOf('lapsadmin'), secret('wrong'));
      await open().opens(await sidOf('lapsadmin'), secret(planted));
      assert.deepEqual([(await stored()).lastSignInAt, (await stored()).badPasswordCount], [null, 0]);
      assert.equal(await kindOf('lapsadmin', 'wrong'), 'wrong');
      assert.equal((await stored()).badPasswordCount, 1);
      const outcome = await signIn('LapsAdmin', planted);
      assert.ok(outcome.kind === 'signedIn' && outcome.account.rid === 1001);
      assert.deepEqual([(await stored()).lastSignInAt, (await stored()).badPasswordCount], [now, 0]);
    });

    it('tells an unknown name no differently from a wrong password or one that was never set', async () => {
      assert.deepEqual(await signIn('nobody', planted), await signIn('lapsadmin', 'wrong'));
      await open().setEnabled(await sidOf('Guest'), true);
      assert.deepEqual(await signIn('Guest', ''), { kind: 'wrong' });
    });

    it('to a disabled account is refused, and only who knows the password learns why', async () => {
      await open().setEnabled(await sidOf('lapsadmin'), false);
      assert.equal(await kindOf('lapsadmin', planted), 'disabled');
      assert.equal(await kindOf('lapsadmin', 'wrong'), 'wrong');
    });

    it('is locked after ten wrong ones, also for the right one, until ten minutes have passed', async () => {
      for (let attempt = 0; attempt < 10; attempt += 1) assert.equal(await kindOf('lapsadmin', 'wrong'), 'wrong');
      assert.equal(await kindOf('lapsadmin', planted), 'locked');
      assert.equal((await open().find('lapsadmin'))?.locked, true);
      now += 10 * 60_000;
      assert.equal((await open().find('lapsadmin'))?.locked, false);
      assert.equal(await kindOf('lapsadmin', 'wrong'), 'wrong');
      assert.equal(await kindOf('lapsadmin', planted), 'signedIn');
      assert.equal((await stored()).lockedAt, null);
    });
  });

  describe('changed by something other than LAPS', () => {
    const change = (text: string) => open().changePassword({ name: 'lapsadmin', secret: secret(text) });

    it('is refused while guarded, with Windows’ own code, and nothing changes', async () => {
      const sid = await sidOf('lapsadmin');
      await open().set(sid, secret(planted));
      await open().guard(sid);
      const outcome = await change('Something-Else-1');
      assert.deepEqual(outcome, {
        kind: 'controlled',
        account: await open().bySid(sid),
        hresult: 0x800721ce,
      });
      assert.equal(await open().opens(sid, secret(planted)), true);
      assert.deepEqual(await open().set(sid, secret('LAPS-may-still-1')), { kind: 'set' });
    });

    it('is allowed when it is not guarded, or no longer', async () => {
      const sid = await sidOf('lapsadmin');
      await open().guard(sid);
      await open().guard(await sidOf('Guest'));
      assert.deepEqual(await change('Something-Else-1'), { kind: 'changed' });
      await open().guard(null);
      assert.deepEqual(await change('Something-Else-2'), { kind: 'changed' });
      assert.equal(await open().opens(sid, secret('Something-Else-2')), true);
    });

    it('is held against the machine’s policy, and to a name', async () => {
      assert.equal((await change('short')).kind, 'refused');
      assert.deepEqual(await open().changePassword({ name: 'nobody', secret: secret(planted) }), { kind: 'unknown' });
    });
  });

  it('made, renamed and removed never share a RID or a name', async () => {
    const one = await open().create({ name: 'helper', enabled: true });
    await assert.rejects(open().create({ name: 'HELPER', enabled: true }), { code: 'ERR_LAPS_USAGE' });
    await assert.rejects(open().rename(one.sid, 'guest'), { code: 'ERR_LAPS_USAGE' });
    await open().remove(one.sid);
    const other = await open().create({ name: 'helper', enabled: true });
    assert.equal(other.rid, one.rid + 1);
    await assert.rejects(open().setEnabled(one.sid, true), { code: 'ERR_LAPS_ACCOUNT_MISSING' });
  });

  it('tell when they cannot be written, and leave no trace of asking', async () => {
    assert.equal(await open().writable(), undefined);
    assert.deepEqual((await readdir(folder)).sort(), ['accounts.json', 'lock']);
  });

  it('lose no change when a sign-in and a rotation come together', async () => {
    const sid = await sidOf('lapsadmin');
    await open().set(sid, secret(planted));
    const wrong = Array.from({ length: 5 }, () => open().signIn({ name: 'lapsadmin', secret: secret('wrong') }));
    await Promise.all([open().set(sid, secret('The-New-One-1')), open().guard(sid), ...wrong]);
    const stored = JSON.parse(await fileText());
    assert.equal(stored.accounts[2].badPasswordCount, 5);
    assert.equal(stored.guarded, sid);
    assert.equal(await open().opens(sid, secret('The-New-One-1')), true);
  });

  it('do not sign in by a password that was replaced while they looked at it', async () => {
    const sid = await sidOf('lapsadmin');
    await open().set(sid, secret(planted));
    const accounts = open();
    const signing = accounts.signIn({ name: 'lapsadmin', secret: secret(planted) });
    await accounts.set(sid, secret('The-New-One-1'));
    const { kind } = await signing;
    const text = JSON.parse(await fileText()).accounts[2];
    // Either it was quicker and is noted, or it was too late and counted: never signed in without being noted.
    assert.equal(kind === 'signedIn', text.lastSignInAt !== null);
  });

  it('are killed in the middle of a set without losing the file', async () => {
    const sid = await sidOf('lapsadmin');
    await open().set(sid, secret(planted));
    const child = spawn(process.execPath, [await childProgram('killedWriter.ts'), 'accounts', root, sid], {
      env: { ...process.env, LAPS_FAULT_POINT: 'accounts.write.synced' },
      stdio: 'ignore',
    });
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
    assert.equal(await open().opens(sid, secret(planted)), true);
    await open().ensure();
    assert.deepEqual((await readdir(folder)).sort(), ['accounts.json', 'lock']);
  });
});

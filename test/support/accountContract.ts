/**
 * What every AccountDb promises, whatever machine is behind it: run on the simulated accounts and on real ones.
 *
 * Promises: nothing here is true of one kind only; what is, stands in that kind's own test.
 */
import assert from 'node:assert/strict';
import type { AccountDb } from '../../agent/core/ports.ts';
import { Secret } from '../../agent/core/secret.ts';

/** A machine with one ordinary account, `name`, that may be managed. */
export interface ContractMachine {
  readonly name: string;
  /** The database as a process started now would open it. */
  open(): AccountDb;
  lock(): Promise<void>;
  /** Somebody else sets a password. */
  setByAnother(password: string): Promise<void>;
}

const secret = (text: string) => new Secret(text);
const first = 'First-Password-1';
const second = 'Second-Password-2';
/** Everything that a line, a shell or a format string might stumble over. */
const hostile = [
  'a:b#c%d"e\\f$g`h',
  "it's %s %n \\n !*",
  'x\u001fy\tz 1A!',
  '$6$salt$not-a-hash',
  'ünïcode-Pässwörd',
  '-e -c -m --root /',
  '!locked?',
];

export function describeAccountContract(machine: () => ContractMachine): void {
  const open = () => machine().open();
  async function sidOf(): Promise<string> {
    const account = await open().find(machine().name);
    assert.ok(account !== undefined);
    return account.sid;
  }
  const absent = (sid: string) => `${sid.slice(0, sid.lastIndexOf('-'))}-49999`;

  describe('as any account database', () => {
    it('finds the account by its name and by its SID, and examines it to the same end', async () => {
      const found = await open().find(machine().name);
      assert.ok(found !== undefined);
      assert.match(found.sid, new RegExp(`^S-1-5-21-\\d+-\\d+-\\d+-${found.rid}$`));
      assert.deepEqual([found.name, found.enabled, found.locked], [machine().name, true, false]);
      assert.deepEqual(await open().bySid(found.sid), found);
      assert.deepEqual(await open().bySid(found.sid, { name: machine().name, marks: [] }), found);
      assert.deepEqual((await open().examine(machine().name)).account, found);
    });

    it('has nothing to say of an account that is not there', async () => {
      const sid = absent(await sidOf());
      assert.equal(await open().find('nobody-of-that-name'), undefined);
      assert.equal(await open().bySid(sid), undefined);
      assert.equal(await open().mark(sid), undefined);
      assert.equal(await open().snapshot(sid), undefined);
      assert.equal(await open().accepts(sid, secret(first)), false);
      assert.equal(await open().opens(sid, secret(first)), false);
      const outcome = await open().set(sid, secret(first));
      assert.deepEqual([outcome.kind, outcome.kind === 'refused' && outcome.hresult], ['refused', 0x80070525]);
    });

    it('opens with the password that was set, and with no other', async () => {
      const sid = await sidOf();
      assert.deepEqual(await open().set(sid, secret(first)), { kind: 'set' });
      assert.equal(await open().opens(sid, secret(first)), true);
      for (const wrong of ['', first.slice(0, -1), `${first} `, first.toLowerCase()])
        assert.equal(await open().opens(sid, secret(wrong)), false, wrong);
      await open().set(sid, secret(second));
      assert.equal(await open().opens(sid, secret(first)), false);
      assert.equal(await open().opens(sid, secret(second)), true);
    });

    for (const password of hostile)
      it(`takes ${JSON.stringify(password)} as it stands`, async () => {
        const sid = await sidOf();
        assert.equal(await open().accepts(sid, secret(password)), true);
        assert.deepEqual(await open().set(sid, secret(password)), { kind: 'set' });
        assert.equal(await open().opens(sid, secret(password)), true);
      });

    it('marks each set otherwise, also of the same password, and puts a mark back with its password', async () => {
      const sid = await sidOf();
      const db = open();
      await db.set(sid, secret(first));
      const before = await db.mark(sid);
      assert.match(before ?? '', /^[0-9a-f]{64}$/);
      assert.equal(await open().mark(sid), before);
      const snapshot = await db.snapshot(sid);
      assert.ok(snapshot !== undefined);
      assert.deepEqual(JSON.stringify(snapshot), JSON.stringify({ sid }));
      await db.set(sid, secret(first));
      assert.notEqual(await db.mark(sid), before);
      await db.set(sid, secret(second));
      await db.putBack(snapshot);
      assert.equal(await db.mark(sid), before);
      assert.equal(await db.opens(sid, secret(first)), true);
      await assert.rejects(open().putBack({ sid }), TypeError);
    });

    it('shows by the mark that somebody else changed the password', async () => {
      const sid = await sidOf();
      await open().set(sid, secret(first));
      const before = await open().mark(sid);
      await machine().setByAnother(second);
      assert.notEqual(await open().mark(sid), before);
      assert.equal(await open().opens(sid, secret(first)), false);
    });

    it('keeps a locked account locked, and proves its password all the same', async () => {
      const sid = await sidOf();
      await open().set(sid, secret(first));
      await machine().lock();
      const before = await open().mark(sid);
      assert.equal((await open().bySid(sid))?.locked, true);
      await open().relock(sid);
      assert.equal(await open().mark(sid), before);
      assert.deepEqual(await open().set(sid, secret(second)), { kind: 'set' });
      assert.equal((await open().bySid(sid))?.locked, true);
      assert.equal(await open().opens(sid, secret(second)), true);
      assert.equal(await open().opens(sid, secret(first)), false);
      await open().sync(sid);
    });

    it('is claimed, guarded and let go any number of times', async () => {
      const sid = await sidOf();
      const db = open();
      for (const purpose of ['finish', 'manage', 'manage', 'takeOver'] as const)
        assert.deepEqual(await db.claim(sid, purpose), { kind: 'held', from: undefined });
      for (const each of [sid, sid, null, null, absent(sid), null]) await db.guard(each);
    });

    it('can be written, and leaves no trace of asking', async () => {
      assert.equal(await open().writable(), undefined);
    });
  });
}

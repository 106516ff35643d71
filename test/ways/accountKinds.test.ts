/** One data folder, two kinds of accounts: what was begun with one is never finished, or given up, with the other. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administratorOf } from '../../agent/cli/administrator.ts';
import { verb as config } from '../../agent/cli/config.ts';
import { openDevice, openPlace, type Place } from '../../agent/compose.ts';
import { foreignWay, leaveOtherKind, withAccounts } from '../../agent/composeAccounts.ts';
import { setMember, standings } from '../../agent/composeConfig.ts';
import { doctorFacts } from '../../agent/composeDoctor.ts';
import { kindSoFar } from '../../agent/composeKind.ts';
import { standingTroubles } from '../../agent/composeStanding.ts';
import type { StateReading } from '../../agent/core/ports.ts';
import { idleRecord, type JournalRecord } from '../../agent/core/rotation/journal.ts';
import { noteBytes } from '../../agent/edge/accounts/accountNote.ts';
import { createManagedKind } from '../../agent/edge/accounts/managedKind.ts';
import { realDomain, uidOfSid } from '../../agent/edge/accounts/realSid.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import { readMachineId, systemMachine } from '../../agent/edge/machineId.ts';
import { createStateStore } from '../../agent/edge/stateStore.ts';
import { wellState } from '../support/doctorFacts.ts';
import { fakeFace } from '../support/fakeFace.ts';
import { samplePending } from '../support/journalRecords.ts';

describe('the kind of accounts of a data folder', () => {
  let root = '';
  let place: Place;
  const realSid = async (): Promise<string> => `${realDomain(await readMachineId(systemMachine()))}-2001`;
  const leave = (record: JournalRecord | 'absent', state: StateReading = { kind: 'absent' }): Promise<boolean> =>
    leaveOtherKind(place, createKeyRing({ folder: place.folder.keys }), {
      journal: async () => record,
      state: async () => state,
    });
  const openWith = (sid: string): JournalRecord => ({
    ...idleRecord,
    state: 'escrowed',
    pending: { ...samplePending, account: { sid, name: 'lapsadmin' } },
  });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-kinds-'));
    const opened = await openPlace({ data: join(root, 'data'), policies: undefined, env: {}, cwd: root, create: true });
    assert.ok(opened !== undefined);
    place = opened;
    await (await openDevice(place)).prepare();
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('may change only when no rotation of the other kind is open, and the refusal says how to finish it', async () => {
    await assert.rejects(leave(openWith(await realSid())), { code: 'ERR_LAPS_USAGE', hint: /--accounts linux --once/ });
    assert.equal(await leave(openWith('S-1-5-21-1-2-3-1001')), false);
    assert.equal(await leave('absent'), false);
    assert.equal(await leave(idleRecord), false);
  });

  it('cannot be real where another user could put a data folder in the place of this one, and nothing is made there', async function () {
    if (process.platform === 'win32') this.skip();
    const open = join(root, 'open');
    await mkdir(open);
    await chmod(open, 0o777);
    const data = join(open, 'deeper', 'data');
    await assert.rejects(openPlace({ data, policies: undefined, env: {}, cwd: root, create: true, real: true }), {
      code: 'ERR_LAPS_DATA_UNSAFE',
      message: /can be changed by others than root/,
    });
    assert.equal(existsSync(join(open, 'deeper')), false);
    const simulated = await openPlace({ data, policies: undefined, env: {}, cwd: root, create: true });
    assert.ok(simulated !== undefined, 'a simulated machine is its owner’s');
    if (process.getuid?.() !== 0) {
      console.log('      skipped: only root gets as far as real accounts');
      return;
    }
    const real = { ...simulated, remembered: { accounts: 'linux' } as const };
    await assert.rejects((await openDevice(real)).prepare(), { code: 'ERR_LAPS_DATA_UNSAFE' });
    assert.ok((await standingTroubles(real)).some((trouble) => /chmod go-w .*open/.test(trouble)));
    await chmod(open, 0o1777);
    const sticky = await foreignWay(data);
    assert.equal(sticky, undefined, 'sticky: nobody else can replace what is there');
  });

  it('does not go by policies that another user could change, in whichever way', async () => {
    if (process.getuid?.() !== 0) {
      console.log('      skipped: only root gets as far as real accounts');
      return;
    }
    const policies = join(root, 'policies');
    const [file, theirs, elsewhere] = [join(policies, 'csp.json'), join(root, 'theirs'), join(root, 'elsewhere')];
    const text = '{"BackupDirectory":1,"AdministratorAccountName":"mallory"}';
    for (const path of [policies, theirs, elsewhere]) await mkdir(path);
    for (const path of [join(theirs, 'c.json'), join(elsewhere, 'c.json')]) await writeFile(path, text);
    await chown(theirs, 1234, 1234);
    const simulated = await openPlace({ data: join(root, 'other'), policies, env: {}, cwd: root, create: true });
    assert.ok(simulated !== undefined);
    const read = async (accounts: 'linux' | 'simulated') => {
      const { ports } = await openDevice({ ...simulated, remembered: { accounts } });
      return ports.policies.read();
    };
    const ways: ReadonlyArray<readonly [string, () => Promise<void>, RegExp | undefined]> = [
      ['root’s own', () => writeFile(file, text), undefined],
      ['a file that others may write', () => chmod(file, 0o666), /csp\.json can be changed by others than root/],
      [
        'a file of somebody else',
        async () => {
          await chmod(file, 0o644);
          await chown(file, 1234, 0);
        },
        /csp\.json can be/,
      ],
      [
        'a link to somebody else’s',
        async () => {
          await rm(file);
          await symlink(join(theirs, 'c.json'), file);
        },
        /theirs can be/,
      ],
      [
        'a link to root’s own',
        async () => {
          await rm(file);
          await symlink(join(elsewhere, 'c.json'), file);
        },
        undefined,
      ],
      ['a folder that others may write', () => chmod(policies, 0o777), /policies can be/],
    ];
    for (const [name, prepare, problem] of ways) {
      await prepare();
      const reading = await read('linux');
      assert.equal(reading.kind, problem === undefined ? 'files' : 'unreadable', name);
      if (reading.kind !== 'unreadable' || problem === undefined) continue;
      assert.match(reading.problem, problem, name);
      assert.equal(reading.code, 'ERR_LAPS_DATA_UNSAFE');
      assert.equal((await read('simulated')).kind, 'files', 'a simulated machine is its owner’s');
    }
  });

  describe('once a real one was managed', () => {
    const open = async (env: Readonly<Record<string, string>> = {}, notes: string[] = []): Promise<Place> => {
      const opened = await openPlace({
        data: join(root, 'data'),
        policies: undefined,
        env,
        cwd: root,
        create: true,
        note: (text) => notes.push(text),
      });
      assert.ok(opened !== undefined);
      return opened;
    };
    const configuration = () => join(place.folder.state, 'configuration.json');
    beforeEach(() => place.remember({ accounts: 'linux' }));

    it('stays real where the configuration no longer says it', async () => {
      for (const lose of [() => place.remember({ accounts: null }), () => rm(configuration(), { force: true })]) {
        await lose();
        const now = await open();
        assert.deepEqual([now.remembered.accounts, now.untold], ['linux', undefined]);
        assert.equal((await openDevice(now)).accountsKind, 'linux');
      }
      const [accounts] = (await standings(await open(), {})).filter(({ name }) => name === 'accounts');
      assert.deepEqual(
        [accounts?.origin, accounts?.otherwise],
        ['default', 'linux, for real accounts are managed here'],
      );
      const unset = fakeFace({ args: ['unset', 'accounts'], options: { data: join(root, 'data') } });
      assert.equal(await config.run(unset.face), 0);
      assert.match(unset.stdout(), /^accounts is no longer set: linux, for real/);
    });
    it('is not left because of a variable or an edited file: nothing works until a person says which is meant', async () => {
      const other = await open({ LAPS_ACCOUNTS: 'simulated' });
      await assert.rejects((await openDevice(other)).prepare(), {
        code: 'ERR_LAPS_CONFIGURATION',
        message: /^LAPS_ACCOUNTS in the environment says simulated.+nothing was touched$/,
        hint: /take it out; to leave it: laps config set accounts simulated$/,
      });
      assert.ok((await standingTroubles(other)).some((trouble) => trouble.startsWith('LAPS_ACCOUNTS in the')));
      await writeFile(configuration(), '{"accounts":"simulated"}');
      await assert.rejects((await openDevice(await open())).prepare(), {
        message: /^the configuration file says simulated/,
        hint: /^to stay with it: laps config set accounts linux;/,
      });
    });
    it('is not left where the records of it are gone or empty either, as long as the configuration says it', async () => {
      const lose = [
        () => rm(place.folder.accounts, { recursive: true }),
        () => writeFile(join(place.folder.accounts, 'kind'), ''),
        () => writeFile(join(place.folder.accounts, 'kind'), 'simulat'),
      ];
      for (const each of lose) {
        await each();
        const other = await open({ LAPS_ACCOUNTS: 'simulated' });
        assert.equal(other.managed, 'linux');
        await assert.rejects((await openDevice(other)).prepare(), {
          message: /^LAPS_ACCOUNTS in the environment says/,
        });
      }
      await setMember(await open(), 'accounts', 'simulated');
      assert.equal((await open()).managed, 'simulated');
    });
    it('is known by the note beside the accounts, else by the account of the last rotation, where its own records say nothing', async () => {
      if (process.getuid?.() !== 0) {
        console.log('      skipped: only root has ever managed a real account');
        return;
      }
      const [notes, { folder }] = [join(root, 'etc', 'accounts'), place];
      const known = () => kindSoFar(folder, { accounts: 'simulated' }, notes);
      await writeFile(join(folder.accounts, 'kind'), '');
      assert.equal(await known(), undefined);
      await mkdir(notes, { recursive: true, mode: 0o700 });
      const note = (data: string) => writeFile(join(notes, '1001.json'), noteBytes(data), { mode: 0o600 });
      await note('/srv/elsewhere');
      assert.equal(await known(), undefined, 'the note of another folder');
      await note(folder.root);
      assert.equal(await known(), 'linux');
      await chmod(join(notes, '1001.json'), 0o666);
      assert.equal(await known(), undefined, 'anybody could have written it');
      const state = createStateStore({ folder: folder.state });
      await state.write({ ...wellState, accountSid: 'S-1-5-21-1-2-3-1001' });
      assert.equal(await known(), undefined, 'a simulated one');
      await state.write({ ...wellState, accountSid: await realSid() });
      assert.equal(await known(), 'linux');
      await createManagedKind({ folder: folder.accounts }).write('simulated');
      assert.equal(await known(), 'simulated', 'a person said so');
    });
    it('is left by a plain word, which is told what it means and holds from then on', async () => {
      const notes: string[] = [];
      const told = await open({}, notes);
      await setMember(told, 'accounts', 'simulated');
      assert.match(notes.join(), /the real account is managed from here no longer and keeps the password it has/);
      const left = await open();
      await (await openDevice(left)).prepare();
      assert.deepEqual([left.remembered.accounts, left.untold], ['simulated', undefined]);
      await left.remember({ accounts: null });
      assert.equal((await open()).remembered.accounts ?? 'simulated', 'simulated');
    });
    it('has simulated accounts to come, not lost ones, until the next start after it was left, as doctor sees it', async () => {
      await writeFile(join(root, 'csp.json'), '{ "BackupDirectory": 1, "AdministratorAccountName": "lapsadmin" }');
      const { folder } = place;
      const file = join(folder.accounts, 'accounts.json');
      const seen = async () => {
        const looking = { data: folder.root, policies: root, env: {}, cwd: root, create: false, look: true };
        const looked = await openPlace({ ...looking, anyway: true });
        assert.ok(looked !== undefined);
        const { account } = await doctorFacts(looked, administratorOf(fakeFace().face));
        return account?.kind;
      };
      await setMember(await open(), 'accounts', 'simulated');
      await rm(file);
      const state = createStateStore({ folder: folder.state });
      assert.equal(await seen(), 'toCome', 'nothing was rotated');
      await state.write({ ...wellState, accountSid: await realSid() });
      assert.equal(await seen(), 'toCome', 'a real one was');
      await state.write({ ...wellState, accountSid: 'S-1-5-21-1-2-3-1001' });
      assert.equal(await seen(), 'failed', 'they are lost');
      await state.write({ ...wellState, accountSid: await realSid() });
      await writeFile(file, '{');
      assert.equal(await seen(), 'failed', 'they cannot be read');
    });
    it('is left by the words of laps run as well, and then by no others', async () => {
      const nothing = { allowRoot: false, allowSystem: false, allowOwn: false };
      const other = await open({ LAPS_ACCOUNTS: 'simulated' });
      assert.ok((await withAccounts(other, { kind: undefined, ...nothing })).untold !== undefined);
      const plain = await withAccounts(other, { kind: 'simulated', ...nothing });
      await (await openDevice(plain)).prepare();
      assert.equal((await open()).managed, 'simulated');
    });
  });

  it('is told by the SID: a real account has one of this machine’s domain', async () => {
    const domain = realDomain('01234567-89ab-cdef-0123-456789abcdef');
    for (const [sid, uid] of [
      [`${domain}-1000`, 0],
      [`${domain}-2001`, 1001],
      [`${domain}-500`, undefined],
      [`${domain}-2001-1`, undefined],
      ['S-1-5-21-1-2-3-2001', undefined],
      [domain, undefined],
    ] as const)
      assert.equal(uidOfSid(domain, sid), uid, sid);
  });
});

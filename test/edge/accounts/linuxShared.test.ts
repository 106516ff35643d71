/** Real accounts and their files beside other data folders and other programs. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { Secret } from '../../../agent/core/secret.ts';
import { linuxMachine, linuxTools } from '../../support/linuxMachine.ts';
import { describeInSandbox } from '../../support/linuxSandbox.ts';

const planted = 'Pl4nted-Secret-9';
const secret = (text: string) => new Secret(text);

describeInSandbox('real Linux accounts that others use as well', { tools: linuxTools }, (sandbox) => {
  const { root, uid, opened, open, chpasswd } = linuxMachine(sandbox);

  it('are left to one laps-agent, whatever its data folder', async () => {
    const { sid = '' } = (await open().find('managed')) ?? {};
    const { sid: other = '' } = (await open().find('bystander')) ?? {};
    const [one, two] = [open(), open()];
    const held = { kind: 'held', from: undefined };
    assert.deepEqual(await one.claim(sid, 'manage'), held);
    const busy = await two.claim(sid, 'takeOver');
    assert.match(busy.kind === 'busy' ? busy.problem : busy.kind, /another laps-agent/);
    assert.deepEqual(await two.claim(other, 'manage'), held);
    await one.guard(null);
    assert.deepEqual(await two.claim(sid, 'manage'), held);
    await two.guard(sid);
    // The last that was claimed is kept as well: only the one before it is free.
    assert.deepEqual(await one.claim(other, 'manage'), held);
  });

  it('stay with one data folder also while that one is not at work', async () => {
    const { sid = '' } = (await open().find('managed')) ?? {};
    const mine = join(root(), 'mine');
    await mkdir(join(mine, 'identity'), { recursive: true });
    await writeFile(join(mine, 'identity', 'identity.json'), '{}');
    const first = open({ data: mine });
    assert.deepEqual(await first.claim(sid, 'manage'), { kind: 'held', from: undefined });
    first.letGo();
    const second = open({ data: join(root(), 'theirs') });
    assert.deepEqual(await second.claim(sid, 'manage'), { kind: 'kept', data: mine });
    // It does not keep the lock either: the one whose account it is goes on.
    assert.deepEqual(await open({ data: mine }).claim(sid, 'manage'), { kind: 'held', from: undefined });
    for (const accounts of opened) accounts.letGo();
    // A rotation that is open there is finished, except where another one plainly has the account, at work or not.
    assert.deepEqual(await second.claim(sid, 'finish'), { kind: 'kept', data: mine });
    assert.deepEqual(await first.claim(sid, 'manage'), { kind: 'held', from: undefined });
    assert.deepEqual(await second.claim(sid, 'finish'), { kind: 'kept', data: mine });
    first.letGo();
    const path = join(sandbox().etc, 'laps-agent', 'accounts', `${uid()}.json`);
    await writeFile(path, '{"version":1,"data":"\u0000"}');
    assert.deepEqual(await second.claim(sid, 'finish'), { kind: 'held', from: undefined });
    second.letGo();
    // The note said nothing; whoever manages the account next writes it anew.
    const disbelieved = { path, problem: 'it is damaged' };
    assert.deepEqual(await open({ data: mine }).claim(sid, 'manage'), { kind: 'held', from: undefined, disbelieved });
    for (const accounts of opened) accounts.letGo();
    assert.deepEqual(await second.claim(sid, 'takeOver'), {
      kind: 'held',
      from: { data: mine, why: 'that was asked for' },
    });
    second.letGo();
    assert.equal(
      (await open({ data: mine }).claim(sid, 'manage')).kind,
      'held',
      'where nothing is joined, nothing is managed',
    );
  });

  it('wait for another program that has the account files locked, and not for ever', async () => {
    const { sid = '' } = (await open().find('managed')) ?? {};
    const fd = openSync(join(sandbox().etc, '.pwd.lock'), 'r+');
    let isOpen = true;
    const letGo = (): void => {
      if (isOpen) closeSync(fd);
      isOpen = false;
    };
    try {
      assert.equal(tryLock(fd), true);
      const outcome = await open({ systemLockWaitMs: 100 }).set(sid, secret(planted));
      assert.deepEqual([outcome.kind, outcome.kind === 'refused' && outcome.hresult], ['refused', 0x80070020]);
      // Told before anything is sent to the tenant, too.
      assert.match((await open({ systemLockWaitMs: 100 }).writable()) ?? '', /another program.+\.pwd\.lock/);
      const waiting = open().set(sid, secret(planted));
      letGo();
      assert.deepEqual(await waiting, { kind: 'set' });
      assert.equal(await open({ systemLockWaitMs: 100 }).writable(), undefined);
    } finally {
      letGo();
    }
  });

  it('can be written however many data folders ask and start at once', async () => {
    const asked = Array.from({ length: 12 }, (_, turn) => (turn % 2 === 0 ? open().writable() : open().ensure()));
    assert.deepEqual(await Promise.all(asked), Array(12).fill(undefined));
    assert.deepEqual(
      (await readdir(sandbox().etc)).filter((name) => name.includes('.tmp')),
      [],
    );
  });

  it('tell when their files cannot be written', async () => {
    const etc = sandbox().etc;
    await sandbox().must(['mount', '-o', 'remount,bind,ro', '/etc']);
    try {
      const { sid = '' } = (await open().find('managed')) ?? {};
      const outcome = await open().set(sid, secret(planted));
      assert.equal(outcome.kind, 'refused');
      assert.ok(outcome.kind === 'refused' && !outcome.problem.includes(planted));
      assert.equal(await open().opens(sid, secret(planted)), false);
    } finally {
      await sandbox().must(['mount', '-o', 'remount,bind,rw', '/etc']);
    }
    assert.ok(etc !== '/etc');
  });

  it('call back when an account file changed', async () => {
    let stop = (): void => {};
    const changed = new Promise<void>((resolve) => {
      stop = open().watch(resolve);
    });
    await chpasswd('bystander', 'Whatever-It-Is-1');
    await changed;
    stop();
  });
});

/** What post-authentication actions do on a real machine: to one account's terminals, sessions and processes alone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Whose } from '../../../agent/core/postAuth/memory.ts';
import { readBootId } from '../../../agent/edge/bootId.ts';
import { machineSessions } from '../../../agent/edge/sessions/machineSessions.ts';
import { processAt, processesOf } from '../../../agent/edge/sessions/processes.ts';
import { endProcessesOf } from '../../../agent/edge/sessions/signals.ts';
import { terminalPath, warningText } from '../../../agent/edge/sessions/terminals.ts';
import { childProgram } from '../../support/childProgram.ts';
import { describeInSandbox, runWords, type Sandbox } from '../../support/linuxSandbox.ts';
import { atTerminal, signInBySu } from '../../support/realPeople.ts';

const password = 'Pl4nted-Secret-9';
const restart = () => Promise.resolve({ kind: 'ordered' } as const);
const noLogind = async () => ({ kind: 'failed', problem: 'no logind' }) as const;

/** Numbers that nothing else of this machine has: processes are ended by them. */
const firstUid = 61_000 + (process.pid % 3_000);

describeInSandbox(
  'sessions and processes of an account',
  { ownPids: true, tools: ['su', 'script', 'setpriv', 'chpasswd', 'setsid', 'nohup'] },
  (sandbox): void => {
    const uids = { managed: firstUid, bystander: firstUid + 1 };
    const managed: Whose = { sid: `S-1-5-21-1-2-3-${1000 + uids.managed}`, name: 'managed', rid: 1000 + uids.managed };
    const sessions = machineSessions({ restart, loginctl: noLogind });

    before(async () => {
      for (const [name, uid] of Object.entries(uids)) await sandbox().addUser(name, '--uid', String(uid));
      await sandbox().must(['chpasswd'], `managed:${password}\nbystander:${password}\n`);
    });
    // Each starts a dozen programs, and other tests may be at work beside it.
    beforeEach(function () {
      this.currentTest?.timeout(90_000);
    });
    afterEach(async () => {
      for (const uid of Object.values(uids)) await endProcessesOf(uid, { polite: false, which: () => true });
    });

    const commandsOf = async (uid: number) => (await processesOf(uid)).map(({ command }) => command).toSorted();

    /** A process of somebody's without a terminal; resolves when it runs and is no longer the shell that began it. */
    async function inBackground(box: Sandbox, uid: number, ...words: string[]) {
      const running = async () => (await commandsOf(uid)).filter((command) => command === words[0]).length;
      const before = await running();
      const as = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
      const [program = '', ...rest] = [...box.enter, ...as, 'setsid', 'sh', '-c', 'echo up; exec "$@"', 'sh', ...words];
      const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      child.stdout?.resume();
      while ((await running()) <= before) await new Promise((resolve) => setImmediate(resolve));
      return child;
    }

    it('warns the terminal at which somebody became the account, and nobody else', async () => {
      const [person, other] = await Promise.all([
        signInBySu(sandbox(), 'bystander', 'managed', password),
        signInBySu(sandbox(), 'managed', 'bystander', password),
      ]);
      const until = Date.UTC(2026, 10, 23, 8, 2);
      // The other one's script and su belong to the account as well, but sit at no terminal of theirs: su's own does.
      const told = await sessions.warn(managed, until);
      assert.equal(told.anyone, true);
      await person.sees(/laps-agent: the password of managed was replaced, and its sessions end at \d\d:\d\d\./);
      person.type('exit');
      other.type('exit');
      await Promise.all([person.ended, other.ended]);
    });

    it('has nobody to warn when nobody is there, whatever runs in the background', async () => {
      await inBackground(sandbox(), uids.managed, 'sleep', '1000');
      assert.deepEqual(await sessions.warn(managed, 0), { terminals: 0, anyone: false, anything: true });
    });

    it('counts a command given to su as a session: its terminal is warned, and it ends with what it began', async () => {
      const words = '(trap "" HUP; echo begun; sleep 1007) & setsid sleep 1008 & cat';
      const person = atTerminal(sandbox(), 'bystander', `su managed -c '${words}'`);
      await person.sees(/Password:/);
      person.type(password);
      await person.sees(/begun/);
      while ((await commandsOf(uids.managed)).filter((each) => each === 'sleep').length < 2)
        await new Promise((resolve) => setImmediate(resolve));
      assert.ok(
        (await processesOf(uids.managed)).every(({ terminal }) => terminal === 0),
        'none has the terminal',
      );
      const told = await sessions.warn(managed, Date.UTC(2026, 10, 23, 8, 2));
      assert.deepEqual(told, { terminals: 1, anyone: true, anything: true });
      await person.sees(/laps-agent: the password of managed was replaced/);
      assert.deepEqual(await sessions.endSessions(managed), { count: 1, problem: null });
      await person.ended;
      assert.deepEqual(await commandsOf(uids.managed), ['sleep'], 'what left the session goes on in the background');
    });

    it('knows who became the account with its password, and is not taken in by a process, by root, or by a prompt', async () => {
      const running = async (name: string) => (await commandsOf(uids.managed)).includes(name);
      assert.equal(await sessions.isSignedIn(managed), false);
      await inBackground(sandbox(), uids.managed, 'sleep', '1000');
      const [program = '', ...rest] = [...sandbox().enter, 'su', 'managed', '-c', 'cat'];
      spawn(program, rest, { stdio: ['pipe', 'ignore', 'inherit'] });
      while (!(await running('cat'))) await new Promise((resolve) => setImmediate(resolve));
      const asked = atTerminal(sandbox(), 'bystander', 'su managed');
      await asked.sees(/Password:/);
      assert.equal(await sessions.isSignedIn(managed), false);
      const person = await signInBySu(sandbox(), 'bystander', 'managed', password);
      assert.equal(await sessions.isSignedIn(managed), true);
      person.type('exit');
      await person.ended;
      assert.equal(await sessions.isSignedIn(managed), false);
      asked.leave();
    });

    it('ends what sits at a terminal, even what does not hang up, and lets the background be', async () => {
      const person = await signInBySu(sandbox(), 'bystander', 'managed', password);
      person.type('trap "" HUP TERM; nohup sleep 1001 > /dev/null & echo ready $!');
      await person.sees(/ready \d/);
      await inBackground(sandbox(), uids.managed, 'sleep', '1002');
      await inBackground(sandbox(), uids.bystander, 'sleep', '1003');
      const before = await processesOf(uids.bystander);
      const ended = await sessions.endSessions(managed);
      assert.deepEqual(ended, { count: 1, problem: null });
      await person.ended;
      assert.deepEqual(await commandsOf(uids.managed), ['sleep']);
      const after = await processesOf(uids.bystander);
      const sleeper = before.find(({ command }) => command === 'sleep');
      assert.ok(after.some(({ pid, startedAt }) => pid === sleeper?.pid && startedAt === sleeper.startedAt));
    });

    it('ends every process of the account, one that begins others as well, and none of another', async () => {
      await inBackground(sandbox(), uids.bystander, 'sleep', '1003');
      const before = (await processesOf(uids.bystander)).map(({ pid, startedAt }) => ({ pid, startedAt }));
      await inBackground(
        sandbox(),
        uids.managed,
        'sh',
        '-c',
        'trap "" HUP TERM INT; while :; do sleep 0.01 & wait; done',
      );
      for (let count = 0; count < 5; count += 1) await inBackground(sandbox(), uids.managed, 'sleep', '1004');
      const ended = await sessions.endProcesses(managed);
      assert.equal(ended.problem, null);
      assert.ok(ended.count >= 6, `${ended.count}`);
      assert.deepEqual(await processesOf(uids.managed), []);
      const after = (await processesOf(uids.bystander)).map(({ pid, startedAt }) => ({ pid, startedAt }));
      assert.deepEqual(after, before);
      assert.deepEqual(await sessions.endProcesses(managed), { count: 0, problem: null });
    });

    it('need no more of root than the service has: no power to be somebody else, to see into processes, or to write any file', async () => {
      const person = await signInBySu(sandbox(), 'bystander', 'managed', password);
      person.type('tty');
      const byCommand = atTerminal(sandbox(), 'bystander', "tty; su managed -c 'echo begun; cat'");
      await byCommand.sees(/Password:/);
      byCommand.type(password);
      await byCommand.sees(/begun/);
      for (const each of [person, byCommand]) {
        await each.sees(/(\/dev\/pts\/\d+)\r/);
        const path = /\/dev\/pts\/\d+/.exec(each.shown())?.[0] ?? '';
        // As systemd mounts them: the group of terminals may write. Here they may be their owners' alone.
        await sandbox().must(['chgrp', 'tty', path]);
        await sandbox().must(['chmod', '620', path]);
      }
      await inBackground(sandbox(), uids.managed, 'sleep', '1006');
      const child = await childProgram('restrictedSessions.ts');
      const tty = (await readFile('/etc/group', 'utf8')).match(/^tty:[^:]*:(\d+):/m)?.[1] ?? '5';
      const powers = [
        '--bounding-set',
        '-all,+chown,+kill,+audit_write',
        '--inh-caps=-all',
        '--regid=0',
        `--groups=${tty}`,
      ];
      const words = [process.execPath, child, String(uids.managed), 'managed'];
      const ended = await runWords([
        'setpriv',
        ...powers,
        '--no-new-privs',
        ...words,
        'isSignedIn',
        'warn',
        'endSessions',
        'endProcesses',
      ]);
      assert.equal(ended.stderr, '');
      assert.deepEqual(JSON.parse(ended.stdout), [
        true,
        { terminals: 2, anyone: true, anything: true },
        { count: 2, problem: null },
        { count: 1, problem: null },
      ]);
      for (const each of [person, byCommand]) {
        await each.sees(/the password of managed was replaced/);
        await each.ended;
      }
    });

    it('is kept by the kernel from ending anybody else: whoever signals as the account reaches nothing of another', async () => {
      const other = await inBackground(sandbox(), uids.bystander, 'sleep', '1005');
      const [victim] = (await processesOf(uids.bystander)).filter(({ command }) => command === 'sleep');
      assert.ok(victim);
      await sandbox().run(['setpriv', `--reuid=${uids.managed}`, '--clear-groups', 'sh', '-c', 'kill -s KILL -1']);
      assert.ok(await processAt(victim.pid, '/proc'), 'it still runs');
      assert.equal(other.exitCode, null);
    });
  },
);

describe('a process', () => {
  it('is read as it is, whatever it calls itself', async () => {
    const own = await processAt(process.pid, '/proc').catch(() => undefined);
    if (process.platform !== 'linux') return;
    assert.equal(own?.pid, process.pid);
    assert.deepEqual(own?.uids, [process.getuid?.(), process.geteuid?.()]);
    const stat = await readFile(`/proc/${process.pid}/stat`, 'latin1');
    assert.ok(stat.includes(` ${own?.startedAt} `));
    assert.equal(await processAt(2 ** 30, '/proc'), undefined);
  });
});

describe('what belongs to root or to laps-agent', () => {
  it('is never ended, and that is said', async () => {
    const sessions = machineSessions({ restart, loginctl: noLogind });
    const root: Whose = { sid: 'S-1-5-21-1-2-3-1000', name: 'root', rid: 1000 };
    assert.deepEqual(await sessions.warn(root, 0), { terminals: 0, anyone: false, anything: false });
    for (const end of [sessions.endSessions, sessions.endProcesses]) {
      const { count, problem, forGood } = await end(root);
      assert.deepEqual([count, forGood], [0, true]);
      assert.notEqual(problem, null);
    }
    await assert.rejects(endProcessesOf(0, { polite: false, which: () => true }), TypeError);
    const own = process.getuid?.() ?? 0;
    await assert.rejects(endProcessesOf(own, { polite: false, which: () => true }), TypeError);
  });
});

describe('a terminal', () => {
  it('is known by its number', async () => {
    assert.equal(await terminalPath((136 << 8) | 7), '/dev/pts/7');
    assert.equal(await terminalPath((137 << 8) | 1), '/dev/pts/257');
    assert.equal(await terminalPath((4095 << 8) | 7), undefined);
  });

  it('is not commanded by the name in the warning', () => {
    const text = warningText('\u001b]0;x\u0007evil\r\n', '2026-11-23T08:02:00.000Z');
    assert.ok(!text.includes('\u001b'));
    assert.equal(text.split('\u0007').length, 2);
  });
});

describe('the boot', () => {
  it('has one name until the next', async () => {
    const first = await readBootId();
    assert.match(first, /^[0-9a-f-]{36}$/);
    assert.equal(await readBootId(), first);
  });
});

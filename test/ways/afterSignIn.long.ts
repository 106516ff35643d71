/**
 * Must be shown: a sign-in through su, noticed in the machine's own records, leads to a new password and to the end of
 * what the account runs, and of nothing else.
 *
 * Real: su and PAM on a terminal, the journal daemon, chpasswd and shadow (of the sandbox), signals, the tenant over
 * HTTPS, every file of the device. Moved: the device's clock. Nothing else is replaced but the order to restart.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice, openPlace } from '../../agent/compose.ts';
import type { EventId } from '../../agent/core/events.ts';
import type { RestartOutcome } from '../../agent/core/ports.ts';
import { graceMs } from '../../agent/core/postAuth/memory.ts';
import { msPerHour } from '../../agent/core/time.ts';
import { createLinuxAccounts } from '../../agent/edge/accounts/linux.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import { machineSessions } from '../../agent/edge/sessions/machineSessions.ts';
import { processesOf } from '../../agent/edge/sessions/processes.ts';
import { endProcessesOf } from '../../agent/edge/sessions/signals.ts';
import { machineRecords } from '../../agent/edge/signIns/machineRecords.ts';
import { createDaemon, type Daemon } from '../../agent/service/daemon.ts';
import { at } from '../support/contractForms.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from '../support/joinedWorld.ts';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import {
  atTerminal,
  journalctlIn,
  journalObstacle,
  type Keeper,
  signInBySu,
  startJournal,
} from '../support/realPeople.ts';

const obstacle = journalObstacle();
const title = 'a sign-in through su with a real account';
/** Numbers that nothing else of this machine has: processes are ended by them. */
const firstUid = 64_000 + (process.pid % 700) * 2;
const uids = { managed: firstUid, bystander: firstUid + 1 };
const administrator = 'clouddevice@contoso.test';

describeInSandbox(
  obstacle === undefined ? title : `${title} (skipped: ${obstacle})`,
  {
    ownPids: true,
    tools: ['su', 'script', 'setpriv', 'setsid', 'chpasswd', 'unix_chkpwd', 'journalctl', 'timeout'],
  },
  (sandbox): void => {
    let world: JoinedWorld | undefined;
    let journal: Keeper | undefined;
    /** How far the device's clock is ahead. */
    let ahead = 0;
    const clock = { now: () => Date.now() + ahead, monotonicMs: () => performance.now() };

    before(async function () {
      if (obstacle !== undefined) this.skip();
      this.timeout(120_000);
      for (const [name, uid] of Object.entries(uids)) await sandbox().addUser(name, '--uid', String(uid));
      journal = await startJournal(sandbox());
      world = await createJoinedWorld();
    });
    beforeEach(function () {
      ahead = 0;
      this.currentTest?.timeout(180_000);
    });
    afterEach(async () => {
      for (const uid of Object.values(uids)) await endProcessesOf(uid, { polite: false, which: () => true });
    });
    after(async () => {
      await world?.close();
      await journal?.stop();
    });
    const joined = (): JoinedWorld => world ?? assert.fail('no world');

    /** A device whose accounts are the sandbox's; each `daemon` is another process over the same files. */
    async function deviceOf(copy: JoinedCopy, actions: number) {
      copy.writePolicy(
        'csp.json',
        JSON.stringify({
          BackupDirectory: 1,
          AdministratorAccountName: 'managed',
          PostAuthenticationResetDelay: 8,
          PostAuthenticationActions: actions,
        }),
      );
      const place = await openPlace({
        data: copy.data,
        policies: copy.policies,
        env: {},
        cwd: joined().root,
        create: false,
      });
      assert.ok(place);
      const ids: EventId[] = [];
      const device = await openDevice(place, { onEvent: (event) => void ids.push(event.id) });
      const folder = join(copy.data, 'real');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const accounts = createLinuxAccounts({
        data: copy.data,
        folder,
        keys: createKeyRing({ folder: place.folder.keys }),
        clock,
        machineId: '01234567-89ab-cdef-0123-456789abcdef',
        allow: { root: false, system: true, own: false },
        callers: [],
        etc: sandbox().etc,
        locks: join(copy.data, 'locks'),
        claims: join(copy.data, 'locks', 'claims'),
        within: sandbox().enter,
      });
      await accounts.ensure();
      const restarts: number[] = [];
      const restart = async (): Promise<RestartOutcome> => {
        restarts.push(clock.now());
        return { kind: 'ordered' };
      };
      const daemon = (): Daemon =>
        createDaemon({
          ports: { ...device.ports, accounts, clock },
          signIns: {
            ...device.signIns,
            standing: () => undefined,
            records: machineRecords({ clock, journalctl: journalctlIn(sandbox()), logs: [], wtmp: '/nonexistent' }),
            sessions: machineSessions({ restart, loginctl: async () => ({ kind: 'failed', problem: 'no logind' }) }),
          },
          sleep: async (_ms, signal) => {
            if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          },
          startTicking: () => ({ nextAt: () => 0, stop: async () => undefined }),
          watchPolicies: () => () => undefined,
          watchAccount: () => () => undefined,
          onBegin: () => undefined,
          onCycle: () => undefined,
          onDefect: (error) => assert.fail(error instanceof Error ? error : String(error)),
        });
      return { daemon, restarts, release: () => accounts.guard(null), events: () => ids.splice(0) };
    }

    async function recovered(copy: JoinedCopy): Promise<string> {
      const stdin = `${joined().tenant.passwordOf(administrator)}\n`;
      const words = ['recover', joined().deviceName, '--as-plain-text', '--user', administrator];
      const { value } = await copy.json(words, { stdin });
      assert.equal(at(value, 0, 'Account'), 'managed');
      return String(at(value, 0, 'Password'));
    }
    const opens = async (password: string): Promise<boolean> =>
      (await sandbox().run(['unix_chkpwd', 'managed', 'nonull'], Buffer.from(`${password}\0`))).status === 0;
    const idsOf = async (uid: number): Promise<string[]> =>
      (await processesOf(uid)).map(({ pid, startedAt, command }) => `${pid} ${startedAt} ${command}`);
    /** Something of somebody's that no terminal holds. */
    async function inBackground(uid: number): Promise<void> {
      const as = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
      const words = [...sandbox().enter, ...as, 'setsid', 'sh', '-c', 'echo up; exec sleep 1000'];
      const [program = '', ...rest] = words;
      const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((resolve) => child.stdout.once('data', resolve));
    }
    /** Looks until the journal has passed it on. */
    async function lookFor(id: EventId, daemon: Daemon, events: () => EventId[]): Promise<EventId[]> {
      const seen: EventId[] = [];
      for (let tries = 0; !seen.includes(id) && tries < 200; tries += 1) {
        await daemon.signIns.look();
        seen.push(...events());
      }
      return seen;
    }

    it('arms the deadline; with the clock moved the password is replaced and, under 11, its processes end, nothing of another user does', async () => {
      const copy = joined().copy();
      const { daemon, events, release } = await deviceOf(copy, 11);
      const first = daemon();
      assert.equal((await first.start()).outcome, 'rotated');
      events();
      const password = await recovered(copy);

      await inBackground(uids.bystander);
      const other = atTerminal(sandbox(), 'bystander', 'sh');
      await other.sees(/\$ $/);
      const others = await idsOf(uids.bystander);
      const person = await signInBySu(sandbox(), 'bystander', 'managed', password);
      await inBackground(uids.managed);
      const own = await idsOf(uids.managed);
      assert.ok(own.length >= 2 && others.length >= 3, JSON.stringify({ own, others }));

      assert.deepEqual(await lookFor(10041, first, events), [10041]);
      const memory = JSON.parse(readFileSync(join(copy.data, 'state', 'postAuth.json'), 'utf8'));
      assert.equal(memory.PostAuthActions, 11);
      assert.equal(
        BigInt(memory.PostAuthResetDeadline) - BigInt(memory.PostAuthResetAuthenticationTime),
        8n * 36_000_000_000n,
      );

      ahead = 8 * msPerHour - 10 * 60_000;
      await first.signIns.look();
      assert.deepEqual(events(), [], 'not before its time');
      ahead = 8 * msPerHour + 1000;
      await first.signIns.look();
      assert.deepEqual(events(), [10042, 10003, 10022, 10010, 50000, 10030, 10029, 10020, 10004, 50041]);
      await person.sees(/laps-agent: the password of managed was replaced/);
      const next = await recovered(copy);
      assert.notEqual(next, password);
      assert.deepEqual([await opens(password), await opens(next)], [false, true]);
      assert.deepEqual(await idsOf(uids.managed), own, 'two minutes are given');

      // The daemon ends and another one begins: what was promised goes on.
      await first.stop();
      events();
      const second = daemon();
      ahead += graceMs + 1000;
      await second.signIns.look();
      assert.deepEqual(events(), [50042, 50043, 10044]);
      await person.ended;
      assert.deepEqual(await idsOf(uids.managed), []);
      const left = await idsOf(uids.bystander);
      assert.deepEqual(
        others.filter((each) => !left.includes(each)),
        [],
        'all that the other user had before is as it was',
      );
      other.type('echo still $(id -un)');
      await other.sees(/still bystander/);

      // Neither the rotation's own proof nor ours was a sign-in.
      await second.signIns.look();
      assert.deepEqual(events(), []);
      other.leave();
      await release();
    });

    it('orders a restart under 5, and nothing else of it is done here', async () => {
      const copy = joined().copy();
      const { daemon, events, restarts, release } = await deviceOf(copy, 5);
      const only = daemon();
      await only.start();
      events();
      const person = await signInBySu(sandbox(), 'bystander', 'managed', await recovered(copy));
      await lookFor(10041, only, events);
      ahead = 8 * msPerHour + 1000;
      await only.signIns.look();
      assert.deepEqual(events(), [10042, 10003, 10022, 10010, 50000, 10030, 10029, 10020, 10004, 50046]);
      assert.equal(restarts.length, 1);
      assert.notDeepEqual(await idsOf(uids.managed), []);
      person.type('exit');
      await person.ended;
      await only.stop();
      await release();
    });
  },
);

/** Sign-ins as the machine's own record keepers tell them: the journal daemon itself, rsyslogd itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignInReading } from '../../../agent/core/ports.ts';
import { readJournal } from '../../../agent/edge/signIns/journal.ts';
import { journalState } from '../../../agent/edge/signIns/journalFiles.ts';
import { machineRecords } from '../../../agent/edge/signIns/machineRecords.ts';
import { describeInSandbox, type Sandbox } from '../../support/linuxSandbox.ts';
import {
  journalctlIn,
  journalObstacle,
  type Keeper,
  signInBySu,
  startJournal,
  startLogFile,
} from '../../support/realPeople.ts';

const clock = { now: () => Date.now() };
const password = 'Pl4nted-Secret-9';
/** Numbers that nothing else of this machine has: a test beside this one may not remove whom it sees at work. */
const firstUid = 57_000 + (process.pid % 700) * 2;
const sentence = (uid: number): string =>
  `pam_unix(su:session): session opened for user managed(uid=${uid}) by bystander(uid=4711)`;

interface Kept {
  readonly records: ReturnType<typeof machineRecords>;
  /** How often journalctl was started. */
  readonly starts?: () => number;
  readonly keeper: Keeper;
}

/** What the cases of one keeper are given. */
interface Its {
  look(cursor: string | null, since?: number): Promise<Extract<SignInReading, { kind: 'read' }>>;
  /** The place as it is now. */
  here(): Promise<string>;
  /** Looks until there are as many sign-ins after the place: a keeper writes a moment later than it is told. */
  comes(cursor: string, count: number): Promise<Extract<SignInReading, { kind: 'read' }>>;
  /** Nothing came after the place: what root says last is the one sign-in there is. */
  nothingCame(cursor: string): Promise<void>;
  log(as: string, ...words: string[]): Promise<unknown>;
  /** A logger that stays after it has spoken; `spoken` resolves once it has. */
  speak(as: string, name: string, words: string): { readonly spoken: Promise<unknown>; stop(): Promise<unknown> };
  starts(): number;
  /** Somebody becomes somebody else through su, and leaves. */
  signedIn(from: string, name: string): Promise<void>;
  uid(): number;
}

/** What holds whoever keeps the records, and what `own` says beyond that. */
function describeRecords(
  title: string,
  tools: readonly string[],
  obstacle: string | undefined,
  open: (sandbox: Sandbox) => Promise<Kept>,
  own: (its: Its) => void,
): void {
  const needed = ['su', 'script', 'setpriv', 'logger', 'chpasswd', 'unix_chkpwd', ...tools];
  const told = obstacle === undefined ? title : `${title} (skipped: ${obstacle})`;
  describeInSandbox(told, { ownPids: true, tools: needed }, (sandbox): void => {
    let kept: Kept | undefined;
    let uid = 0;
    before(async function () {
      if (obstacle !== undefined) this.skip();
      uid = await sandbox().addUser('managed', '--uid', String(firstUid));
      await sandbox().addUser('bystander', '--uid', String(firstUid + 1));
      await sandbox().must(['chpasswd'], `managed:${password}\nbystander:${password}\n`);
      kept = await open(sandbox());
    });
    after(() => kept?.keeper.stop());
    // Each starts a dozen programs, and other tests may be at work beside it.
    beforeEach(function () {
      this.currentTest?.timeout(90_000);
    });

    const its: Its = {
      async look(cursor, since = 0) {
        assert.ok(kept);
        const account = { sid: `S-1-5-21-1-2-3-${1000 + uid}`, name: 'managed', rid: 1000 + uid };
        const reading = await kept.records.read({ account, cursor, since });
        assert.ok(reading.kind === 'read', JSON.stringify(reading));
        return reading;
      },
      here: async () => (await its.look(null)).cursor,
      async comes(cursor, count) {
        for (let tries = 0; ; tries += 1) {
          const reading = await its.look(cursor);
          if (reading.signIns.length >= count || tries > 200) {
            assert.equal(reading.signIns.length, count);
            return reading;
          }
          await sandbox().must(['true']);
        }
      },
      async nothingCame(cursor) {
        await its.log('root', '-t', 'su', sentence(uid));
        await its.comes(cursor, 1);
      },
      log(as, ...words) {
        const number = sandbox().lineOf('passwd', as)?.[2] ?? '';
        const user = as === 'root' ? [] : ['setpriv', `--reuid=${number}`, '--clear-groups', '--'];
        return sandbox().must([...user, 'logger', '-p', 'authpriv.info', '--id=4711', ...words]);
      },
      speak(as, name, words) {
        const number = sandbox().lineOf('passwd', as)?.[2] ?? '';
        const user = ['setpriv', `--reuid=${number}`, '--clear-groups', '--'];
        const [program = '', ...rest] = [
          ...sandbox().enter,
          ...user,
          'logger',
          '-s',
          '-p',
          'authpriv.info',
          '-t',
          name,
        ];
        const child = spawn(program, rest, { stdio: ['pipe', 'ignore', 'pipe'] });
        child.stdin.write(`${words}\n`);
        // It repeats what it has sent.
        const spoken = once(child.stderr, 'data');
        const ended = once(child, 'close');
        return {
          spoken,
          async stop() {
            child.stdin.end();
            await ended;
          },
        };
      },
      async signedIn(from, name) {
        const person = await signInBySu(sandbox(), from, name, password);
        person.type('exit');
        await person.ended;
      },
      starts: () => kept?.starts?.() ?? 0,
      uid: () => uid,
    };

    it('tells a sign-in through su, once, and when it was', async () => {
      const from = Date.now();
      const cursor = await its.here();
      await its.signedIn('bystander', 'managed');
      const found = await its.comes(cursor, 1);
      assert.ok(Math.abs((found.signIns[0]?.at ?? 0) - from) < 60_000);
      await its.nothingCame(found.cursor);
    });

    it('tells nothing of a wrong password, of a verification, of root, or of another account', async () => {
      const cursor = await its.here();
      const checked = async (given: string) =>
        (await sandbox().run(['unix_chkpwd', 'managed', 'nonull'], Buffer.from(`${given}\0`))).status;
      assert.deepEqual([await checked(password), await checked('wrong')], [0, 7]);
      await sandbox().must(['su', 'managed', '-c', 'true']);
      await its.signedIn('managed', 'bystander');
      await its.nothingCame(cursor);
    });

    it('finds what was signed in while nobody looked, and by time where no place is known', async () => {
      const [cursor, before] = [await its.here(), Date.now()];
      await its.signedIn('bystander', 'managed');
      await its.comes(cursor, 1);
      for (const lost of [null, '{"journal":"s=nowhere","log":null,"wtmp":null}', 'nonsense'])
        assert.equal((await its.look(lost, before)).signIns.length, 1, String(lost));
      assert.deepEqual((await its.look(null, Date.now() + 5_000)).signIns, []);
    });

    it('gives out times and a place, no word of a record', async () => {
      const cursor = await its.here();
      await its.log('bystander', '-t', 'sshd', 'Invalid user \u001b[2J-marker- from 192.0.2.7');
      await its.nothingCame(cursor);
      const found = await its.look(null);
      assert.deepEqual(Object.keys(found).toSorted(), ['cursor', 'kind', 'signIns']);
      assert.ok(found.signIns.every(({ at }) => Number.isFinite(at)));
      assert.doesNotMatch(found.cursor, /marker|managed|bystander/);
    });

    own(its);
  });
}

describeRecords(
  'the journal',
  ['journalctl'],
  journalObstacle(),
  async (sandbox) => {
    const keeper = await startJournal(sandbox);
    const inSandbox = journalctlIn(sandbox);
    let started = 0;
    const records = machineRecords({
      clock,
      journalctl(args) {
        started += 1;
        return inSandbox(args);
      },
      journalState: () => journalState([join(sandbox.root, 'run', 'log', 'journal')]),
      logs: [],
      wtmp: '/nonexistent',
    });
    return { keeper, records, starts: () => started };
  },
  (its) => {
    it('is not asked again while nothing was written to it, and once when something was', async () => {
      // Until it has settled: journald touches its files a moment after it wrote to them.
      let cursor = await its.here();
      for (let before = -1; before !== its.starts(); ) {
        before = its.starts();
        cursor = (await its.look(cursor)).cursor;
      }
      const before = its.starts();
      for (let look = 0; look < 5; look += 1) assert.deepEqual((await its.look(cursor)).signIns, []);
      assert.equal(its.starts(), before);
      await its.log('root', '-t', 'su', sentence(its.uid()));
      const tries = its.starts();
      await its.comes(cursor, 1);
      assert.ok(its.starts() > tries);
    });

    it('vouches for what root says, and not for what su says for its user', async () => {
      const cursor = await its.here();
      await its.log('root', '-t', 'su', sentence(its.uid()));
      const root = await its.comes(cursor, 1);
      await its.signedIn('bystander', 'managed');
      const person = await its.comes(root.cursor, 1);
      assert.deepEqual([root.signIns[0]?.vouched, person.signIns[0]?.vouched], [true, false]);
    });

    it('does not believe the same words from anybody else, whatever name they give themselves', async () => {
      const cursor = await its.here();
      const speakers = ['su', 'sshd', 'login', 'su[1]'].map((name) =>
        its.speak('bystander', name, sentence(its.uid())),
      );
      await Promise.all(speakers.map(({ spoken }) => spoken));
      // They are still there when the journal looks at them.
      await its.nothingCame(cursor);
      await Promise.all(speakers.map(({ stop }) => stop()));
    });
  },
);

describeRecords(
  'the log file of rsyslog',
  ['rsyslogd'],
  undefined,
  async (sandbox) => {
    const keeper = await startLogFile(sandbox);
    await sandbox.must(['logger', '-p', 'authpriv.info', 'begin']);
    await sandbox.must(['timeout', '20', 'sh', '-c', 'until [ -s /etc/records/auth.log ]; do sleep 0.05; done']);
    const journalctl = async () => ({ kind: 'failed', problem: 'no journal' }) as const;
    return {
      keeper,
      records: machineRecords({ clock, journalctl, logs: ['/nonexistent', keeper.path], wtmp: '/nonexistent' }),
    };
  },
  (its) => {
    it('does not take a sentence within another for its own', async () => {
      const cursor = await its.here();
      const line = `2026-11-23T08:00:00+00:00 host su[7]: ${sentence(its.uid())}`;
      await its.log('bystander', '-t', 'sshd', `Invalid user\n${line}`);
      await its.log('bystander', '-t', 'bystander', line);
      await its.nothingCame(cursor);
    });

    it('cannot know who spoke: the same words under the same name count, as README.md says', async () => {
      const cursor = await its.here();
      await its.log('bystander', '-t', 'su', sentence(its.uid()));
      assert.deepEqual(
        (await its.comes(cursor, 1)).signIns.map(({ vouched }) => vouched),
        [false],
      );
    });
  },
);

describe('a machine without records', () => {
  it('says so', async () => {
    const records = machineRecords({
      clock,
      journalctl: async () => ({ kind: 'ended', status: 1, stdout: '' }),
      logs: ['/nonexistent/auth.log'],
      wtmp: '/nonexistent/wtmp',
    });
    const reading = await records.read({ account: { sid: 'S-1-1-1', name: 'x', rid: 2001 }, cursor: null, since: 0 });
    assert.equal(reading.kind, 'unreadable');
  });
});

describe('the files of the journal', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-journal-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('say nothing where there are none', async () => {
    assert.equal(journalState([join(folder, 'none'), folder]), undefined);
  });

  it('say the same until one is written to, touched, added or removed, whoever’s it is', async () => {
    const machine = join(folder, '0123456789abcdef');
    await mkdir(machine);
    const [system, user] = [join(machine, 'system.journal'), join(machine, 'user-1000.journal')];
    await writeFile(system, 'LPKSHHRH');
    let last: string | undefined;
    const change = async (act: () => Promise<unknown>) => {
      await act();
      const state = journalState([folder]);
      assert.equal(journalState([folder]), state);
      assert.notEqual(state, last, String(act));
      last = state;
    };
    await change(async () => undefined);
    await change(() => appendFile(system, '1'));
    await change(() => utimes(system, 1, 1));
    await change(() => writeFile(user, 'LPKSHHRH'));
    await change(() => utimes(user, 2, 2));
    await change(() => rm(user));
    await writeFile(join(machine, 'system.journal.tmp'), 'not of it');
    assert.equal(journalState([folder]), last);
  });
});

describe('the words of journalctl', () => {
  const entry = (changes: object): string =>
    JSON.stringify({
      __CURSOR: 's=1;i=2',
      __REALTIME_TIMESTAMP: '1795420000123456',
      _UID: '1002',
      _EXE: '/usr/bin/su',
      _CAP_EFFECTIVE: '1ffffffffff',
      SYSLOG_IDENTIFIER: 'su',
      MESSAGE: sentence(1001),
      ...changes,
    });
  const found = async (...lines: string[]) => {
    const journalctl = async (args: readonly string[]) => ({
      kind: 'ended' as const,
      status: 0,
      stdout: args.includes('--lines=1') ? '{"__CURSOR":"s=1;i=1"}\n' : `${lines.join('\n')}\n`,
    });
    return (await readJournal(journalctl, { cursor: 's=1;i=1', since: 0, isThere: true }))?.found.map(
      ({ at, vouched }) => [at, vouched],
    );
  };

  it('count when root said them, and are vouched for; or a program that runs as root for its user, and are not', async () => {
    assert.deepEqual(await found(entry({ _UID: '0', _EXE: undefined, _CAP_EFFECTIVE: undefined })), [
      [1_795_420_000_123, true],
    ]);
    // It may have spoken before it was su.
    assert.deepEqual(await found(entry({})), [[1_795_420_000_123, false]]);
    assert.deepEqual(
      await found(
        entry({
          _EXE: '/usr/bin/sudo',
          SYSLOG_IDENTIFIER: 'sudo',
          MESSAGE: 'pam_unix(sudo:session): session opened for user root(uid=0) by managed(uid=1001)',
        }),
      ),
      [[1_795_420_000_123, false]],
    );
  });

  it('count when their speaker had ended before the journal could look: it may have been a quick su, and nobody vouches for it', async () => {
    assert.deepEqual(await found(entry({ _EXE: undefined, _CAP_EFFECTIVE: undefined })), [[1_795_420_000_123, false]]);
  });

  for (const [why, changes] of [
    ['another program', { _EXE: '/usr/bin/logger' }],
    ['a namesake in a folder of somebody’s own', { _EXE: '/home/alice/su' }],
    ['a namesake without power', { _CAP_EFFECTIVE: '0' }],
    ['a message that is no text', { MESSAGE: [112, 97, 109] }],
    ['a message that was too long', { MESSAGE: null }],
    ['no time', { __REALTIME_TIMESTAMP: 'now' }],
  ] as const)
    it(`count for nothing: ${why}`, async () => assert.deepEqual(await found(entry(changes)), []));

  it('may be cut short or no JSON', async () => {
    assert.deepEqual(await found(entry({}).slice(0, 80), '[]', 'null', '', entry({})), [[1_795_420_000_123, false]]);
  });
});

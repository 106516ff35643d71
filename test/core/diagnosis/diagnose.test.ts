/** What the judgement of `laps doctor` says of a machine and of the way to the tenant. */
import assert from 'node:assert/strict';
import { type CheckName, checkNames } from '../../../agent/core/diagnosis/check.ts';
import type { DoctorFacts, NetworkFacts, Trouble } from '../../../agent/core/diagnosis/facts.ts';
import { mostSkewMs } from '../../../agent/core/diagnosis/network.ts';
import type { LapsErrorCode } from '../../../agent/core/errors.ts';
import { msPerDay } from '../../../agent/core/time.ts';
import { diagnosed, failed, failure, journal, otherMark, read, resultOf, unreadable } from '../../support/diagnosed.ts';
import { doctorNow, wellAccount, wellData, wellNetwork, wellState, wireFailure } from '../../support/doctorFacts.ts';
import { samplePending, sampleRecords } from '../../support/journalRecords.ts';

describe('diagnose', () => {
  it('looks at everything, in order, and finds nothing on a device that is well', async () => {
    const { checks, finding } = await diagnosed();
    assert.equal(finding, undefined);
    assert.deepEqual(
      checks.map(({ name, result }) => [name, result]),
      checkNames.map((name) => [name, 'ok']),
    );
  });

  it('names the first of several troubles', async () => {
    const { checks, finding } = await diagnosed({
      disk: { ...wellData, problem: 'it is read-only' },
      journal: journal({ heldSince: doctorNow, above: 2 }),
      network: { ...wellNetwork, stopped: { at: 'name', failure: wireFailure() }, token: undefined },
    });
    assert.equal(finding?.name, 'data');
    assert.equal(checks.filter(({ result }) => result === 'trouble').length, 3);
  });

  const waitingForDisk = {
    sinceAt: doctorNow,
    nextTryAt: doctorNow,
    code: 'ERR_LAPS_DISK',
    message: 'the disk is full',
    hint: 'free some space',
  } as const;
  const rows: ReadonlyArray<
    readonly [what: string, more: Partial<DoctorFacts>, check: CheckName, code: LapsErrorCode]
  > = [
    ['a disk without inodes', { disk: { ...wellData, freeInodes: 3 } }, 'data', 'ERR_LAPS_DISK'],
    ['a full disk', { disk: { ...wellData, freeBytes: 1000 } }, 'data', 'ERR_LAPS_DISK'],
    [
      'data whose version is lost',
      { disk: { ...wellData, versionProblem: 'is missing' } },
      'data',
      'ERR_LAPS_DATA_DAMAGED',
    ],
    [
      'a wrong configuration',
      { configuration: { path: 'c', troubles: [{ ...unreadable, code: 'ERR_LAPS_CONFIGURATION' }] } },
      'configuration',
      'ERR_LAPS_CONFIGURATION',
    ],
    ['a silent daemon', { daemon: { kind: 'silent', trouble: unreadable } }, 'daemon', 'ERR_LAPS_DISK'],
    ['a waiting daemon', { daemon: { kind: 'waiting', waiting: waitingForDisk } }, 'daemon', 'ERR_LAPS_DISK'],
    [
      'a waiting daemon without a word',
      { daemon: { kind: 'waiting', waiting: 'unexplained' } },
      'daemon',
      'ERR_LAPS_DAEMON_UNREACHABLE',
    ],
    [
      'held data',
      { daemon: { kind: 'absent', held: { message: 'somebody answers nobody', hint: 'end it' } } },
      'daemon',
      'ERR_LAPS_INSTANCE_RUNNING',
    ],
    ['an unreadable identity', { identity: failed }, 'identity', 'ERR_LAPS_DISK'],
    [
      'a copied identity',
      { identity: read({ kind: 'refused', problem: 'p', hint: 'h' }) },
      'identity',
      'ERR_LAPS_IDENTITY_COPIED',
    ],
    ['an unreadable account database', { account: failed }, 'account', 'ERR_LAPS_DISK'],
    [
      'an account that must not be touched',
      {
        account: read({
          account: undefined,
          bar: { code: 'ERR_LAPS_ACCOUNT_PROTECTED', problem: 'it is root', hint: 'h' },
          remarks: [],
          mark: undefined,
          obstacle: undefined,
        }),
      },
      'account',
      'ERR_LAPS_ACCOUNT_PROTECTED',
    ],
    ['an unreadable journal', { journal: failed }, 'rotation', 'ERR_LAPS_DISK'],
    ['an unreadable state', { state: failed }, 'rotation', 'ERR_LAPS_DISK'],
    [
      'a password the account refused',
      { journal: journal({ attempts: 3, lastFailure: failure('ERR_LAPS_ACCOUNT_REFUSED') }) },
      'rotation',
      'ERR_LAPS_ACCOUNT_REFUSED',
    ],
    [
      'no acceptable password',
      { journal: journal({ attempts: 1, lastFailure: failure('ERR_LAPS_NO_ACCEPTABLE_PASSWORD') }) },
      'rotation',
      'ERR_LAPS_NO_ACCEPTABLE_PASSWORD',
    ],
    [
      'a tenant that did not start',
      {
        network: {
          ...wellNetwork,
          stopped: { at: 'start', failure: wireFailure({ code: 'ERR_LAPS_PORT_TAKEN' }) },
          clocks: undefined,
          token: undefined,
        },
      },
      'connection',
      'ERR_LAPS_PORT_TAKEN',
    ],
    [
      'an administrator who was refused',
      { administrator: { kind: 'failed', trouble: { ...unreadable, code: 'ERR_LAPS_ADMIN_SIGN_IN' } } },
      'backup',
      'ERR_LAPS_ADMIN_SIGN_IN',
    ],
  ];
  for (const [what, more, check, code] of rows)
    it(`finds ${what}, and says what to do`, async () => {
      const { finding } = await diagnosed(more);
      assert.equal(finding?.name, check);
      assert.equal(finding?.trouble?.code, code);
      assert.ok(finding?.trouble?.hint);
    });

  it('tells what was not reached as that', async () => {
    const none = await diagnosed({ identity: read({ kind: 'none' }), network: undefined, administrator: undefined });
    for (const name of ['policy', 'account', 'proxy', 'connection', 'clock', 'token', 'switch', 'backup'] as const)
      assert.equal(resultOf(none, name), 'notReached', name);
  });

  it('finds a password that something else changed, but not while a rotation is open', async () => {
    const account = read({ account: wellAccount, bar: undefined, remarks: [], mark: 'another', obstacle: undefined });
    const told = await diagnosed({ account });
    assert.equal(told.finding?.name, 'account');
    assert.equal(told.finding?.trouble?.code, 'ERR_LAPS_BACKUP_MISMATCH');
    assert.equal(resultOf(await diagnosed({ account, journal: read(sampleRecords.escrowed) }), 'account'), 'ok');
  });

  it('has nothing against simulated accounts that the next start makes', async () => {
    assert.equal(resultOf(await diagnosed({ account: { kind: 'toCome' } }), 'account'), 'ok');
  });

  it('finds an account that cannot be changed, before it says that its password was', async () => {
    for (const [obstacle, code, message, hint] of [
      [{ kind: 'kept', data: '/srv/b' }, 'ERR_LAPS_ACCOUNT_BUSY', /from the data folder \/srv\/b/, /--take-over/],
      [
        { kind: 'unwritable', path: '/etc', problem: 'the file system is read-only', hint: 'mount it writable' },
        'ERR_LAPS_DISK',
        /\/etc: the file system is read-only/,
        /laps process/,
      ],
      [
        { kind: 'unsafe', problem: '/etc/laps-agent is a symbolic link', hint: 'remove it' },
        'ERR_LAPS_DATA_UNSAFE',
        /left alone: .+ symbolic link/,
        /remove it/,
      ],
      [{ kind: 'unprovable', problem: 'it does not work' }, 'ERR_LAPS_ACCOUNT_UNVERIFIED', /does not work/, /PAM/],
    ] as const) {
      const account = read({ account: wellAccount, bar: undefined, remarks: [], mark: 'another', obstacle });
      const { finding } = await diagnosed({ account });
      assert.equal(finding?.name, 'account');
      assert.equal(finding?.trouble?.code, code);
      assert.match(finding?.trouble?.message ?? '', message);
      assert.match(finding?.trouble?.hint ?? '', hint);
    }
  });

  it('names the configured tenant to a device that is not joined', async () => {
    const hint = async (tenant: string | undefined) =>
      (await diagnosed({ identity: read({ kind: 'none' }), configuration: { path: 'c', troubles: [], tenant } }))
        .finding?.trouble?.hint ?? '';
    assert.match(await hint('https://laps.example'), /^run: laps join --tenant https:\/\/laps.example --user UPN$/);
    assert.match(await hint('embedded'), /^run: laps run; /);
    assert.match(await hint(undefined), /--tenant URL .* or laps run/);
  });

  it('tells of an open rotation what becomes of it', async () => {
    const open = { journal: read(sampleRecords.escrowed) };
    const text = async (more: Partial<DoctorFacts>) =>
      (await diagnosed({ ...open, ...more })).checks.find(({ name }) => name === 'rotation')?.text ?? '';
    assert.match(await text({}), /one is open \(escrowed\); the next cycle goes on with it/);
    assert.match(await text({ openTakenBy: '/srv/b' }), /the next cycle gives it up: .* taken over .* \/srv\/b/);
  });

  it('tells of an account that is locked, expired or shell-less what to do, and calls it no cause', async () => {
    for (const [kind, says] of [
      ['locked', /locked: nobody can sign in.+usermod --unlock lapsadmin/],
      ['expired', /expired: nobody can sign in.+chage --expiredate -1 lapsadmin/],
      ['agedOut', /aged out: nobody can sign in.+laps reset/],
      ['mustChange', /asked for a new password.+laps reset/],
      ['failLocked', /wrong passwords.+faillock --user lapsadmin --reset/],
      ['firstEight', /first eight characters.+yescrypt.+laps reset/],
      ['noShell', /no shell.+usermod --shell/],
      ['shellMissing', /does not exist.+usermod --shell/],
    ] as const) {
      const account = read({
        account: wellAccount,
        bar: undefined,
        remarks: [{ kind }],
        mark: wellState.mark,
        obstacle: undefined,
      });
      const told = await diagnosed({ account });
      assert.equal(told.finding, undefined);
      assert.match(told.checks.find(({ name }) => name === 'account')?.text ?? '', says);
    }
  });

  it('tells of a daemon of another version, which is no cause of a failed backup', async () => {
    const told = await diagnosed({
      daemon: { kind: 'running', signInProblem: null, stale: 'it is old', nextCycleAt: null },
    });
    assert.equal(told.finding, undefined);
    assert.equal(told.checks.find(({ name }) => name === 'daemon')?.text, 'it runs and answers; it is old');
  });

  it('says when the daemon looks next, and finds a schedule that lets the password outlive its age', async () => {
    const at = (days: number) => ({
      kind: 'running' as const,
      signInProblem: undefined,
      stale: undefined,
      nextCycleAt: doctorNow + days * msPerDay,
    });
    const soon = await diagnosed({ daemon: at(1) });
    assert.equal(soon.finding, undefined);
    assert.equal(
      soon.checks.find(({ name }) => name === 'schedule')?.text,
      'the daemon looks by itself, next at 2026-11-23T11:06:00.000Z',
    );
    const late = await diagnosed({ daemon: at(458) });
    assert.equal(late.finding?.name, 'schedule');
    assert.match(
      late.finding?.trouble?.message ?? '',
      /lets the password outlive its age: .+ next look is at 2028-02-23/,
    );
    assert.match(late.finding?.trouble?.hint ?? '', /laps config unset schedule/);
  });

  it('lets a tenant that asked for patience hide nothing that is worse', async () => {
    const throttled = { notBefore: doctorNow + 600_000, attempts: 1 };
    const patience = failure('ERR_LAPS_TENANT_THROTTLED');
    const alone = await diagnosed({ journal: journal({ ...throttled, lastFailure: patience }) });
    assert.equal(alone.finding?.trouble?.code, 'ERR_LAPS_THROTTLED_UNTIL');

    const due = { ...wellState, AzurePasswordExpiryTime: doctorNow - 1 };
    const overdue = await diagnosed({
      journal: journal({ ...throttled, lastFailure: patience }),
      daemon: { kind: 'absent', held: undefined },
      state: read({ kind: 'state', state: due }),
    });
    assert.equal(overdue.finding?.trouble?.code, 'ERR_LAPS_THROTTLED_UNTIL', 'it is due because of that');
    assert.equal(resultOf(overdue, 'schedule'), 'trouble');

    const stopped = { at: 'certificate', failure: wireFailure({ code: 'ERR_LAPS_TENANT_UNTRUSTED' }) } as const;
    const elsewhere = await diagnosed({
      journal: journal({ ...throttled, lastFailure: patience }),
      network: { ...wellNetwork, stopped, clocks: undefined, token: undefined },
    });
    assert.equal(elsewhere.finding?.name, 'certificate');
    assert.equal(resultOf(elsewhere, 'rotation'), 'trouble', 'it is told all the same');

    const refused = await diagnosed({
      journal: journal({ ...throttled, lastFailure: failure('ERR_LAPS_ACCOUNT_REFUSED') }),
    });
    assert.equal(refused.finding?.trouble?.code, 'ERR_LAPS_ACCOUNT_REFUSED');
  });

  it('names the authority, and its file, where that is out of its dates and the certificate is not', async () => {
    const certificate = {
      subject: 'localhost',
      issuer: 'a test CA',
      names: 'localhost',
      validFrom: doctorNow - 1,
      validTo: doctorNow + 1,
    };
    const stopped = {
      at: 'certificate',
      failure: wireFailure({ code: 'ERR_LAPS_TENANT_UNTRUSTED', hresult: 0x80072f05 }),
    } as const;
    const told = async (more: Partial<NetworkFacts>) => {
      const network = { ...wellNetwork, stopped, clocks: undefined, token: undefined, certificate, ...more };
      const { finding } = await diagnosed({ network });
      return `${finding?.trouble?.message}; ${finding?.trouble?.hint}`;
    };
    const authority = { name: 'a test CA', validFrom: 0, validTo: 1, file: '/d/tenant/ca.pem', isOwn: true };
    assert.match(
      await told({ authority }),
      /authority .* is not: a test CA, in \/d\/tenant\/ca\.pem, .*start it again/,
    );
    assert.match(await told({ authority: { ...authority, isOwn: false } }), /laps process --ca-file FILE/);
    assert.match(await told({}), /an authority above it is not/);
    const ended = { ...certificate, validTo: doctorNow - 1 };
    assert.match(await told({ certificate: ended, authority }), /otherwise the certificate must be renewed/);
  });

  it('calls it patience when discovery itself is answered with that, and says until when', async () => {
    const busy = wireFailure({ code: 'ERR_LAPS_TENANT_THROTTLED', retryAt: doctorNow + 60_000 });
    const network = {
      ...wellNetwork,
      stopped: { at: 'answer', failure: busy } as const,
      clocks: undefined,
      token: undefined,
    };
    const first = await diagnosed({ network });
    assert.equal(first.finding?.name, 'discovery');
    assert.match(first.finding?.text ?? '', /patience until 20/);
    const throttled = journal({ notBefore: doctorNow + 60_000, attempts: 1, lastFailure: failure(busy.code) });
    assert.equal((await diagnosed({ network, journal: throttled })).finding?.name, 'rotation');
    const refused = journal({ attempts: 1, lastFailure: failure('ERR_LAPS_ACCOUNT_REFUSED') });
    const worse = await diagnosed({ network, journal: refused });
    assert.equal(worse.finding?.trouble?.code, 'ERR_LAPS_ACCOUNT_REFUSED');
  });

  it('says that sign-ins are missed, and calls it no cause', async () => {
    const told = await diagnosed({ signInProblem: 'there is no record' });
    assert.equal(told.finding, undefined);
    assert.match(told.checks.find(({ name }) => name === 'signIns')?.text ?? '', /are missed.+there is no record/);
  });

  it('believes the daemon of what it sees: root may read what the service may not', async () => {
    const text = async (daemon: string | null, own: string | undefined) => {
      const told = await diagnosed({
        daemon: { kind: 'running', signInProblem: daemon, stale: undefined, nextCycleAt: null },
        signInProblem: own,
      });
      return told.checks.find(({ name }) => name === 'signIns')?.text ?? '';
    };
    assert.match(await text('it may not read it', undefined), /are missed.+it may not read it/);
    assert.match(await text(null, 'there is no record'), /can be noticed/);
  });

  it('is told when real accounts would not be managed from a data folder that others can change', async () => {
    const unsafe: Trouble = {
      code: 'ERR_LAPS_DATA_UNSAFE',
      message: 'real accounts are not managed from /x: /y can be changed',
      hint: 'give it to root',
    };
    const { finding } = await diagnosed({ disk: { ...wellData, unsafe } });
    assert.deepEqual([finding?.name, finding?.trouble?.code], ['data', 'ERR_LAPS_DATA_UNSAFE']);
  });

  it('names the folder that stands where a file belongs', async () => {
    const disk = {
      ...wellData,
      misplaced: [{ code: 'ERR_LAPS_DISK', message: '/x/lock is a folder', hint: 'move the folder away' } as const],
    };
    const { finding } = await diagnosed({ disk });
    assert.deepEqual([finding?.name, finding?.trouble?.code], ['data', 'ERR_LAPS_DISK']);
    assert.match(finding?.text ?? '', /^\/x\/lock is a folder/);
    assert.match(finding?.trouble?.hint ?? '', /move the folder away/);
  });

  it('does not call a lost key a foreign change', async () => {
    const problem = 'the key /x/account-mark.key is lost';
    const { finding } = await diagnosed({ markProblem: problem, state: otherMark });
    assert.deepEqual([finding?.name, finding?.trouble?.code], ['account', 'ERR_LAPS_DATA_DAMAGED']);
    assert.equal(finding?.text, problem);
    const foreign = await diagnosed({ state: otherMark });
    assert.equal(foreign.finding?.trouble?.code, 'ERR_LAPS_BACKUP_MISMATCH');
  });

  it('tells of what is in doubt while nothing is open: its account was away, or the journal was lost', async () => {
    const facts = {
      journal: journal({ above: 1 }),
      administrator: read({ lapsEnabled: true, lastBackup: read(1) }),
    };
    const { checks } = await diagnosed(facts);
    const textOf = (name: string) => checks.find((check) => check.name === name)?.text ?? '';
    assert.match(textOf('rotation'), /^none is open; what was sent last is in doubt, so the next cycle/);
    assert.match(textOf('backup'), /^what was sent last is in doubt: the next cycle makes another$/);
  });

  it('says that a hold comes where the next cycle begins one, at rest or not', async () => {
    for (const record of [{ above: 2 }, { above: 2, state: 'prepared', pending: samplePending } as const]) {
      const { checks } = await diagnosed({ journal: journal(record) });
      assert.match(checks.find(({ name }) => name === 'rotation')?.text ?? '', /the next cycle begins a hold of a day/);
    }
  });

  it('lets a hold hide nothing that stays when it ends', async () => {
    const held = journal({ heldSince: doctorNow, above: 2 });
    assert.equal((await diagnosed({ journal: held })).finding?.trouble?.code, 'ERR_LAPS_HOLD');
    const token = { kind: 'failed', failure: wireFailure({ code: 'ERR_LAPS_DEVICE_AUTH' }) } as const;
    const disabled = await diagnosed({ journal: held, network: { ...wellNetwork, token } });
    assert.equal(disabled.finding?.trouble?.code, 'ERR_LAPS_DEVICE_AUTH');
    assert.equal(resultOf(disabled, 'rotation'), 'trouble', 'it is told all the same');
    const off = await diagnosed({ journal: held, administrator: read({ lapsEnabled: false, lastBackup: read(null) }) });
    assert.equal(off.finding?.name, 'switch');
  });

  it('takes a failure that is followed by success for history', async () => {
    for (const code of ['ERR_LAPS_ACCOUNT_REFUSED', 'ERR_LAPS_TENANT_REFUSED'] as const) {
      const { finding } = await diagnosed({ journal: journal({ attempts: 0, lastFailure: failure(code) }) });
      assert.equal(finding, undefined);
    }
  });

  it('calls a clock wrong beyond what Entra bears, in either direction', async () => {
    for (const [offMs, result] of [
      [mostSkewMs, 'ok'],
      [-mostSkewMs, 'ok'],
      [mostSkewMs + 1, 'trouble'],
      [-mostSkewMs - 1, 'trouble'],
    ] as const) {
      const clocks = { server: doctorNow, own: doctorNow + offMs };
      assert.equal(resultOf(await diagnosed({ network: { ...wellNetwork, clocks } }), 'clock'), result, String(offMs));
    }
  });

  describe('a daemon that was started with other variables', () => {
    const failing = (code: LapsErrorCode) => journal({ attempts: 1, lastFailure: failure(code) });
    const viaProxy = { ...wellNetwork, proxy: { kind: 'proxy', shown: 'proxy.corp:3128' } } as const;
    const bare = { proxy: { kind: 'none' }, sameAuthorities: true } as const;

    it('is found when it fails for want of the proxy that this shell has', async () => {
      for (const code of ['ERR_LAPS_NAME_NOT_RESOLVED', 'ERR_LAPS_NO_TENANT', 'ERR_LAPS_PROXY_REFUSED'] as const) {
        const told = await diagnosed({ journal: failing(code), network: viaProxy, surroundings: bare });
        assert.equal(told.finding?.name, 'proxy');
        assert.match(told.finding?.trouble?.message ?? '', /daemon uses no proxy .+ here the proxy proxy\.corp:3128/);
        assert.match(told.finding?.trouble?.hint ?? '', /HTTPS_PROXY/);
      }
    });

    it('is found when it fails for want of the authorities that this shell names', async () => {
      const surroundings = { ...bare, sameAuthorities: false };
      const told = await diagnosed({ journal: failing('ERR_LAPS_TENANT_UNTRUSTED'), surroundings });
      assert.equal(told.finding?.name, 'certificate');
      assert.match(told.finding?.trouble?.hint ?? '', /NODE_EXTRA_CA_CERTS/);
    });

    it('is no trouble while it does not fail that way', async () => {
      const surroundings = { ...bare, sameAuthorities: false };
      for (const more of [
        { network: viaProxy, surroundings },
        { network: viaProxy, surroundings, journal: failing('ERR_LAPS_TENANT_UNCLEAR') },
        { network: wellNetwork, surroundings: bare, journal: failing('ERR_LAPS_NO_TENANT') },
        { network: viaProxy, surroundings: undefined, journal: failing('ERR_LAPS_NO_TENANT') },
      ])
        assert.equal((await diagnosed(more)).finding, undefined);
    });
  });
});

/** `laps doctor` names the cause that holds, whatever it is, and changes nothing. */
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sinon from 'sinon';
import type { CheckName } from '../../agent/core/diagnosis/check.ts';
import { checkNames } from '../../agent/core/diagnosis/check.ts';
import { dataLayout } from '../../agent/edge/dataFolder.ts';
import { startHttpServer } from '../../agent/edge/httpServer.ts';
import { createInstanceLock } from '../../agent/edge/instanceLock.ts';
import { assertForm, at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import type { JoinedCopy } from '../support/joinedWorld.ts';
import type { HereWish } from '../support/lapsHere.ts';
import { startLaps } from '../support/lapsProcess.ts';
import { networkFaults } from '../support/networkFaults.ts';
import { createNetworkWorld, expire, type FaultInPlace, type NetworkWorld } from '../support/networkWorld.ts';
import { findSecrets } from '../support/plantedSecret.ts';
import { fingerprint } from '../support/processWorld.ts';
import { operationOf } from '../support/stubTenant.ts';

const everything = ['identity', 'keys', 'journal', 'state', 'accounts', 'logs'] as const;
const admin = ['--user', 'clouddevice@contoso.test'] as const;

describe('laps doctor', () => {
  let world: NetworkWorld;
  before(async () => {
    world = await createNetworkWorld();
  });
  after(() => world.close());
  afterEach(() => {
    world.joined.tenant.clock.offsetMs = 0;
  });

  const asAdmin = (): Partial<HereWish> => ({
    stdin: world.joined.tenant.passwordOf('clouddevice@contoso.test'),
  });
  const backups = (): number => world.door.requests.filter((request) => operationOf(request) === 'backup').length;

  interface Told {
    readonly status: number;
    readonly value: unknown;
    /** Name of the check that is the finding. */
    readonly finding: string | undefined;
    readonly code: string;
    readonly hint: string;
    readonly text: string;
    result(check: CheckName): string;
  }
  /** The command as a process, within other words. */
  async function asProcess(copy: JoinedCopy, within: readonly string[]) {
    const env = { LAPS_DATA: copy.data, LAPS_POLICIES: copy.policies };
    const { status, stdout } = await startLaps(['doctor', '--json'], { cwd: copy.data, env, within }).ended;
    return { status: status ?? -1, value: JSON.parse(stdout) as unknown };
  }

  /** Runs it and holds what every run must hold. */
  async function doctor(
    copy: JoinedCopy,
    words: readonly string[] = [],
    wish: Partial<HereWish> & { readonly within?: readonly string[] } = {},
  ): Promise<Told> {
    const before = fingerprint(copy.data, everything);
    const sent = backups();
    const { status, value } = await (wish.within === undefined
      ? copy.json(['doctor', ...words], wish)
      : asProcess(copy, wish.within));
    assertForm('doctor', value);
    assert.equal(fingerprint(copy.data, everything), before, 'nothing is changed');
    assert.equal(backups(), sent, 'no backup is asked for');
    const checks = at(value, 'checks');
    assert.ok(Array.isArray(checks));
    assert.deepEqual(
      checks.map((check) => at(check, 'check')),
      checkNames,
    );
    const finding = at(value, 'finding', 'check');
    assert.equal(status, finding === undefined ? 0 : 1);
    assert.equal(at(value, 'healthy'), finding === undefined);
    assert.equal(at(value, 'error', 'code'), at(value, 'finding', 'code'));
    return {
      status,
      value,
      finding: finding === undefined ? undefined : String(finding),
      code: String(at(value, 'finding', 'code')),
      hint: String(at(value, 'finding', 'hint')),
      text: String(at(value, 'finding', 'text')),
      result: (name) => String(at(value, 'checks', checkNames.indexOf(name), 'result')),
    };
  }
  function expectFinding(told: Told, check: CheckName, code: string, hint: RegExp): void {
    assert.equal(told.finding, check, JSON.stringify(told.value));
    assert.equal(told.code, code);
    assert.match(told.hint, hint);
  }

  describe('on a device that is well', () => {
    it('finds nothing, and says what only an administrator sees', async () => {
      const told = await doctor(world.joined.copy());
      assert.equal(told.finding, undefined, JSON.stringify(told.value));
      for (const name of checkNames)
        assert.equal(told.result(name), name === 'switch' || name === 'backup' ? 'notReached' : 'ok', name);
    });

    it('sees those two as well with an administrator, whose password is nowhere in what it says', async () => {
      const copy = world.joined.copy();
      const told = await doctor(copy, admin, asAdmin());
      for (const name of checkNames) assert.equal(told.result(name), 'ok', JSON.stringify(told.value));
      const { stdout, stderr } = await copy.run(['doctor', ...admin], asAdmin());
      assert.deepEqual(findSecrets({ stdout, stderr }, [asAdmin().stdin ?? '']), []);
    });

    it('says it in lines: one a check, then the verdict', async () => {
      const { status, stdout, stderr } = await world.joined.copy().run(['doctor']);
      assert.equal(status, 0);
      assert.equal(stderr, '');
      const starts = stdout.match(/^(ok|trouble|not reached)\s/gm) ?? [];
      assert.equal(starts.length, checkNames.length);
      assert.match(stdout, /\n\nnothing stands in the way of a backup\n$/);
    });
  });

  describe('could not look', () => {
    it('where there is no data', async () => {
      expectError(await world.joined.nothing().run(['doctor']), 'ERR_LAPS_NOT_JOINED');
    });
    it('where the words are not understood', async () => {
      assert.equal((await world.joined.copy().run(['doctor', '--nonsense'])).status, 2);
    });
  });

  describe('on the machine', () => {
    it('finds a command or daemon that holds the data and answers nobody', async () => {
      const copy = world.joined.copy();
      const held = await createInstanceLock({ path: dataLayout(copy.data).lockFile }).acquire({ waitMs: 0 });
      try {
        const told = await doctor(copy);
        if (process.platform === 'linux') expectFinding(told, 'daemon', 'ERR_LAPS_INSTANCE_RUNNING', /laps run/);
      } finally {
        held.release();
      }
    });

    it('finds a daemon that does not answer as one', async () => {
      const copy = world.joined.copy();
      const { socket } = dataLayout(copy.data);
      const strange = await startHttpServer({
        listen: { kind: 'socket', path: socket },
        handler: async () => ({ status: 200, headers: {}, body: 'what?' }),
        maxBodyBytes: 4096,
      });
      try {
        expectFinding(await doctor(copy), 'daemon', 'ERR_LAPS_DAEMON_UNREACHABLE', /laps status/);
      } finally {
        await strange.close();
      }
    });

    it('finds a device that is not joined', async () => {
      const copy = world.joined.copy();
      rmSync(join(copy.data, 'identity', 'identity.json'));
      const told = await doctor(copy);
      expectFinding(told, 'identity', 'ERR_LAPS_NOT_JOINED', /laps join/);
      assert.equal(told.result('connection'), 'notReached');
    });

    it('finds an identity that was copied', async () => {
      const copy = world.joined.copy();
      copy.changeIdentity({ machineId: '00000000-0000-4000-8000-000000000000' });
      const asked = world.door.requests.length;
      expectFinding(await doctor(copy), 'identity', 'ERR_LAPS_IDENTITY_COPIED', /laps leave|laps join/);
      assert.equal(world.door.requests.length, asked, 'nothing is asked with it');
    });

    it('finds an identity that is damaged', async () => {
      const copy = world.joined.copy();
      copy.changeIdentity({ privateKeyPem: 'none' });
      expectFinding(await doctor(copy), 'identity', 'ERR_LAPS_DATA_DAMAGED', /laps repair/);
    });

    it('finds a policy that cannot be read, with its place', async () => {
      const copy = world.joined.copy();
      copy.writePolicy('csp.json', '{\n  "BackupDirectory": }');
      const told = await doctor(copy);
      expectFinding(told, 'policy', 'ERR_LAPS_POLICY_UNREADABLE', /./);
      assert.match(told.text, /csp\.json:2:/);
    });

    it('finds a policy that asks for nothing', async () => {
      const copy = world.joined.copy();
      copy.writePolicy('csp.json', '{ "BackupDirectory": 0 }');
      expectFinding(await doctor(copy), 'policy', 'ERR_LAPS_NOT_MANAGED', /laps explain/);
    });

    it('finds an account that is missing', async () => {
      const copy = world.joined.copy();
      copy.writePolicy('csp.json', '{ "BackupDirectory": 1, "AdministratorAccountName": "nobody-here" }');
      const told = await doctor(copy);
      expectFinding(told, 'account', 'ERR_LAPS_ACCOUNT_MISSING', /AdministratorAccountName/);
      assert.match(told.text, /nobody-here/);
    });

    it('finds a password that something else changed, and what it advises helps', async () => {
      const copy = world.joined.copy();
      // Another rotation's account file: what a data folder that was put back in part looks like.
      const later = world.joined.copy();
      assert.equal((await later.run(['reset'])).status, 0);
      cpSync(dataLayout(later.data).accounts, dataLayout(copy.data).accounts, { recursive: true });
      expectFinding(await doctor(copy), 'account', 'ERR_LAPS_BACKUP_MISMATCH', /laps reset/);
      assert.equal((await copy.run(['reset'])).status, 0);
      assert.equal((await doctor(copy)).finding, undefined);
    });

    it('finds a journal that is damaged or missing, and a state that is damaged', async () => {
      for (const [spoil, says] of [
        [(data: string) => writeFileSync(dataLayout(data).journalFile, 'x'), /journal is damaged/],
        [(data: string) => rmSync(dataLayout(data).journalFile), /journal is missing/],
        [(data: string) => writeFileSync(join(data, 'state', 'state.json'), '{'), /state is damaged/],
      ] as const) {
        const copy = world.joined.copy();
        spoil(copy.data);
        const told = await doctor(copy);
        expectFinding(told, 'rotation', 'ERR_LAPS_DATA_DAMAGED', /laps process/);
        assert.match(told.text, says);
      }
    });

    it('finds a hold', async () => {
      const copy = world.joined.copy();
      expire(copy.data);
      const stop = world.spoil('backup', () => ({ status: 502, body: 'gateway' }));
      for (let send = 0; send < 3; send += 1) await copy.run(['process']);
      stop();
      expectFinding(await doctor(copy), 'rotation', 'ERR_LAPS_HOLD', /--accept-risk/);
    });

    it('finds that the tenant asked for patience', async () => {
      const copy = world.joined.copy();
      expire(copy.data);
      const stop = world.spoil('discovery', () => ({ status: 429, headers: { 'retry-after': '600' } }));
      await copy.run(['process']);
      stop();
      expectFinding(await doctor(copy), 'rotation', 'ERR_LAPS_THROTTLED_UNTIL', /after that moment/);
    });

    it('finds a password that is due while nobody is there to rotate it', async () => {
      const copy = world.joined.copy();
      expire(copy.data);
      expectFinding(await doctor(copy), 'schedule', 'ERR_LAPS_DAEMON_UNREACHABLE', /laps run/);
    });

    it('takes an old failure whose cause is gone for what it is', async () => {
      const copy = world.joined.copy();
      world.door.show('expired');
      assert.equal((await copy.run(['reset'])).status, 3);
      world.door.show('good');
      const told = await doctor(copy);
      assert.equal(told.finding, undefined, JSON.stringify(told.value));
      assert.match(JSON.stringify(told.value), /the last attempt, at .+ expired/);
    });
  });

  describe('on the way to the tenant', () => {
    const checkOf: Readonly<Record<string, CheckName>> = {
      ERR_LAPS_NAME_NOT_RESOLVED: 'name',
      ERR_LAPS_NO_TENANT: 'connection',
      ERR_LAPS_TENANT_UNTRUSTED: 'certificate',
      ERR_LAPS_DISCOVERY_FAILED: 'discovery',
      ERR_LAPS_TENANT_NOT_PINNED: 'discovery',
      ERR_LAPS_PROXY_REFUSED: 'proxy',
      ERR_LAPS_DEVICE_AUTH: 'token',
    };
    // One of each kind: what tells the others apart is judged by what answers the requests, and tested there.
    const onTheWay = networkFaults.filter((fault) => checkOf[fault.code] !== undefined && fault.besideAnother !== true);

    async function during(copy: JoinedCopy, env: Record<string, string>, fault: FaultInPlace): Promise<Told> {
      const within = fault.within === undefined ? {} : { within: fault.within };
      const wish = { env: { ...env, ...fault.env }, ...within };
      if (fault.reached === undefined) return doctor(copy, [], wish);
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
      try {
        const running = doctor(copy, [], wish);
        await Promise.race([fault.reached, running]);
        clock.tick(9_500);
        for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        clock.tick(500);
        return await running;
      } finally {
        clock.restore();
      }
    }

    for (const fault of onTheWay)
      it(`finds that ${fault.name}`, async function () {
        const missing = fault.unavailable?.();
        if (missing !== undefined) {
          console.log(`      skipped: ${missing}`);
          this.skip();
        }
        const copy = world.joined.copy();
        const tenant = fault.way === 'proxied' ? 'https://tenant.test' : world.door.origin;
        copy.changeIdentity({ tenant, pinnedOrigins: [tenant] });
        const inPlace = await fault.begin(world);
        let told: Told;
        try {
          const env: Record<string, string> = fault.way === 'proxied' ? { HTTPS_PROXY: world.proxyUrl } : {};
          told = await during(copy, env, inPlace);
        } finally {
          await inPlace.end();
        }
        const check = checkOf[fault.code] ?? 'data';
        expectFinding(told, check, fault.code, /./);
        const path = ['proxy', 'name', 'connection', 'certificate', 'discovery', 'token'] as const;
        for (const [index, name] of path.entries()) {
          const own = path.findIndex((each) => check.startsWith(each));
          assert.equal(told.result(name), index < own ? 'ok' : index === own ? 'trouble' : 'notReached', name);
        }
      });

    it('finds a daemon that was started without the proxy that this shell has', async function () {
      if (process.platform !== 'linux') {
        console.log('      skipped: only Linux shows what a process was started with');
        this.skip();
      }
      const copy = world.joined.copy();
      expire(copy.data);
      copy.changeIdentity({ tenant: 'https://tenant.test', pinnedOrigins: ['https://tenant.test'] });
      const env = { LAPS_DATA: copy.data, LAPS_POLICIES: copy.policies };
      const daemon = startLaps(['run', '--tenant', 'https://tenant.test'], { cwd: copy.data, env });
      try {
        await daemon.says(/\n10005 /);
        const told = await doctor(copy, [], { env: { HTTPS_PROXY: world.proxyUrl } });
        expectFinding(told, 'proxy', 'ERR_LAPS_NAME_NOT_RESOLVED', /Environment=.+HTTPS_PROXY/);
        assert.match(told.text, /the daemon uses no proxy/);
        assert.equal(told.result('token'), 'ok');
      } finally {
        await daemon.stop('SIGTERM');
      }
    });

    it('shows whose certificate stands in the way, for whom it is and until when', async () => {
      world.door.show('foreign');
      const { text, hint } = await doctor(world.joined.copy()).finally(() => world.door.show('good'));
      assert.match(text, /it is for localhost, tenant\.test.+issued by Somebody else, valid from \d{4}-/);
      assert.match(hint, /NODE_EXTRA_CA_CERTS.+do not trust it/);
    });

    it('shows it behind a proxy as well', async () => {
      const copy = world.joined.copy();
      copy.changeIdentity({ tenant: 'https://tenant.test', pinnedOrigins: ['https://tenant.test'] });
      world.door.show('foreign');
      const wish = { env: { HTTPS_PROXY: world.proxyUrl } };
      const { text } = await doctor(copy, [], wish).finally(() => world.door.show('good'));
      assert.match(text, /issued by Somebody else/);
    });

    it('asks whose clock is wrong when a certificate is not valid now', async () => {
      for (const kind of ['expired', 'notYetValid'] as const) {
        world.door.show(kind);
        const told = await doctor(world.joined.copy()).finally(() => world.door.show('good'));
        expectFinding(told, 'certificate', 'ERR_LAPS_TENANT_UNTRUSTED', /this machine's clock says \d{4}-/);
      }
    });

    it('knows a captive portal by its page', async () => {
      const stop = world.spoil(undefined, () => ({
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html>sign in',
      }));
      const told = await doctor(world.joined.copy()).finally(stop);
      expectFinding(told, 'discovery', 'ERR_LAPS_DISCOVERY_FAILED', /captive portal/);
    });

    it('says what a proxy wants', async () => {
      for (const [status, hint] of [
        [407, /user:password@/],
        [403, /let this host through/],
      ] as const) {
        const fault = networkFaults.find(({ name }) => name === `the proxy refuses (${status})`);
        assert.ok(fault !== undefined);
        const copy = world.joined.copy();
        copy.changeIdentity({ tenant: 'https://tenant.test', pinnedOrigins: ['https://tenant.test'] });
        const inPlace = await fault.begin(world);
        const told = await during(copy, {}, inPlace);
        await inPlace.end();
        expectFinding(told, 'proxy', 'ERR_LAPS_PROXY_REFUSED', hint);
      }
    });

    for (const [aheadMs, says] of [
      [3_600_000, /60 minutes behind the tenant's/],
      [-3_600_000, /60 minutes ahead of the tenant's/],
    ] as const)
      it(`finds a clock that is wrong: ${says.source}`, async () => {
        world.joined.tenant.clock.offsetMs = aheadMs;
        const told = await doctor(world.joined.copy());
        expectFinding(told, 'clock', 'ERR_LAPS_CLOCK_WRONG', /time service/);
        assert.match(told.text, says);
      });
  });

  describe('in the tenant', () => {
    it('finds a device that was disabled', async () => {
      const { deviceId, tenant } = world.joined;
      await tenant.admin('PATCH', `/devices/${deviceId}`, { accountEnabled: false });
      try {
        const told = await doctor(world.joined.copy());
        expectFinding(told, 'token', 'ERR_LAPS_DEVICE_AUTH', /enables the device/);
        assert.match(told.text, /AADSTS135011/);
      } finally {
        await tenant.admin('PATCH', `/devices/${deviceId}`, { accountEnabled: true });
      }
    });

    it('finds LAPS switched off: at once with an administrator, after a refusal without one', async () => {
      const { tenant } = world.joined;
      const copy = world.joined.copy();
      expire(copy.data);
      await tenant.lapsSwitch(false);
      try {
        const seen = await doctor(copy, admin, asAdmin());
        expectFinding(seen, 'switch', 'ERR_LAPS_TENANT_REFUSED', /switches it on/);
        assert.equal((await doctor(copy)).result('switch'), 'notReached');
        assert.equal((await copy.run(['process'])).status, 1);
        const told = await doctor(copy);
        expectFinding(told, 'switch', 'ERR_LAPS_TENANT_REFUSED', /switches it on/);
        assert.match(told.text, /the last backup, at .+ was refused/);
      } finally {
        await tenant.lapsSwitch(true);
      }
      // Switched on since: an administrator sees that this is history.
      assert.equal((await doctor(copy, admin, asAdmin())).result('switch'), 'ok');
    });

    it('finds a machine that was put back to an earlier state', async () => {
      const earlier = world.joined.copy();
      const later = world.joined.copy();
      // What it remembers is an hour older than the rotation that its later self made.
      expire(earlier.data, 3_600_000);
      assert.equal((await later.run(['reset'])).status, 0);
      const told = await doctor(earlier, admin, asAdmin());
      expectFinding(told, 'backup', 'ERR_LAPS_BACKUP_MISMATCH', /--include-history.+laps reset/);
      assert.match(told.text, /the machine or its data was put back/);
      assert.equal((await doctor(earlier)).finding, undefined, 'by itself it cannot know');
      // What it advises helps.
      assert.equal((await earlier.run(['reset'])).status, 0);
      assert.equal((await doctor(earlier, admin, asAdmin())).finding, undefined);
    });

    it('finds a tenant that was put back to an earlier state, or keeps nothing', async () => {
      const copy = world.joined.copy();
      assert.equal((await copy.run(['reset'])).status, 0);
      const back = world.spoil('graph', async (_, pass) => {
        const answer = await pass();
        if ('raw' in answer) return answer;
        const body = String(answer.body).replace(
          /"lastBackupDateTime":"[^"]+"/,
          '"lastBackupDateTime":"2026-01-05T10:20:30Z"',
        );
        return { ...answer, body };
      });
      const older = await doctor(copy, admin, asAdmin()).finally(back);
      expectFinding(older, 'backup', 'ERR_LAPS_BACKUP_MISMATCH', /laps reset/);
      assert.match(older.text, /the tenant was put back/);

      const stop = world.spoil('graph', async ({ path }, pass) =>
        path.includes('deviceLocalCredentials')
          ? { status: 404, body: { error: { code: 'ResourceNotFound', message: 'none' } } }
          : pass(),
      );
      const none = await doctor(copy, admin, asAdmin()).finally(stop);
      expectFinding(none, 'backup', 'ERR_LAPS_BACKUP_MISMATCH', /laps reset/);
      assert.match(none.text, /keeps no password/);
    });

    it('says when an administrator may not look, or is refused', async () => {
      const copy = world.joined.copy();
      expectFinding(
        await doctor(copy, admin, { stdin: 'wrong' }),
        'backup',
        'ERR_LAPS_ADMIN_SIGN_IN',
        /user name and the password/,
      );
      const told = await doctor(copy, ['--user', 'alice@contoso.test'], {
        stdin: world.joined.tenant.passwordOf('alice@contoso.test'),
      });
      expectFinding(told, 'backup', 'ERR_LAPS_ACCESS_DENIED', /role/);
      const reader = await doctor(copy, ['--user', 'helpdesk@contoso.test'], {
        stdin: world.joined.tenant.passwordOf('helpdesk@contoso.test'),
      });
      assert.ok(reader.result('backup') !== 'notReached');
    });

    it('finds a device that was deleted', async () => {
      const copy = world.joined.copy();
      await world.joined.tenant.admin('DELETE', `/devices/${world.joined.deviceId}`);
      const told = await doctor(copy, admin, asAdmin());
      expectFinding(told, 'token', 'ERR_LAPS_DEVICE_AUTH', /laps leave, then laps join/);
    });
  });
});

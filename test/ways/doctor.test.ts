/** `laps doctor` names the cause that holds, whatever it is, and changes nothing. On the way to the tenant: one cause of each layer. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkNames } from '../../agent/core/diagnosis/check.ts';
import { dataLayout } from '../../agent/edge/dataFolder.ts';
import { startHttpServer } from '../../agent/edge/httpServer.ts';
import { createInstanceLock } from '../../agent/edge/instanceLock.ts';
import { at } from '../support/contractForms.ts';
import { admin, type DoctorRuns, doctorRuns, expectFinding } from '../support/doctorRuns.ts';
import { expectError } from '../support/expectError.ts';
import { createNetworkWorld, expire, type NetworkWorld } from '../support/networkWorld.ts';
import { findSecrets } from '../support/plantedSecret.ts';

describe('laps doctor', () => {
  let world: NetworkWorld;
  let runs: DoctorRuns;
  before(async () => {
    world = await createNetworkWorld();
    runs = doctorRuns(world);
  });
  after(() => world.close());
  afterEach(() => {
    world.joined.tenant.clock.offsetMs = 0;
  });

  describe('on a device that is well', () => {
    it('finds nothing, and says what only an administrator sees', async () => {
      const told = await runs.doctor(world.joined.copy());
      assert.equal(told.finding, undefined, JSON.stringify(told.value));
      for (const name of checkNames)
        assert.equal(told.result(name), name === 'switch' || name === 'backup' ? 'notReached' : 'ok', name);
    });

    it('sees those two as well with an administrator, whose password is nowhere in what it says', async () => {
      const copy = world.joined.copy();
      const told = await runs.doctor(copy, admin, runs.asAdmin());
      for (const name of checkNames) assert.equal(told.result(name), 'ok', JSON.stringify(told.value));
      const { stdout, stderr } = await copy.run(['doctor', ...admin], runs.asAdmin());
      assert.deepEqual(findSecrets({ stdout, stderr }, [runs.asAdmin().stdin ?? '']), []);
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
    it('lists a wrong configuration, of the file or of the environment, as a trouble and goes on', async () => {
      const copy = world.joined.copy();
      writeFileSync(join(copy.data, 'state', 'configuration.json'), '{ "schedule": 5 }');
      const told = await runs.doctor(copy);
      expectFinding(told, 'configuration', 'ERR_LAPS_CONFIGURATION', /./);
      assert.match(told.text, /configuration\.json.+schedule/);
      for (const name of ['identity', 'policy', 'account', 'rotation', 'certificate', 'token'] as const)
        assert.equal(told.result(name), 'ok', name);
      const other = await runs.doctor(world.joined.copy(), [], { env: { LAPS_ACCOUNTS: 'nonsense' } });
      expectFinding(other, 'configuration', 'ERR_LAPS_CONFIGURATION', /./);
      assert.match(other.text, /LAPS_ACCOUNTS/);
      assert.equal(other.result('token'), 'ok');
    });

    it('only looks: what is open to others, or missing, stays so and is told', async () => {
      const copy = world.joined.copy();
      const identity = join(copy.data, 'identity', 'identity.json');
      chmodSync(copy.data, 0o755);
      chmodSync(identity, 0o644);
      rmSync(join(copy.data, 'run'), { recursive: true });
      const modes = () => [copy.data, identity].map((path) => (statSync(path).mode & 0o777).toString(8));
      const told = await runs.doctor(copy);
      assert.deepEqual(modes(), ['755', '644']);
      assert.equal(existsSync(join(copy.data, 'run')), false);
      assert.equal(told.finding, undefined, JSON.stringify(told.value));
      assert.match(JSON.stringify(at(told.value, 'checks', 0)), /open to other users/);
    });

    it('finds a command or daemon that holds the data and answers nobody', async () => {
      const copy = world.joined.copy();
      const held = await createInstanceLock({ path: dataLayout(copy.data).lockFile }).acquire({ waitMs: 0 });
      try {
        const told = await runs.doctor(copy);
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
        expectFinding(await runs.doctor(copy), 'daemon', 'ERR_LAPS_DAEMON_UNREACHABLE', /start the daemon again/);
      } finally {
        await strange.close();
      }
    });

    it('finds a device that is not joined', async () => {
      const copy = world.joined.copy();
      rmSync(join(copy.data, 'identity', 'identity.json'));
      const told = await runs.doctor(copy);
      expectFinding(told, 'identity', 'ERR_LAPS_NOT_JOINED', /laps join/);
      assert.equal(told.result('connection'), 'notReached');
    });

    it('finds an identity that was copied', async () => {
      const copy = world.joined.copy();
      copy.changeIdentity({ machineId: '00000000-0000-4000-8000-000000000000' });
      const asked = world.door.requests.length;
      expectFinding(await runs.doctor(copy), 'identity', 'ERR_LAPS_IDENTITY_COPIED', /laps leave|laps join/);
      assert.equal(world.door.requests.length, asked, 'nothing is asked with it');
    });

    it('finds an identity that is damaged', async () => {
      const copy = world.joined.copy();
      copy.changeIdentity({ privateKeyPem: 'none' });
      expectFinding(await runs.doctor(copy), 'identity', 'ERR_LAPS_DATA_DAMAGED', /laps repair/);
    });

    it('finds a policy that cannot be read, with its place', async () => {
      const copy = world.joined.copy();
      copy.writePolicy('csp.json', '{\n  "BackupDirectory": }');
      const told = await runs.doctor(copy);
      expectFinding(told, 'policy', 'ERR_LAPS_POLICY_UNREADABLE', /./);
      assert.match(told.text, /csp\.json:2:/);
    });

    it('finds a policy that asks for what is not done here', async () => {
      const copy = world.joined.copy();
      copy.writePolicy('csp.json', '{ "BackupDirectory": 2 }');
      expectFinding(await runs.doctor(copy), 'policy', 'ERR_LAPS_NOT_MANAGED', /laps explain/);
    });

    it('finds an account that is missing', async () => {
      const copy = world.joined.copy();
      copy.writePolicy('csp.json', '{ "BackupDirectory": 1, "AdministratorAccountName": "nobody-here" }');
      const told = await runs.doctor(copy);
      expectFinding(told, 'account', 'ERR_LAPS_ACCOUNT_MISSING', /AdministratorAccountName/);
      assert.match(told.text, /nobody-here/);
    });

    it('finds a password that something else changed, and what it advises helps', async () => {
      const copy = world.joined.copy();
      // Another rotation's account file: what a data folder that was put back in part looks like.
      const later = world.joined.copy();
      assert.equal((await later.run(['reset'])).status, 0);
      cpSync(dataLayout(later.data).accounts, dataLayout(copy.data).accounts, { recursive: true });
      expectFinding(await runs.doctor(copy), 'account', 'ERR_LAPS_BACKUP_MISMATCH', /laps reset/);
      assert.equal((await copy.run(['reset'])).status, 0);
      assert.equal((await runs.doctor(copy)).finding, undefined);
    });

    it('finds a journal that is damaged or missing, and a state that is damaged', async () => {
      for (const [spoil, says] of [
        [(data: string) => writeFileSync(dataLayout(data).journalFile, 'x'), /journal is damaged/],
        [(data: string) => rmSync(dataLayout(data).journalFile), /journal is missing/],
        [(data: string) => writeFileSync(join(data, 'state', 'state.json'), '{'), /state is damaged/],
      ] as const) {
        const copy = world.joined.copy();
        spoil(copy.data);
        const told = await runs.doctor(copy);
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
      expectFinding(await runs.doctor(copy), 'rotation', 'ERR_LAPS_HOLD', /--accept-risk/);
    });

    it('finds that the tenant asked for patience', async () => {
      const copy = world.joined.copy();
      expire(copy.data);
      const stop = world.spoil('discovery', () => ({ status: 429, headers: { 'retry-after': '600' } }));
      await copy.run(['process']);
      stop();
      expectFinding(await runs.doctor(copy), 'rotation', 'ERR_LAPS_THROTTLED_UNTIL', /after that moment/);
    });

    it('finds a password that is due while nobody is there to rotate it', async () => {
      const copy = world.joined.copy();
      expire(copy.data);
      expectFinding(await runs.doctor(copy), 'schedule', 'ERR_LAPS_DAEMON_UNREACHABLE', /laps run/);
    });

    it('takes an old failure whose cause is gone for what it is', async () => {
      const copy = world.joined.copy();
      world.door.show('expired');
      assert.equal((await copy.run(['reset'])).status, 3);
      world.door.show('good');
      const told = await runs.doctor(copy);
      assert.equal(told.finding, undefined, JSON.stringify(told.value));
      assert.match(JSON.stringify(told.value), /the last attempt, at .+ expired/);
    });
  });

  // Every fault of the network: doctorNetwork.long.ts.
  describe('on the way to the tenant', () => {
    it('shows whose certificate stands in the way, for whom it is and until when', async () => {
      world.door.show('foreign');
      const { text, hint } = await runs.doctor(world.joined.copy()).finally(() => world.door.show('good'));
      assert.match(text, /it is for localhost, tenant\.test.+issued by Somebody else, valid from \d{4}-/);
      assert.match(hint, /NODE_EXTRA_CA_CERTS.+do not trust it/);
    });

    it('knows a captive portal by its page', async () => {
      const stop = world.spoil(undefined, () => ({
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html>sign in',
      }));
      const told = await runs.doctor(world.joined.copy()).finally(stop);
      expectFinding(told, 'discovery', 'ERR_LAPS_DISCOVERY_FAILED', /captive portal/);
    });

    for (const [aheadMs, says] of [
      [3_600_000, /60 minutes behind the tenant's/],
      [-3_600_000, /60 minutes ahead of the tenant's/],
    ] as const)
      it(`finds a clock that is wrong: ${says.source}`, async () => {
        world.joined.tenant.clock.offsetMs = aheadMs;
        const told = await runs.doctor(world.joined.copy());
        expectFinding(told, 'clock', 'ERR_LAPS_CLOCK_WRONG', /time service/);
        assert.match(told.text, says);
      });
  });

  // What an administrator sees: doctorTenant.long.ts.
  describe('in the tenant', () => {
    it('finds a device that was disabled', async () => {
      const { deviceId, tenant } = world.joined;
      await tenant.admin('PATCH', `/devices/${deviceId}`, { accountEnabled: false });
      try {
        const told = await runs.doctor(world.joined.copy());
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
        const seen = await runs.doctor(copy, admin, runs.asAdmin());
        expectFinding(seen, 'switch', 'ERR_LAPS_TENANT_REFUSED', /switches it on/);
        assert.equal((await runs.doctor(copy)).result('switch'), 'notReached');
        assert.equal((await copy.run(['process'])).status, 1);
        const told = await runs.doctor(copy);
        expectFinding(told, 'switch', 'ERR_LAPS_TENANT_REFUSED', /switches it on/);
        assert.match(told.text, /the last backup, at .+ was refused/);
      } finally {
        await tenant.lapsSwitch(true);
      }
      // Switched on since: an administrator sees that this is history.
      assert.equal((await runs.doctor(copy, admin, runs.asAdmin())).result('switch'), 'ok');
    });

    it('knows the newest backup again after the clocks were set right, and a reset gives it the right date', async () => {
      const { deviceId, tenant } = world.joined;
      const copy = world.joined.copy();
      tenant.clock.offsetMs = 3_600_000;
      assert.equal((await copy.run(['reset'])).status, 0);
      const [ahead] = await tenant.recover(deviceId);
      tenant.clock.offsetMs = 0;
      assert.equal((await runs.doctor(copy, admin, runs.asAdmin())).result('backup'), 'ok');
      assert.equal((await copy.run(['reset'])).status, 0);
      assert.equal((await runs.doctor(copy, admin, runs.asAdmin())).result('backup'), 'ok');
      const words = ['recover', deviceId, '--as-plain-text', ...admin];
      const { value } = await copy.json(words, runs.asAdmin());
      const [newest, second] = await tenant.recover(deviceId);
      assert.deepEqual([at(value, 0, 'Password'), second], [newest?.password, ahead]);
      assert.ok(Date.parse(newest?.backupDateTime ?? '') < Date.parse(ahead?.backupDateTime ?? ''));
      assert.equal((await copy.run(['signin'], { stdin: String(at(value, 0, 'Password')) })).status, 0);
    });
  });
});

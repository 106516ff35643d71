/** `laps doctor` on the way to the tenant: every kind of fault of the network is found where it is. */
import assert from 'node:assert/strict';
import type { CheckName } from '../../agent/core/diagnosis/check.ts';
import { type DoctorRuns, doctorRuns, expectFinding, type Told } from '../support/doctorRuns.ts';
import { startLaps } from '../support/lapsProcess.ts';
import { networkFaults } from '../support/networkFaults.ts';
import { createNetworkWorld, expire, type NetworkWorld } from '../support/networkWorld.ts';

describe('laps doctor on the way to the tenant', () => {
  let world: NetworkWorld;
  let runs: DoctorRuns;
  before(async () => {
    world = await createNetworkWorld();
    runs = doctorRuns(world);
  });
  after(() => world.close());

  const checkOf: Readonly<Record<string, CheckName>> = {
    ERR_LAPS_NAME_NOT_RESOLVED: 'name',
    ERR_LAPS_NO_TENANT: 'connection',
    ERR_LAPS_TENANT_UNTRUSTED: 'certificate',
    ERR_LAPS_DISCOVERY_FAILED: 'discovery',
    ERR_LAPS_TENANT_NOT_PINNED: 'discovery',
    ERR_LAPS_PROXY_REFUSED: 'proxy',
    ERR_LAPS_DEVICE_AUTH: 'token',
  };
  const checkFor = ({ code, events }: (typeof networkFaults)[number]): CheckName | undefined => {
    if (code !== 'ERR_LAPS_TENANT_THROTTLED') return checkOf[code];
    if (events.includes(10026)) return 'token';
    return events.includes(10025) ? 'discovery' : undefined;
  };
  // One of each kind: what tells the others apart is judged by what answers the requests, and tested there.
  const onTheWay = networkFaults.filter((fault) => checkFor(fault) !== undefined && fault.besideAnother !== true);

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
        told = await runs.during(copy, env, inPlace);
      } finally {
        await inPlace.end();
      }
      const check = checkFor(fault) ?? 'data';
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
      const told = await runs.doctor(copy, [], { env: { HTTPS_PROXY: world.proxyUrl } });
      expectFinding(told, 'proxy', 'ERR_LAPS_NAME_NOT_RESOLVED', /Environment=.+HTTPS_PROXY/);
      assert.match(told.text, /the daemon uses no proxy/);
      assert.equal(told.result('token'), 'ok');
    } finally {
      await daemon.stop('SIGTERM');
    }
  });

  it('shows it behind a proxy as well', async () => {
    const copy = world.joined.copy();
    copy.changeIdentity({ tenant: 'https://tenant.test', pinnedOrigins: ['https://tenant.test'] });
    world.door.show('foreign');
    const wish = { env: { HTTPS_PROXY: world.proxyUrl } };
    const { text } = await runs.doctor(copy, [], wish).finally(() => world.door.show('good'));
    assert.match(text, /issued by Somebody else/);
  });

  it('asks whose clock is wrong when a certificate is not valid now', async () => {
    for (const kind of ['expired', 'notYetValid'] as const) {
      world.door.show(kind);
      const told = await runs.doctor(world.joined.copy()).finally(() => world.door.show('good'));
      expectFinding(told, 'certificate', 'ERR_LAPS_TENANT_UNTRUSTED', /this machine's clock says \d{4}-/);
    }
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
      const told = await runs.during(copy, {}, inPlace);
      await inPlace.end();
      expectFinding(told, 'proxy', 'ERR_LAPS_PROXY_REFUSED', hint);
    }
  });
});

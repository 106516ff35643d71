/** A private authority that is renewed or exchanged: which is trusted when, what of it is shown, and what a start takes up. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import type { JoinedCopy } from '../support/joinedWorld.ts';
import { startLaps } from '../support/lapsProcess.ts';
import { createNetworkWorld, type NetworkWorld } from '../support/networkWorld.ts';
import { stubCertificates } from '../support/stubCertificates.ts';

describe('an authority in place of another', () => {
  let world: NetworkWorld;
  let caFile = '';
  before(async () => {
    world = await createNetworkWorld();
    caFile = join(world.joined.root, 'new-ca.pem');
    writeFileSync(caFile, (await stubCertificates()).foreignCaPem);
  });
  after(() => world.close());
  beforeEach(() => world.door.show('foreign'));

  it('is trusted beside the one before it until the tenant is reached without that, and each is shown', async () => {
    const copy = world.joined.copy();
    world.door.show('good');
    const early = await copy.run(['process', '--ca-file', caFile]);
    assert.equal(early.status, 0, early.stderr);
    assert.match(early.stderr, /beside what was trusted before.*\(.*not trusted.*laps process --ca-file/);
    const names = async (): Promise<readonly string[]> => {
      const { value } = await copy.json(['config', 'list']);
      const shown = at(value, 'authorities');
      assert.ok(Array.isArray(shown));
      for (const each of shown) assert.match(String(at(each, 'fingerprint')), /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      return shown.map((each) => String(at(each, 'subject')));
    };
    assert.deepEqual(await names(), ['CN=Stub CA', 'CN=Somebody else']);
    for (const kind of ['foreign', 'good'] as const) {
      world.door.show(kind);
      assert.equal((await copy.run(['reset'])).status, 0, kind);
    }
    world.door.show('foreign');
    const { stderr } = await copy.run(['process', '--ca-file', caFile]);
    assert.match(stderr, /in place of what was trusted before/);
    assert.deepEqual(await names(), ['CN=Somebody else']);
    assert.match(
      (await copy.run(['config', 'list'])).stdout,
      /beside the authorities of the system: \n {2}CN=Somebody/,
    );
  });

  it('is trusted at once by config set caFile; another one that --ca-file names later is not undone by it', async () => {
    const copy = world.joined.copy();
    const { stdout } = await copy.run(['config', 'set', 'caFile', caFile]);
    assert.match(stdout, /^caFile is .*new-ca\.pem\nwhat .* holds is trusted from now on, in place of/);
    assert.equal((await copy.run(['reset'])).status, 0);
    const configured = async () => at((await copy.json(['config', 'get', 'caFile'])).value, 'value');
    assert.equal(await configured(), caFile);
    world.door.show('good');
    const other = await copy.run(['process', '--ca-file', world.joined.caFile]);
    assert.equal(other.status, 0);
    assert.match(other.stderr, /note: caFile is no longer .*new-ca\.pem: .+laps config set caFile FILE/);
    assert.equal(await configured(), null);
    assert.doesNotMatch((await copy.run(['process', '--ca-file', world.joined.caFile])).stderr, /caFile is no longer/);
  });

  it('is taken up at a start where it is configured, renewed or new; a file that is gone ends nothing', async () => {
    const copy = world.joined.copy();
    const renewed = join(world.joined.root, 'renewed.pem');
    writeFileSync(renewed, readFileSync(world.joined.caFile));
    world.door.show('good');
    assert.match((await copy.run(['config', 'set', 'caFile', renewed])).stdout, /is trusted already/);
    writeFileSync(renewed, readFileSync(caFile));
    world.door.show('foreign');
    const once = (): ReturnType<JoinedCopy['run']> => copy.run(['run', '--once', '--tenant', world.door.origin]);
    const taken = await once();
    assert.equal(taken.status, 0, taken.stdout + taken.stderr);
    assert.match(taken.stdout, /50094 .*renewed\.pem holds is trusted from now on, in place of/);
    assert.doesNotMatch((await once()).stdout, /5009[45]/);
    rmSync(renewed);
    const gone = await once();
    assert.equal(gone.status, 0);
    assert.match(gone.stdout, /50095 .*renewed\.pem is not taken up: there is no file/);
    const told = async (why: RegExp): Promise<void> => {
      const status = await copy.run(['status', '--check']);
      assert.equal(status.status, 1, status.stdout);
      const doctor = await copy.run(['doctor']);
      assert.equal(doctor.status, 1, doctor.stdout);
      for (const { stdout } of [status, doctor]) {
        assert.match(stdout.replace(/\s+/g, ' '), why);
        assert.match(stdout.replace(/\s+/g, ' '), /laps config unset caFile/);
      }
    };
    await told(/caFile is not taken up: there is no file .*renewed\.pem/);
    writeFileSync(renewed, 'junk');
    await told(/caFile is not taken up: .*renewed\.pem holds no certificate/);
    assert.equal((await copy.run(['config', 'unset', 'caFile'])).status, 0);
    assert.equal((await copy.run(['status', '--check'])).status, 0);
  });

  it('that was named before the tenant has it stays, though the environment of a start names the one before', async () => {
    const copy = world.joined.copy();
    world.door.show('good');
    assert.match((await copy.run(['process', '--ca-file', caFile])).stderr, /beside what was trusted before/);
    const env = { LAPS_CA_FILE: world.joined.caFile };
    const start = await copy.run(['run', '--once', '--tenant', world.door.origin], { env });
    assert.equal(start.status, 0, start.stdout + start.stderr);
    assert.doesNotMatch(start.stdout, /5009[45]/);
    world.door.show('foreign');
    const after = await copy.run(['reset'], { env });
    assert.equal(after.status, 0, after.stderr);
  });

  it('does not take the place of the one that only the environment of a command trusts beside, but not the daemon', async () => {
    const copy = world.joined.copy();
    world.door.show('good');
    const env = { NODE_EXTRA_CA_CERTS: world.joined.caFile };
    const alone = await copy.run(['process', '--ca-file', caFile], { env });
    assert.match(alone.stderr, /beside what was trusted before/);
    const daemon = startLaps(['run', '--tenant', world.door.origin], {
      cwd: copy.data,
      env: { LAPS_DATA: copy.data, LAPS_POLICIES: copy.policies },
    });
    try {
      await daemon.says(/\n10004 /);
      const beside = await copy.run(['reset', '--ca-file', caFile], { env });
      assert.equal(beside.status, 0, beside.stderr);
      assert.match(beside.stderr, /beside what was trusted before/);
    } finally {
      await daemon.stop('SIGTERM');
    }
  });
});

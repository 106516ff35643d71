/** A tenant whose private authority is another one now: `--ca-file` makes every command that goes there trust it. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { doctorRuns, expectFinding } from '../support/doctorRuns.ts';
import { expectError } from '../support/expectError.ts';
import type { JoinedCopy } from '../support/joinedWorld.ts';
import { startLaps } from '../support/lapsProcess.ts';
import { createNetworkWorld, expire, type NetworkWorld } from '../support/networkWorld.ts';
import { fingerprint } from '../support/processWorld.ts';
import { stubCertificates } from '../support/stubCertificates.ts';

describe('a tenant with a new authority', () => {
  let world: NetworkWorld;
  let caFile = '';
  before(async () => {
    world = await createNetworkWorld();
    caFile = join(world.joined.root, 'new-ca.pem');
    writeFileSync(caFile, (await stubCertificates()).foreignCaPem);
  });
  after(() => world.close());
  beforeEach(() => world.door.show('foreign'));
  const identityOf = (copy: JoinedCopy): string => readFileSync(join(copy.data, 'identity', 'identity.json'), 'utf8');

  it('is trusted from then on by process, in place of the one before it once the tenant was reached without that', async () => {
    const copy = world.joined.copy();
    expire(copy.data);
    expectError(await copy.run(['process']), 'ERR_LAPS_TENANT_UNTRUSTED');
    const { value } = await copy.json(['process', '--ca-file', caFile]);
    assert.equal(at(value, 'outcome'), 'rotated', JSON.stringify(value));
    assert.equal((await copy.run(['reset'])).status, 0);
    world.door.show('good');
    expectError(await copy.run(['reset']), 'ERR_LAPS_TENANT_UNTRUSTED');
    world.door.show('foreign');
    const before = identityOf(copy);
    await copy.run(['process', '--ca-file', caFile]);
    assert.equal(identityOf(copy), before, 'remembered once');
  });

  it('is trusted by a daemon that was running before', async () => {
    const copy = world.joined.copy();
    world.door.show('good');
    const env = { LAPS_DATA: copy.data, LAPS_POLICIES: copy.policies };
    const daemon = startLaps(['run', '--tenant', world.door.origin], { cwd: copy.data, env });
    try {
      await daemon.says(/\n10004 /);
      world.door.show('foreign');
      expectError(await copy.run(['reset']), 'ERR_LAPS_TENANT_UNTRUSTED');
      const { value } = await copy.json(['reset', '--ca-file', caFile]);
      assert.equal(at(value, 'outcome'), 'rotated', JSON.stringify(value));
    } finally {
      await daemon.stop('SIGTERM');
    }
  });

  it('is trusted by doctor for that look, and nothing is remembered', async () => {
    const { doctor } = doctorRuns(world);
    const copy = world.joined.copy();
    expectFinding(await doctor(copy), 'certificate', 'ERR_LAPS_TENANT_UNTRUSTED', /--ca-file/);
    assert.equal((await doctor(copy, ['--ca-file', caFile])).finding, undefined);
    expectFinding(await doctor(copy), 'certificate', 'ERR_LAPS_TENANT_UNTRUSTED', /--ca-file/);
  });

  it('is trusted by run --once, and by leave', async () => {
    const copy = world.joined.copy();
    expire(copy.data);
    expectError(await copy.run(['leave', '--yes']), 'ERR_LAPS_TENANT_UNTRUSTED');
    const once = ['run', '--once', '--tenant', world.door.origin, '--ca-file', caFile];
    const end = await copy.run(once);
    assert.equal(end.status, 0, end.stdout + end.stderr);
    const other = world.joined.copy();
    // The door hands on no client certificate: here it is the tenant that answers.
    const { stderr } = await other.run(['leave', '--yes', '--ca-file', caFile]);
    assert.match(stderr, /ERR_LAPS_JOIN_REFUSED/);
  });

  it('is not believed to be in a file that is none, and nothing is changed', async () => {
    const copy = world.joined.copy();
    const before = fingerprint(copy.data);
    const noPem = join(world.joined.root, 'no.pem');
    writeFileSync(noPem, 'no certificate');
    for (const verb of [['process'], ['reset'], ['leave', '--yes'], ['doctor'], ['run', '--once']]) {
      expectError(await copy.run([...verb, '--ca-file', noPem]), 'ERR_LAPS_FILE_UNREADABLE');
      expectError(await copy.run([...verb, '--ca-file', `${noPem}.not`]), 'ERR_LAPS_NO_SUCH_FILE');
    }
    assert.equal(fingerprint(copy.data), before);
  });

  it('is remembered for the join by a device that is not joined', async () => {
    const fresh = world.joined.nothing();
    await fresh.run(['run', '--once', '--tenant', world.door.origin, '--ca-file', caFile]);
    const { value } = await fresh.json(['config', 'get', 'caFile']);
    assert.match(JSON.stringify(value), /new-ca\.pem/);
  });
});

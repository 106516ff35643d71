/** `laps doctor --user`: what only an administrator sees, with real rotations between two states of a machine or tenant. */
import assert from 'node:assert/strict';
import { admin, type DoctorRuns, doctorRuns, expectFinding } from '../support/doctorRuns.ts';
import { createNetworkWorld, type NetworkWorld } from '../support/networkWorld.ts';

describe('laps doctor with an administrator', () => {
  let world: NetworkWorld;
  let runs: DoctorRuns;
  before(async () => {
    world = await createNetworkWorld();
    runs = doctorRuns(world);
  });
  after(() => world.close());

  it('finds a machine that was put back to an earlier state', async () => {
    const earlier = world.joined.copy();
    const later = world.joined.copy();
    assert.equal((await later.run(['reset'])).status, 0);
    const told = await runs.doctor(earlier, admin, runs.asAdmin());
    expectFinding(told, 'backup', 'ERR_LAPS_BACKUP_MISMATCH', /--include-history.+laps reset/);
    assert.match(told.text, /the machine or its data was put back/);
    assert.equal((await runs.doctor(earlier)).finding, undefined, 'by itself it cannot know');
    // What it advises helps.
    assert.equal((await earlier.run(['reset'])).status, 0);
    assert.equal((await runs.doctor(earlier, admin, runs.asAdmin())).finding, undefined);
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
    const older = await runs.doctor(copy, admin, runs.asAdmin()).finally(back);
    expectFinding(older, 'backup', 'ERR_LAPS_BACKUP_MISMATCH', /laps reset/);
    assert.match(older.text, /the tenant was put back/);

    const stop = world.spoil('graph', async ({ path }, pass) =>
      path.includes('deviceLocalCredentials')
        ? { status: 404, body: { error: { code: 'ResourceNotFound', message: 'none' } } }
        : pass(),
    );
    const none = await runs.doctor(copy, admin, runs.asAdmin()).finally(stop);
    expectFinding(none, 'backup', 'ERR_LAPS_BACKUP_MISMATCH', /laps reset/);
    assert.match(none.text, /keeps no password/);
  });

  it('says when an administrator may not look, or is refused', async () => {
    const copy = world.joined.copy();
    expectFinding(
      await runs.doctor(copy, admin, { stdin: 'wrong' }),
      'backup',
      'ERR_LAPS_ADMIN_SIGN_IN',
      /user name and the password/,
    );
    const told = await runs.doctor(copy, ['--user', 'alice@contoso.test'], {
      stdin: world.joined.tenant.passwordOf('alice@contoso.test'),
    });
    expectFinding(told, 'backup', 'ERR_LAPS_ACCESS_DENIED', /role/);
    const reader = await runs.doctor(copy, ['--user', 'helpdesk@contoso.test'], {
      stdin: world.joined.tenant.passwordOf('helpdesk@contoso.test'),
    });
    assert.ok(reader.result('backup') !== 'notReached');
  });

  it('finds a device that was deleted', async () => {
    const copy = world.joined.copy();
    await world.joined.tenant.admin('DELETE', `/devices/${world.joined.deviceId}`);
    const told = await runs.doctor(copy, admin, runs.asAdmin());
    expectFinding(told, 'token', 'ERR_LAPS_DEVICE_AUTH', /laps leave, then laps join/);
  });
});

/**
 * A process that is to die at a fault point: `killedWriter.ts accounts|journal ROOT [SID]`, with LAPS_FAULT_POINT set.
 *
 * Promises: does one write, then exits 0, which tells that the point was not reached. Must never: be needed by the
 * product.
 */
import { join } from 'node:path';
import { Secret } from '../../agent/core/secret.ts';
import { createSimulatedAccounts } from '../../agent/edge/accounts/simulated.ts';
import { createJournal } from '../../agent/edge/journalFile.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import { createSeal } from '../../agent/edge/seal.ts';
import { createStateStore } from '../../agent/edge/stateStore.ts';
import { samplePending, sampleRecords } from './journalRecords.ts';

const [what = '', root = '', sid = ''] = process.argv.slice(2);
const keys = createKeyRing({ folder: join(root, 'keys') });

if (what === 'accounts') {
  const clock = { now: () => 0, monotonicMs: () => 0 };
  const accounts = createSimulatedAccounts({ folder: join(root, 'accounts'), keys, clock, cost: 16 });
  await accounts.set(sid, new Secret('Never-Arrives-1'));
} else {
  // One step of a rotation from end to end: seal, journal, state, erase.
  const journal = createJournal({ path: join(root, 'journal', 'journal'), keys });
  const seal = createSeal({ keys });
  const { tenantId, deviceId, machineId } = samplePending.identity;
  const { rotationId, account } = samplePending;
  const sealed = await seal.seal(new Secret('Never-Arrives-1'), { tenantId, deviceId, sid: account.sid, rotationId });
  await journal.write({ ...sampleRecords.prepared, pending: { ...samplePending, sealed } });
  await createStateStore({ folder: join(root, 'state') }).write({
    PolicySource: 1,
    LastPasswordUpdateTime: 1,
    AzurePasswordExpiryTime: 2,
    LastAccountRidUpdated: 1001,
    accountSid: account.sid,
    accountName: account.name,
    passwordAgeDays: 30,
    identity: { tenantId, deviceId, machineId },
    mark: samplePending.before,
    rotationId,
  });
  await seal.keepOnly(null);
  await journal.write(sampleRecords.idle);
}

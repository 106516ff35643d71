/** Whether to rotate: each reason, its bit, and that nothing else is one (spec 4.5). */
import assert from 'node:assert/strict';
import type { DeviceState } from '../../../agent/core/ports.ts';
import { type DecisionFacts, decide } from '../../../agent/core/rotation/decision.ts';
import { msPerDay } from '../../../agent/core/time.ts';

const now = Date.UTC(2026, 10, 23);
const identity = { tenantId: 't', deviceId: 'd', machineId: 'm' };
const state: DeviceState = {
  PolicySource: 1,
  LastPasswordUpdateTime: now - msPerDay,
  AzurePasswordExpiryTime: now + 29 * msPerDay,
  LastAccountRidUpdated: 1001,
  accountSid: 'S-1-5-21-1-2-3-1001',
  accountName: 'lapsadmin',
  passwordAgeDays: 30,
  identity,
  mark: 'mark',
  rotationId: 'r',
};
const facts: DecisionFacts = {
  now,
  policySource: 1,
  identity,
  account: { sid: state.accountSid, name: 'lapsadmin', mark: 'mark' },
  state,
  onForeignChange: 'rotate',
};
const withState = (changes: Partial<DeviceState>): DecisionFacts => ({ ...facts, state: { ...state, ...changes } });

const reasons: Readonly<Record<string, readonly [DecisionFacts, number]>> = {
  'nothing was ever backed up': [{ ...facts, state: undefined }, 0x13],
  'the password expired a moment ago': [{ ...facts, now: state.AzurePasswordExpiryTime }, 0x01],
  'the password expired ten years ago': [{ ...facts, now: now + 3650 * msPerDay }, 0x01],
  'another root speaks': [{ ...facts, policySource: 2 }, 0x02],
  'another account is managed': [{ ...facts, account: { ...facts.account, sid: 'S-1-5-21-1-2-3-500' } }, 0x14],
  'the account has another name': [{ ...facts, account: { ...facts.account, name: 'renamed' } }, 0x10],
  'the account has another password': [{ ...facts, account: { ...facts.account, mark: 'other' } }, 0x10],
  'the tenant is another': [withState({ identity: { ...identity, tenantId: 'x' } }), 0x10],
  'the device is another': [withState({ identity: { ...identity, deviceId: 'x' } }), 0x10],
  'the machine is another': [withState({ identity: { ...identity, machineId: 'x' } }), 0x10],
  'the last update lies in the future': [{ ...facts, now: state.LastPasswordUpdateTime - 1 }, 0x10],
  'the expiry does not follow from the update': [withState({ AzurePasswordExpiryTime: now + 9999 * msPerDay }), 0x10],
  'several things are so at once': [
    { ...facts, now: now + 3650 * msPerDay, policySource: 3, account: { sid: 'S-1', name: 'x', mark: 'y' } },
    0x17,
  ],
};

describe('the decision', () => {
  it('leaves a good password alone until it expires', () => {
    assert.deepEqual(decide(facts), { kind: 'leave', foreignChange: false, until: state.AzurePasswordExpiryTime });
    assert.equal(decide({ ...facts, now: state.AzurePasswordExpiryTime - 1 }).kind, 'leave');
    assert.equal(decide({ ...facts, now: state.LastPasswordUpdateTime }).kind, 'leave');
  });

  for (const [name, [given, mask]] of Object.entries(reasons))
    it(`rotates when ${name} (0x${mask.toString(16)})`, () => {
      const decision = decide(given);
      assert.ok(decision.kind === 'rotate');
      assert.equal(decision.mask, mask);
      assert.notEqual(decision.reasons.length, 0);
      assert.deepEqual(decide(given), decision, 'asking twice answers once');
    });

  it('calls a changed password a foreign change only where the account is the same', () => {
    const foreign = decide({ ...facts, account: { ...facts.account, mark: 'other' } });
    assert.ok(foreign.kind === 'rotate' && foreign.foreignChange);
    const other = decide({ ...facts, account: { sid: 'S-1', name: 'x', mark: 'other' } });
    assert.ok(other.kind === 'rotate' && !other.foreignChange);
  });
});

/**
 * Lawful journal records for tests, one of each state.
 *
 * Knows: made-up ids and no real secret. Promises: every record is one the codec prints. Must never: be used as the
 * fixture of a behaviour; these are only valid, not meaningful.
 */
import { idleRecord, type JournalRecord, type Pending } from '../../agent/core/rotation/journal.ts';

export const samplePending: Pending = {
  rotationId: '3f2c9d1e-0b5a-4c11-9e3e-5a3f0e6d7c21',
  identity: {
    tenantId: '6babcaad-604b-40ac-a9d7-9fd97c0b779f',
    deviceId: 'b465e4e8-e4e8-b465-e8e4-65b4e8e465b4',
    machineId: '4c4c4544-0042-3510-8052-b4c04f564433',
  },
  account: { sid: 'S-1-5-21-1111111111-2222222222-3333333333-1001', name: 'lapsadmin' },
  body: {
    AccountName: 'lapsadmin',
    AccountSid: 'S-1-5-21-1111111111-2222222222-3333333333-1001',
    PasswordAgeDays: 30,
  },
  sealed: { iv: 'AAECAwQFBgcICQoL', tag: 'AAECAwQFBgcICQoLDA0ODw==', data: 'c2VhbGVkIGJ5dGVz' },
  spec: { kind: 'password', complexity: 4, length: 14 },
  drawnAt: 1_795_420_000_000,
  posts: 1,
  before: 'f5c1b2a3948576f5c1b2a3948576f5c1b2a3948576f5c1b2a3948576aabbccdd',
  after: null,
  acceptedAt: null,
  causes: [{ kind: 'administrator', at: 1_795_419_999_000 }],
  policySource: 1,
  wasLocked: false,
};

const prepared: JournalRecord = {
  ...idleRecord,
  state: 'prepared',
  pending: samplePending,
  above: 1,
  attempts: 1,
  lastFailure: {
    code: 'ERR_LAPS_TENANT_UNCLEAR',
    message: 'the tenant did not answer in time',
    hresult: 0x80072efe,
    at: 1_795_420_030_000,
  },
};
const escrowed: JournalRecord = {
  ...prepared,
  state: 'escrowed',
  pending: { ...samplePending, acceptedAt: 1_795_420_060_000 },
};
const applied: JournalRecord = {
  ...escrowed,
  state: 'applied',
  pending: {
    ...samplePending,
    acceptedAt: 1_795_420_060_000,
    after: 'b2a3948576f5c1b2a3948576f5c1b2a3948576f5c1b2a3948576f5c1ddccbbaa',
  },
};

export const sampleRecords = { idle: idleRecord, prepared, escrowed, applied } as const;

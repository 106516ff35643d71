/** What `laps doctor` finds out about a device that is well, for tests that then spoil one member. */
import type { DataFacts, DoctorFacts, NetworkFacts } from '../../agent/core/diagnosis/facts.ts';
import { defaultOs } from '../../agent/core/policy/os.ts';
import { policyOfFolder } from '../../agent/core/policy/read.ts';
import type { Account, DeviceState, WireFailure } from '../../agent/core/ports.ts';
import { idleRecord } from '../../agent/core/rotation/journal.ts';
import { msPerDay } from '../../agent/core/time.ts';
import { samplePending } from './journalRecords.ts';

export const doctorNow = Date.UTC(2026, 10, 22, 11, 6);

export const wellState: DeviceState = {
  PolicySource: 1,
  LastPasswordUpdateTime: doctorNow - 2 * msPerDay,
  AzurePasswordExpiryTime: doctorNow + 28 * msPerDay,
  LastAccountRidUpdated: 1001,
  accountSid: samplePending.account.sid,
  accountName: 'lapsadmin',
  passwordAgeDays: 30,
  identity: samplePending.identity,
  mark: 'mark',
  rotationId: samplePending.rotationId,
};

export const wellAccount: Account = {
  sid: samplePending.account.sid,
  name: 'lapsadmin',
  rid: 1001,
  enabled: true,
  locked: false,
};

export const wellNetwork: NetworkFacts = {
  host: 'tenant.test',
  proxy: { kind: 'none' },
  stopped: undefined,
  certificate: undefined,
  webPage: false,
  clocks: { server: doctorNow, own: doctorNow + 1500 },
  token: { kind: 'token' },
};

export const wellData: DataFacts = {
  folder: './.laps',
  problem: undefined,
  freeBytes: 1e9,
  freeInodes: 1e6,
  versionProblem: undefined,
  unsafe: undefined,
  misplaced: [],
  remarks: [],
};

/** A failure at some place of the wire. */
export function wireFailure(more: Partial<WireFailure> = {}): WireFailure {
  return { code: 'ERR_LAPS_NO_TENANT', message: 'it failed', hint: 'mend it', hresult: 0x80072efd, ...more };
}

/** A device that is well, an administrator having looked; `more` replaces members. */
export async function doctorFacts(more: Partial<DoctorFacts> = {}): Promise<DoctorFacts> {
  const text = '{ "BackupDirectory": 1, "AdministratorAccountName": "lapsadmin" }';
  return {
    now: doctorNow,
    disk: wellData,
    configuration: { path: './.laps/state/configuration.json', troubles: [] },
    daemon: { kind: 'running', signInProblem: undefined, stale: undefined, nextCycleAt: null },
    identity: {
      kind: 'read',
      value: {
        kind: 'joined',
        device: {
          identity: samplePending.identity,
          displayName: 'DESKTOP-4F2K',
          joinType: 'entra',
          os: '10.0.26100',
          endpoint: 'https://tenant.test',
          historyDepth: 3,
        },
      },
    },
    policy: await policyOfFolder(
      { kind: 'files', files: [{ root: 'CSP', file: { path: 'policies/csp.json', bytes: Buffer.from(text) } }] },
      defaultOs,
    ),
    account: {
      kind: 'read',
      value: { account: wellAccount, bar: undefined, remarks: [], mark: wellState.mark, obstacle: undefined },
    },
    markProblem: undefined,
    signInProblem: undefined,
    journal: { kind: 'read', value: idleRecord },
    state: { kind: 'read', value: { kind: 'state', state: wellState } },
    openTakenBy: undefined,
    lastRefusal: undefined,
    network: wellNetwork,
    surroundings: { proxy: { kind: 'none' }, sameAuthorities: true },
    administrator: {
      kind: 'read',
      value: { lapsEnabled: true, lastBackup: { kind: 'read', value: wellState.LastPasswordUpdateTime } },
    },
    ...more,
  };
}

/**
 * What the device remembers between cycles, in the Windows State key's words (spec 10).
 *
 * Knows: which values Windows keeps there and how it spells them; FILETIME as decimal text, for a QWORD is past what a
 * JSON number holds exactly. Promises: what does not have exactly this form is put aside and told. Must never: hold a
 * password or a hash; the mark is keyed.
 */
import { LapsError } from '../core/errors.ts';
import type { DeviceState, StateReading, StateStore } from '../core/ports.ts';
import { filetimeOf, instantOfFiletime } from '../core/time.ts';
import { createConfFile, type Facts, type FactsReading } from './confFile.ts';

/** Beside the Windows values, in a member of their own, what this program needs to judge its own memory. */
const guid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } as const;
const filetime = { type: 'string', pattern: '^\\d{1,20}$' } as const;
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;

const schema = {
  PolicySource: { type: 'integer', minimum: 1, maximum: 4 },
  // 1: Entra. The one directory this device backs up to so far.
  BackupDirectory: { type: 'integer', minimum: 1, maximum: 1 },
  LastPasswordUpdateTime: filetime,
  AzurePasswordExpiryTime: filetime,
  LastAccountRidUpdated: { type: 'integer', minimum: 1, maximum: 0xffffffff },
  laps: {
    type: 'object',
    additionalProperties: false,
    required: ['accountSid', 'accountName', 'passwordAgeDays', 'identity', 'mark', 'rotationId'],
    properties: {
      accountSid: { type: 'string', pattern: '^S-1(-\\d{1,10}){2,15}$' },
      accountName: text(64),
      passwordAgeDays: { type: 'integer', minimum: 1, maximum: 365 },
      identity: {
        type: 'object',
        additionalProperties: false,
        required: ['tenantId', 'deviceId', 'machineId'],
        properties: { tenantId: guid, deviceId: guid, machineId: text(128) },
      },
      mark: text(128),
      rotationId: guid,
      backedUpAt: filetime,
      foreignMark: text(128),
    },
  },
} as const;

type Own = Pick<
  DeviceState,
  'accountSid' | 'accountName' | 'passwordAgeDays' | 'identity' | 'mark' | 'rotationId' | 'foreignMark'
> & { readonly backedUpAt?: string };
interface WindowsState {
  readonly PolicySource: 1 | 2 | 3 | 4;
  readonly BackupDirectory: 1;
  readonly LastPasswordUpdateTime: string;
  readonly AzurePasswordExpiryTime: string;
  readonly LastAccountRidUpdated: number;
  readonly laps: Own;
}

function print(state: DeviceState): Facts {
  const { PolicySource, LastPasswordUpdateTime, AzurePasswordExpiryTime, LastAccountRidUpdated, ...rest } = state;
  const { accountSid, accountName, passwordAgeDays, identity, mark, rotationId, backedUpAt, foreignMark } = rest;
  const { tenantId, deviceId, machineId } = identity;
  const windows: WindowsState = {
    PolicySource,
    BackupDirectory: 1,
    LastPasswordUpdateTime: filetimeOf(LastPasswordUpdateTime),
    AzurePasswordExpiryTime: filetimeOf(AzurePasswordExpiryTime),
    LastAccountRidUpdated,
    laps: {
      accountSid,
      accountName,
      passwordAgeDays,
      identity: { tenantId, deviceId, machineId },
      mark,
      rotationId,
      ...(backedUpAt === undefined ? {} : { backedUpAt: filetimeOf(backedUpAt) }),
      ...(foreignMark === undefined ? {} : { foreignMark }),
    },
  };
  return { ...windows };
}

function parse(facts: Facts): DeviceState {
  // The parse boundary: conf has held the facts against the schema above, which says the same as the type.
  const {
    laps: { backedUpAt, ...laps },
    ...windows
  } = facts as unknown as WindowsState;
  return {
    PolicySource: windows.PolicySource,
    // The schema's pattern is the one that instantOfFiletime wants.
    LastPasswordUpdateTime: instantOfFiletime(windows.LastPasswordUpdateTime) ?? 0,
    AzurePasswordExpiryTime: instantOfFiletime(windows.AzurePasswordExpiryTime) ?? 0,
    LastAccountRidUpdated: windows.LastAccountRidUpdated,
    ...laps,
    ...(backedUpAt === undefined ? {} : { backedUpAt: instantOfFiletime(backedUpAt) ?? 0 }),
  };
}

/** The state file in `folder`, kept by conf. */
export function createStateStore(deps: { readonly folder: string }): StateStore & {
  /** As `read`, for a report: nothing is put aside. */
  peek(): Promise<StateReading>;
} {
  const file = createConfFile<DeviceState>({
    folder: deps.folder,
    name: 'state',
    schema,
    required: Object.keys(schema),
    parse,
    print,
    refuse: (problem) =>
      new LapsError('ERR_LAPS_INTERNAL', {
        message: `the state to be remembered is not lawful: ${problem}`,
        hint: 'this is a defect of laps-agent; the old state was kept',
      }),
  });
  const told = (reading: FactsReading<DeviceState>): StateReading =>
    reading.kind === 'facts' ? { kind: 'state', state: reading.facts } : reading;
  return {
    read: async () => told(await file.read()),
    peek: async () => told(await file.peek()),
    write: (state) => file.write(state),
    clear: () => file.clear(),
  };
}

/**
 * Everything that can be configured, in one table (contract 2; law 4).
 *
 * Knows: each member's name, kind, variable, default and meaning. Promises: schema, `laps config`, environment and pages
 * come from this table; what does not fit is told with what is allowed. Must never: hold a secret, or say what a member
 * does to a rotation (whoever uses it says that).
 */
import { cronProblem } from './cronWords.ts';
import { nearestName } from './policy/nearest.ts';

interface Common {
  /** Environment variable that outranks the file. */
  readonly env: string;
  /** What holds when nothing is set, in words. */
  readonly default: string;
  readonly meaning: string;
  /** What may be set, in words. */
  readonly allowed: string;
}
interface TextRow extends Common {
  readonly kind: 'text' | 'path';
  readonly pattern: string;
  readonly maxLength: number;
  /** What no pattern can say: a name of {@link configurationFormats}. */
  readonly format?: keyof typeof configurationFormats;
}
interface WordRow extends Common {
  readonly kind: 'word';
  readonly words: readonly string[];
}
interface IntegerRow extends Common {
  readonly kind: 'integer';
  readonly minimum: number;
  readonly maximum: number;
}
interface SwitchRow extends Common {
  readonly kind: 'switch';
}
export type ConfigurationRow = TextRow | WordRow | IntegerRow | SwitchRow;

/** Forms of a text, each telling what is wrong with one, without repeating it; undefined when it is right. */
export const configurationFormats = { cron: cronProblem } as const;

const path = { kind: 'path', pattern: '^[^\\u0000-\\u001f]+$', maxLength: 4096, allowed: 'a path' } as const;
const port = { kind: 'integer', minimum: 1, maximum: 65535, allowed: '1 to 65535' } as const;
const yesOrNo = { kind: 'switch', allowed: 'yes or no' } as const;

export const configurationTable = {
  policies: {
    ...path,
    env: 'LAPS_POLICIES',
    default:
      "the service's /etc/laps-agent/policies when it is there, else the package's own; for real accounts that only in a clone",
    meaning: 'folder with the policy files',
  },
  tenant: {
    kind: 'text',
    pattern: '^(embedded|global|usgov|china|https://[A-Za-z0-9._:\\[\\]-]{1,260}/?)$',
    maxLength: 300,
    allowed: 'embedded, global, usgov, china, or an https address without a path',
    env: 'LAPS_TENANT',
    default: 'embedded',
    meaning: 'the tenant that laps run is about',
  },
  tenantPort: {
    ...port,
    env: 'LAPS_TENANT_PORT',
    default: '8443, or a free one at the first start',
    meaning: 'port of the embedded tenant',
  },
  tenantAdminPort: {
    ...port,
    env: 'LAPS_TENANT_ADMIN_PORT',
    default: '8444, or a free one at the first start',
    meaning: "port of the embedded tenant's management",
  },
  caFile: {
    ...path,
    env: 'LAPS_CA_FILE',
    default: 'none',
    meaning: 'PEM file of the private authority of a tenant, trusted beside those of the system',
  },
  accounts: {
    kind: 'word',
    words: ['simulated', 'linux'],
    allowed: 'simulated or linux',
    env: 'LAPS_ACCOUNTS',
    default: 'simulated',
    meaning: 'whose password is rotated: an account of its own making, or a real one of this machine',
  },
  allowRoot: {
    ...yesOrNo,
    env: 'LAPS_ALLOW_ROOT',
    default: 'no',
    meaning: 'root may be the managed account',
  },
  allowSystem: {
    ...yesOrNo,
    env: 'LAPS_ALLOW_SYSTEM',
    default: 'no',
    meaning: "one of the system's own accounts may be the managed account",
  },
  allowOwn: {
    ...yesOrNo,
    env: 'LAPS_ALLOW_OWN',
    default: 'no',
    meaning: 'the account that runs the command may be the managed account',
  },
  rotateOnForeignChange: {
    ...yesOrNo,
    env: 'LAPS_ROTATE_ON_FOREIGN_CHANGE',
    default: 'yes',
    meaning: 'a password that something else has set is replaced at once, not only told',
  },
  group: {
    kind: 'text',
    pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$',
    maxLength: 32,
    allowed: 'the name of a group of this machine',
    env: 'LAPS_GROUP',
    default: 'none',
    meaning: 'group whose members may use status, events, process and reset of the service',
  },
  schedule: {
    kind: 'text',
    pattern: '^[^\\u0000-\\u001f]+$',
    maxLength: 200,
    format: 'cron',
    allowed: 'five words as for cron, as "*/10 * * * *"',
    env: 'LAPS_SCHEDULE',
    default: "Windows' fixed hour",
    meaning: 'when cycles run',
  },
  os: {
    kind: 'text',
    pattern: '^\\d{1,5}\\.\\d{1,5}\\.\\d{1,6}$',
    maxLength: 20,
    allowed: 'a Windows build, as 10.0.26100',
    env: 'LAPS_OS',
    default: '10.0.26100',
    meaning: 'Windows build the device claims at its join',
  },
} as const satisfies Record<string, ConfigurationRow>;

type Table = typeof configurationTable;
export type ConfigurationKey = keyof Table;
type ValueOf<R> = R extends { readonly kind: 'integer' }
  ? number
  : R extends { readonly kind: 'switch' }
    ? boolean
    : R extends { readonly words: ReadonlyArray<infer W> }
      ? W
      : string;

/** Everything that is set; a member left out was never set. */
export type Configuration = { readonly [K in ConfigurationKey]?: ValueOf<Table[K]> };
export type ConfigurationValue = string | number | boolean;

const rows: Readonly<Record<string, ConfigurationRow>> = configurationTable;

/** The members in the order of the table, each with its row. */
export const configurationRows: ReadonlyArray<readonly [ConfigurationKey, ConfigurationRow]> = Object.entries(rows)
  // The parse boundary: these are the table's own keys.
  .map(([name, row]) => [name as ConfigurationKey, row] as const);

export function isConfigurationKey(name: string): name is ConfigurationKey {
  return Object.hasOwn(configurationTable, name);
}

/** What is wrong with the form of a text, where the table has more to say than what is allowed. */
function formProblem(row: ConfigurationRow, value: unknown): string | undefined {
  if ((row.kind !== 'text' && row.kind !== 'path') || row.format === undefined || typeof value !== 'string')
    return undefined;
  return configurationFormats[row.format](value);
}

/** Whether a value is one that this row takes. */
export function fits(row: ConfigurationRow, value: unknown): value is ConfigurationValue {
  switch (row.kind) {
    case 'text':
    case 'path':
      return (
        typeof value === 'string' &&
        value.length <= row.maxLength &&
        new RegExp(row.pattern, 'u').test(value) &&
        formProblem(row, value) === undefined
      );
    case 'word':
      return typeof value === 'string' && row.words.includes(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= row.minimum && value <= row.maximum;
    case 'switch':
      return typeof value === 'boolean';
  }
}

const yes: readonly string[] = ['yes', 'true', 'on', '1'];
const no: readonly string[] = ['no', 'false', 'off', '0'];

/** A value as a person or an environment writes it; undefined when the row does not take it. */
export function readValue(row: ConfigurationRow, text: string): ConfigurationValue | undefined {
  let value: ConfigurationValue | undefined = text;
  if (row.kind === 'integer') value = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  if (row.kind === 'switch') value = yes.includes(text) ? true : no.includes(text) ? false : undefined;
  return fits(row, value) ? value : undefined;
}

/** A value as it is shown, and as `laps config set` takes it. */
export function textOf(value: ConfigurationValue): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** What is wrong, and what would be right. */
export interface Wrong {
  readonly problem: string;
  readonly hint: string;
}

const names: readonly string[] = Object.keys(configurationTable);

/** What stood there may be anything, so only what could be the name of a member is repeated. */
function unknownMember(name: string): Wrong {
  const isName = /^[A-Za-z][\w.-]{0,39}$/.test(name);
  const near = isName ? nearestName(name, names) : undefined;
  return {
    problem: `it has a member that is not known${isName ? `: ${name}` : ''}`,
    hint: `${near === undefined ? '' : `did you mean ${near}? `}known are ${names.join(', ')}`,
  };
}

/** The first member that does not fit in what a file held; undefined when all do. */
export function wrongIn(value: unknown): Wrong | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problem: 'it is no JSON object', hint: 'it is one object, as { "tenant": "embedded" }' };
  for (const [name, each] of Object.entries(value)) {
    const row = rows[name];
    if (row === undefined || !isConfigurationKey(name)) return unknownMember(name);
    if (!fits(row, each))
      return { problem: `${name} has a value that is not allowed`, hint: allowedInFile(name, each) };
  }
  return undefined;
}

/** `allowed for accounts: simulated or linux`, and what is wrong with the value that was given, where that can be said. */
export function allowedHint(name: ConfigurationKey, given?: unknown): string {
  const row: ConfigurationRow = configurationTable[name];
  const problem = formProblem(row, given);
  return `allowed for ${name}: ${row.allowed}${problem === undefined ? '' : `; ${problem}`}`;
}

const jsonForms = { switch: 'true or false, without quotes', integer: 'a number without quotes' } as const;

/** The same for the file, which is JSON: a value of another type is told which type is meant. */
function allowedInFile(name: ConfigurationKey, given: unknown): string {
  const row: ConfigurationRow = configurationTable[name];
  if (row.kind === 'switch') return `the file says it as ${jsonForms.switch}: "${name}": true`;
  if (row.kind === 'integer' && typeof given !== 'number')
    return `the file says it as ${jsonForms.integer}; ${allowedHint(name)}`;
  if (row.kind !== 'integer' && typeof given !== 'string')
    return `the file says it as a text, in quotes; ${allowedHint(name)}`;
  return allowedHint(name, given);
}

/** Variables of the environment that this program reads, beside those of the table. */
const otherVariables: readonly string[] = ['LAPS_DATA', 'LAPS_CLIENT_SECRET', 'LAPS_DEBUG', 'LAPS_FAULT_POINT'];

/** A variable that looks like one of ours, does nothing, and what was probably meant. */
export interface StrayVariable {
  readonly name: string;
  readonly near: string | undefined;
}

/** Variables that begin as ours do and that nothing here reads. */
export function strayVariables(env: Readonly<Record<string, string | undefined>>): readonly StrayVariable[] {
  const known = [...configurationRows.map(([, row]) => row.env), ...otherVariables];
  return Object.keys(env)
    .filter((name) => /^LAPS_\w{1,60}$/i.test(name) && !known.includes(name))
    .sort()
    .map((name) => ({ name, near: nearestName(name, known) }));
}

/** What the environment sets. An empty variable counts as none. */
export function fromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
):
  | { readonly kind: 'set'; readonly members: Configuration }
  | ({ readonly kind: 'wrong'; readonly variable: string } & Wrong) {
  const members: Record<string, ConfigurationValue> = {};
  for (const [name, row] of configurationRows) {
    const text = env[row.env];
    if (text === undefined || text === '') continue;
    const value = readValue(row, text);
    if (value === undefined)
      return {
        kind: 'wrong',
        variable: row.env,
        problem: `the environment's ${row.env} has a value that is not allowed`,
        hint: allowedHint(name, text),
      };
    members[name] = value;
  }
  // The parse boundary: each member was held against its row.
  return { kind: 'set', members: members as Configuration };
}

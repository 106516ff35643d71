/**
 * Writes a policy in the shape that is asked for, and says what that shape cannot say.
 *
 * Knows: which root a shape speaks for, and what a root can carry. Promises: every setting given is either in the output
 * or in `notExpressed` with the reason; reading the output gives the same settings. Must never: drop or mend a value in
 * silence.
 */
import type { PolicyRootName } from '../../ports.ts';
import type { GivenValue, ParsedDeletion, WritableFormat } from '../document.ts';
import { isSettingName, type SettingValue, settingRows, type ValueRow, valueRowOf } from '../settings.ts';
import { givenText, typeText } from '../values.ts';
import { writeIntune } from './writers/intune.ts';
import type { WriteDeletion, WriteItem, Writer } from './writers/job.ts';
import { writeLgpo } from './writers/lgpo.ts';
import { writeNative } from './writers/native.ts';
import { writeOmaUri } from './writers/omaUri.ts';
import { writeReg } from './writers/reg.ts';
import { writeRegistryPol } from './writers/registryPol.ts';
import { writeSyncml } from './writers/syncml.ts';

/** A setting that the shape, or the root it speaks for, cannot carry. */
export interface NotExpressed {
  readonly setting: string;
  readonly why: string;
}

export interface WriteRequest {
  readonly format: WritableFormat;
  /** The root the settings are of. SyncML, OMA-URI and Intune speak for CSP whatever is said here. */
  readonly root: PolicyRootName;
  /** As `PolicyDocument.settings` holds them; of a name that stands there twice the last counts, as for a device. */
  readonly settings: ReadonlyArray<{ readonly name: string; readonly value: GivenValue }>;
  /** As `PolicyDocument.deletions`; absent: none. */
  readonly deletions?: readonly ParsedDeletion[];
  /** What the policy is called, in the shapes that have a name. */
  readonly title?: string;
  /** Where an editor finds the schema of the native shape, from where the output will lie. */
  readonly schema?: string;
}

export interface Written {
  readonly format: WritableFormat;
  /** The root that the output speaks for. */
  readonly root: PolicyRootName;
  /** What to put into a file: with the byte order mark and line ends that the shape's own tools expect. */
  readonly bytes: Uint8Array;
  /** The same as a text; absent for Registry.pol. */
  readonly text?: string;
  readonly notExpressed: readonly NotExpressed[];
}

const writers: Readonly<Record<WritableFormat, Writer>> = {
  native: writeNative,
  reg: writeReg,
  pol: writeRegistryPol,
  syncml: writeSyncml,
  omauri: writeOmaUri,
  intune: writeIntune,
  lgpo: writeLgpo,
};

const formatNames: ReadonlyMap<string, WritableFormat> = new Map([
  ['native', 'native'],
  ['json', 'native'],
  ['reg', 'reg'],
  ['pol', 'pol'],
  ['syncml', 'syncml'],
  ['omauri', 'omauri'],
  ['intune', 'intune'],
  ['lgpo', 'lgpo'],
]);

/** The words of `--to`, for a hint. */
export const writableFormats: readonly WritableFormat[] = [
  'native',
  'reg',
  'pol',
  'syncml',
  'omauri',
  'intune',
  'lgpo',
];

/** The shape that a word of `--to` names; undefined for any other word. */
export const formatByName = (name: string): WritableFormat | undefined => formatNames.get(name.toLowerCase());

/** The root a shape speaks for when it is asked to carry settings of `root`: MDM's shapes speak for CSP alone. */
export function rootOfWriting(format: WritableFormat, root: PolicyRootName): PolicyRootName {
  return format === 'syncml' || format === 'omauri' || format === 'intune' ? 'CSP' : root;
}

/** A value of the row's own type, booleans as 1 and 0; undefined when it is of another. */
function valueAs(row: ValueRow, value: GivenValue): SettingValue | undefined {
  if (row.type === 'text') return typeof value === 'string' ? value : undefined;
  if (row.type === 'boolean' && typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  return row.type === 'boolean' && value !== 0 && value !== 1 ? undefined : value;
}

/** Why `root` cannot carry a setting at all; undefined when it can. */
function rootObjection(
  root: PolicyRootName,
  from: PolicyRootName,
  name: string,
  value: GivenValue,
): string | undefined {
  if (from === 'Legacy' && root !== 'Legacy') return 'legacy LAPS has no MDM form: its values live in the registry';
  if (valueRowOf(root, name) === undefined) return 'no setting has this name';
  if (root === 'Legacy' || !isSettingName(name)) return undefined;
  const { roots, values } = settingRows[name];
  const only = (allowed: readonly string[]): string => `only ${allowed.join(' and ')} can carry it, not ${root}`;
  if (!roots.includes(root)) return only(roots);
  const carriers = values?.find((each) => each.value === value)?.roots;
  return carriers === undefined || carriers.includes(root)
    ? undefined
    : `its value ${givenText(value)}: ${only(carriers)}`;
}

function encoded(output: string | Uint8Array, format: WritableFormat): Pick<Written, 'bytes' | 'text'> {
  if (typeof output !== 'string') return { bytes: output };
  // regedit writes UTF-16 with a mark and reads anything else in the machine's code page; LGPO does alike.
  const needsMark = format === 'reg' || (format === 'lgpo' && /[^\x20-\x7e\r\n\t]/.test(output));
  if (!needsMark) return { bytes: new TextEncoder().encode(output), text: output };
  const bytes = new Uint8Array(output.length * 2 + 2);
  bytes.set([0xff, 0xfe]);
  for (let at = 0; at < output.length; at += 1) {
    const unit = output.charCodeAt(at);
    bytes[at * 2 + 2] = unit & 0xff;
    bytes[at * 2 + 3] = unit >> 8;
  }
  return { bytes, text: output };
}

/** Writes settings in a shape. Never throws; what cannot be said is in `notExpressed`. */
export function writePolicy(request: WriteRequest): Written {
  const { format } = request;
  const root = rootOfWriting(format, request.root);
  const notExpressed: NotExpressed[] = [];
  const refuse = (setting: string, why: string): void => void notExpressed.push({ setting, why });
  const last = new Map(request.settings.map((setting) => [setting.name, setting]));
  const items: WriteItem[] = [];
  for (const { name, value } of last.values()) {
    const objection = rootObjection(root, request.root, name, value);
    const row = valueRowOf(root, name);
    if (objection !== undefined || row === undefined) {
      refuse(name, objection ?? 'no setting has this name');
      continue;
    }
    const plain = valueAs(row, value);
    if (plain === undefined) refuse(name, `it is ${givenText(value)}, but ${typeText(row)} belongs there`);
    else items.push({ name, row, value: plain });
  }
  const deletions = (request.deletions ?? [])
    .filter((each) => each.root === request.root && (each.name === undefined || !last.has(each.name)))
    .map((each): WriteDeletion => (each.name === undefined ? {} : { name: each.name }));
  const { title = 'Windows LAPS', schema } = request;
  const output = writers[format]({ root, items, deletions, title, refuse, ...(schema !== undefined && { schema }) });
  return { format, root, ...encoded(output, format), notExpressed };
}

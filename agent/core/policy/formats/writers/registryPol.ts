/**
 * A Registry.pol (MS-GPREG 2.2.1) for the computer half of a policy.
 *
 * Promises: deletions come before values, as Group Policy writes them. Must never: write a key that is not of LAPS.
 */
import { rootRows } from '../../settings.ts';
import { utf16Bytes } from '../registryData.ts';
import { registryItems } from './characters.ts';
import type { WriteItem, WriteJob } from './job.ts';

function dword(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

interface PolRecord {
  readonly name: string;
  readonly type: 1 | 4;
  readonly data: Uint8Array;
}

const recordOf = ({ row, value }: WriteItem): PolRecord =>
  row.registry.kind === 'REG_DWORD'
    ? { name: row.registry.name, type: 4, data: dword(Number(value)) }
    : { name: row.registry.name, type: 1, data: utf16Bytes(`${value}\0`) };

/** The data of a deletion means nothing; Group Policy writes one space. */
const blank = utf16Bytes(' \0');

/** The bytes of a Registry.pol. */
export function writeRegistryPol(job: WriteJob): Uint8Array {
  const key = rootRows[job.root].key.replace(/^HKLM\\/, '');
  const deletions = job.deletions.map(
    ({ name }): PolRecord => ({ name: name === undefined ? '**delvals.' : `**del.${name}`, type: 1, data: blank }),
  );
  const records = [...deletions, ...registryItems(job).map(recordOf)];
  const head = joined([new Uint8Array([0x50, 0x52, 0x65, 0x67]), dword(1)]);
  const bodies = records.map(({ name, type, data }) =>
    joined([
      utf16Bytes(`[${key}\0;${name}\0;`),
      dword(type),
      utf16Bytes(';'),
      dword(data.length),
      utf16Bytes(';'),
      data,
      utf16Bytes(']'),
    ]),
  );
  return joined([head, ...bodies]);
}

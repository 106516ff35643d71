/**
 * A `.reg` file as regedit exports it.
 *
 * Promises: texts that a quoted form cannot hold (line ends, control characters) go as hex(1). Must never: write a key
 * that is not of LAPS.
 */
import { rootRows } from '../../settings.ts';
import { utf16Bytes } from '../registryData.ts';
import { hasLoneSurrogate, registryItems } from './characters.ts';
import type { WriteItem, WriteJob } from './job.ts';

const hexText = (text: string): string =>
  [...utf16Bytes(`${text}\0`)].map((byte) => byte.toString(16).padStart(2, '0')).join(',');

// biome would rather not see control characters in an expression; ranges of code units say the same.
const hasControl = (text: string): boolean =>
  [...text].some(
    (each) => each < ' ' || each === '\u007f' || (each >= '\u0080' && each <= '\u009f') || each === '\ufeff',
  );

function dataOf({ row, value }: WriteItem): string {
  if (row.registry.kind === 'REG_DWORD') return `dword:${Number(value).toString(16).padStart(8, '0')}`;
  const text = String(value);
  if (hasControl(text) || hasLoneSurrogate(text)) return `hex(1):${hexText(text)}`;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The text of a `.reg` file, CRLF line ends. */
export function writeReg(job: WriteJob): string {
  const key = rootRows[job.root].key.replace(/^HKLM/, 'HKEY_LOCAL_MACHINE');
  const lines = ['Windows Registry Editor Version 5.00', ''];
  if (job.deletions.some((each) => each.name === undefined)) lines.push(`[-${key}]`, '');
  const items = registryItems(job);
  const deleted = job.deletions.flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (items.length + deleted.length > 0) {
    lines.push(`[${key}]`);
    for (const name of deleted) lines.push(`"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"=-`);
    for (const item of items) lines.push(`"${item.row.registry.name}"=${dataOf(item)}`);
    lines.push('');
  }
  return `${lines.join('\r\n')}\r\n`;
}

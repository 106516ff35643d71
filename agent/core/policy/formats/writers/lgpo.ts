/**
 * LGPO text, as `LGPO.exe /t` takes it.
 *
 * Promises: four lines a value, a blank line between. Must never: write a text that would break its line.
 */
import { rootRows } from '../../settings.ts';
import { hasLoneSurrogate, registryItems } from './characters.ts';
import type { WriteJob } from './job.ts';

/** The text of an LGPO file, CRLF line ends. */
export function writeLgpo(job: WriteJob): string {
  const key = rootRows[job.root].key.replace(/^HKLM\\/, '');
  const blocks: string[][] = job.deletions.map(({ name }) =>
    name === undefined ? ['Computer', key, '*', 'DELETEALLVALUES'] : ['Computer', key, name, 'DELETE'],
  );
  for (const { name, row, value } of registryItems(job)) {
    const text = String(value);
    if (/[\r\n]/.test(text)) job.refuse(name, 'LGPO text holds a value on one line');
    else if (hasLoneSurrogate(text)) job.refuse(name, 'no text holds half a character');
    else
      blocks.push([
        'Computer',
        key,
        row.registry.name,
        `${row.registry.kind === 'REG_DWORD' ? 'DWORD' : 'SZ'}:${text}`,
      ]);
  }
  const body = blocks.map((block) => block.join('\r\n')).join('\r\n\r\n');
  return `; ${job.title.replace(/[\r\n]+/g, ' ')}\r\n${body === '' ? '' : `${body}\r\n`}`;
}

/**
 * SyncML for an MDM: one Atomic of Replace commands, since the Policies node asks for all or nothing (spec 2).
 *
 * Promises: well-formed XML 1.0 in UTF-8. Must never: write a character that XML cannot hold.
 */
import { rootRows } from '../../settings.ts';
import { hasLoneSurrogate } from './characters.ts';
import type { WriteItem, WriteJob } from './job.ts';

const formats = { integer: 'int', boolean: 'bool', text: 'chr' } as const;

/** XML 1.0 has no control characters but tab and the line ends, nor U+FFFE and U+FFFF, not even as references. */
const isXmlText = (text: string): boolean =>
  !hasLoneSurrogate(text) &&
  [...text].every(
    (each) =>
      (each >= ' ' || each === '\t' || each === '\n' || each === '\r') && each !== '\ufffe' && each !== '\uffff',
  );

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    // A bare carriage return would be read as a line feed.
    .replaceAll('\r', '&#13;');

const dataOf = ({ row, value }: WriteItem): string =>
  row.type === 'boolean' ? (value === 1 ? 'true' : 'false') : escaped(String(value));

/** The text of a SyncML message. */
export function writeSyncml(job: WriteJob): string {
  const prefix = rootRows.CSP.prefix ?? '';
  const commands: string[] = [];
  let id = 1;
  const target = (name: string): string => `<Target><LocURI>${prefix}/${name}</LocURI></Target>`;
  for (const { name } of job.deletions) {
    if (name === undefined) job.refuse('(all)', 'the Policies node is permanent and cannot be deleted');
    else {
      id += 1;
      commands.push(
        `      <Delete>\n        <CmdID>${id}</CmdID>\n        <Item>${target(escaped(name))}</Item>\n      </Delete>`,
      );
    }
  }
  for (const item of job.items) {
    if (typeof item.value === 'string' && !isXmlText(item.value)) {
      job.refuse(item.name, 'XML cannot hold its characters');
      continue;
    }
    id += 1;
    commands.push(
      [
        '      <Replace>',
        `        <CmdID>${id}</CmdID>`,
        '        <Item>',
        `          ${target(item.name)}`,
        `          <Meta><Format xmlns="syncml:metinf">${formats[item.row.type]}</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta>`,
        `          <Data>${dataOf(item)}</Data>`,
        '        </Item>',
        '      </Replace>',
      ].join('\n'),
    );
  }
  const atomic = commands.length === 0 ? [] : ['    <Atomic>', '      <CmdID>1</CmdID>', ...commands, '    </Atomic>'];
  return [
    '<SyncML xmlns="SYNCML:SYNCML1.2">',
    '  <SyncBody>',
    ...atomic,
    '    <Final/>',
    '  </SyncBody>',
    '</SyncML>',
    '',
  ].join('\n');
}

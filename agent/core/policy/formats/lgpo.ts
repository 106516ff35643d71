/**
 * LGPO text, as `LGPO.exe /parse` writes it and `/t` reads it: blocks of four lines, configuration, key, name, action.
 *
 * Knows: the actions. Promises: what stands under a key of LAPS is read or is a problem with its place; blocks of the
 * user configuration never count as policy. Must never: take a text for a number.
 */
import type { GivenValue, Reading } from '../document.ts';
import { type SourceText, shortName } from '../text.ts';
import { type Collector, makeCollector } from './collector.ts';
import { maxDword } from './registryData.ts';
import { meaningOfKey } from './roots.ts';

interface Line {
  readonly text: string;
  readonly at: number;
}

function* linesOf(text: string): Generator<Line> {
  for (let at = 0; at <= text.length; ) {
    let end = at;
    while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end += 1;
    yield { text: text.slice(at, end), at };
    at = text.startsWith('\r\n', end) ? end + 2 : end + 1;
  }
}

function numberOf(text: string, most: bigint): bigint | undefined {
  if (!/^(\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text)) return undefined;
  const number = BigInt(text);
  return number <= most ? number : undefined;
}

/** The value of an action, `delete`, `deleteAll`, `none`, `noNumber` where its number is none, or undefined when it is not understood. */
function actionOf(
  action: string,
):
  | { readonly value: GivenValue; readonly storedAs: string }
  | 'delete'
  | 'deleteAll'
  | 'none'
  | 'noNumber'
  | undefined {
  const word = action.trim().toUpperCase();
  if (word === 'DELETE') return 'delete';
  if (word === 'DELETEALLVALUES') return 'deleteAll';
  if (word === 'CREATEKEY' || word === 'CLEAR') return 'none';
  const found = /^\s*(DWORD|QWORD|SZ|EXSZ|MULTISZ|BINARY|NONE)(?:\[[^\]]*\])?:([\s\S]*)$/i.exec(action);
  const [, type = '', rest = ''] = found ?? [];
  const other = (name: string, shown = rest.trim().slice(0, 40)): { value: GivenValue; storedAs: string } => ({
    value: { kind: 'registry', type: name, shown },
    storedAs: name,
  });
  switch (type.toUpperCase()) {
    case 'DWORD': {
      const number = numberOf(rest.trim(), BigInt(maxDword));
      return number === undefined ? 'noNumber' : { value: Number(number), storedAs: 'REG_DWORD' };
    }
    case 'QWORD': {
      const number = numberOf(rest.trim(), 0xffff_ffff_ffff_ffffn);
      return number === undefined ? 'noNumber' : other('REG_QWORD', number.toString());
    }
    case 'SZ':
      return { value: rest, storedAs: 'REG_SZ' };
    case 'EXSZ':
      return { value: rest, storedAs: 'REG_EXPAND_SZ' };
    case 'MULTISZ':
      return other('REG_MULTI_SZ');
    case 'BINARY':
      return other('REG_BINARY');
    case 'NONE':
      return other('REG_NONE');
    default:
      return undefined;
  }
}

function take(block: readonly Line[], source: SourceText, collector: Collector): void {
  const [configuration, keyLine, nameLine, actionLine] = block;
  if (configuration === undefined || keyLine === undefined || nameLine === undefined || actionLine === undefined)
    return;
  const hive = /^computer$/i.test(configuration.text.trim()) ? 'HKLM' : 'HKCU';
  const key = `${hive}\\${keyLine.text.trim()}`;
  const name = nameLine.text.trim();
  const namePlace = source.placeOf(nameLine.at, nameLine.text.length);
  const valuePlace = source.placeOf(actionLine.at, actionLine.text.length);
  const action = actionOf(actionLine.text);
  if (action === undefined || action === 'noNumber') {
    const message =
      action === undefined
        ? 'this is no action of LGPO'
        : `${shortName(actionLine.text.trim())} holds no number of this type`;
    const hint =
      action === undefined
        ? 'write DWORD:14, SZ:text, DELETE or DELETEALLVALUES'
        : `write digits, or 0x and hexadecimal ones: DWORD: takes 0 to ${maxDword}`;
    if (meaningOfKey(key).kind !== 'unrelated')
      collector.addProblem({ kind: 'unreadable', message, hint, place: valuePlace });
  } else if (action === 'delete') collector.deleteValue(key, name, namePlace);
  else if (action === 'deleteAll') collector.deleteAll('allValues', key, valuePlace);
  else if (action !== 'none') collector.setValue({ key, name, ...action, namePlace, valuePlace });
}

const isConfiguration = (line: string): boolean => /^(computer|user|user:.*)$/i.test(line.trim());

/** Reads one LGPO text. Blank lines and lines that begin with a semicolon part blocks and mean nothing. */
export function readLgpo(source: SourceText): Reading {
  const collector = makeCollector();
  let block: Line[] = [];
  const broken = (line: Line, message: string): void =>
    collector.addProblem({
      kind: 'unreadable',
      message,
      place: source.placeOf(line.at, Math.min(line.text.length, 200)),
    });
  for (const line of linesOf(source.text)) {
    if (collector.isFull()) break;
    const inside = block.length > 0;
    if ((!inside && line.text.trim() === '') || /^\s*;/.test(line.text)) continue;
    if (inside && line.text.trim() === '') {
      const [first] = block;
      if (first !== undefined)
        broken(first, `this block has ${block.length} of its four lines: configuration, key, name, action`);
      block = [];
      continue;
    }
    if (!inside && !isConfiguration(line.text)) {
      broken(line, 'Computer or User belongs here: a block is four lines, configuration, key, name, action');
      // The rest of a block out of step means nothing; one finding says so.
      break;
    }
    block.push(line);
    if (block.length === 4) {
      take(block, source, collector);
      block = [];
    }
  }
  const [open] = block;
  if (open !== undefined) broken(open, 'the file ends in the middle of this block: it was cut short');
  return collector.finish('lgpo');
}

/**
 * SyncML, as an MDM sends it to the device: Add, Replace and Delete commands, alone or inside Atomic and Sequence.
 *
 * Knows: LocURI, Meta/Format and Data (spec 7). Promises: nodes of other providers are passed over, the actions of LAPS
 * kept apart; a value is of the type that its Format names, and a text where none is named (OMA DM's default is chr).
 * Must never: turn a chr into a number.
 */
import type { GivenValue, Reading } from '../document.ts';
import { type SourceText, shortName } from '../text.ts';
import { type Collector, makeCollector } from './collector.ts';
import { textOfBase64 } from './omaSettings.ts';
import { meaningOfUri, strayOfUri } from './roots.ts';
import { walkXml, type XmlElement } from './xml.ts';

const commands = new Set(['Add', 'Replace', 'Delete', 'Exec', 'Get', 'Copy', 'Alert', 'Status', 'Results']);
/** Those that change nothing on the device. */
const questions = new Set(['Get', 'Alert', 'Status', 'Results']);

/** Those that the nodes of the policies refuse (spec 2). */
const wrongCommands = new Set(['Exec', 'Copy']);

/** What one Item says. */
interface Item {
  uri: XmlElement | undefined;
  format: XmlElement | undefined;
  data: XmlElement | undefined;
  readonly element: XmlElement;
}

function valueOfFormat(format: string, text: string): GivenValue {
  const plain = text.trim();
  switch (format) {
    case 'int':
      return /^[+-]?\d{1,15}$/.test(plain) ? Number(plain) : text;
    case 'bool':
      return /^(true|false)$/i.test(plain) ? plain.toLowerCase() === 'true' : text;
    case 'b64':
      return textOfBase64(plain) ?? text;
    default:
      return text;
  }
}

/** A text without the line breaks and the indent it is laid out with; spaces alone are the text's own. */
function laidOut(text: string): string {
  const before = text.slice(0, text.length - text.trimStart().length);
  const after = text.slice(text.trimEnd().length);
  const isLayout = (blank: string): boolean => blank === '' || /[\r\n]/.test(blank);
  return isLayout(before) && isLayout(after) ? text.trim() : text;
}

function takeItem(item: Item, command: string, commandFormat: XmlElement | undefined, collector: Collector): void {
  const { uri, data } = item;
  if (uri === undefined) return;
  const spelled = laidOut(uri.text);
  const meaning = meaningOfUri(spelled);
  const uriPlace = uri.contentPlace();
  if (meaning.kind === 'unrelated' || questions.has(command)) return;
  if (wrongCommands.has(command) && (meaning.kind === 'setting' || meaning.kind === 'allSettings')) {
    const name = meaning.kind === 'setting' ? shortName(meaning.name) : 'the node of the policies';
    const message = `${name} is sent with ${command}, which no setting takes`;
    collector.addProblem({ kind: 'unreadable', message, hint: `write Replace instead of ${command}`, place: uriPlace });
    return;
  }
  if (meaning.kind === 'action') collector.addAction({ uri: spelled, place: uriPlace });
  else if (meaning.kind === 'stray') collector.addStray(strayOfUri(spelled, uriPlace));
  else if (command === 'Delete') {
    collector.deleteFrom('CSP', meaning.kind === 'setting' ? meaning.name : undefined, spelled, uriPlace);
  } else if (meaning.kind === 'setting' && (command === 'Add' || command === 'Replace')) {
    if (data === undefined) {
      const message = `${shortName(meaning.name)} has no Data`;
      collector.addProblem({ kind: 'unreadable', message, hint: 'write <Data>value</Data>', place: uriPlace });
      return;
    }
    const format = item.format ?? commandFormat;
    const type = format?.text.trim().toLowerCase();
    collector.add('CSP', {
      name: meaning.name,
      value: valueOfFormat(type ?? 'chr', data.text),
      namePlace: uriPlace,
      valuePlace: data.contentPlace(),
      key: spelled,
      ...(type !== undefined && { storedAs: type }),
      ...(format !== undefined && { storedAsPlace: format.contentPlace() }),
    });
  }
}

/** Reads one SyncML text, a whole message or only its commands. */
export function readSyncml(source: SourceText): Reading {
  const collector = makeCollector();
  let command = '';
  let commandFormat: XmlElement | undefined;
  let item: Item | undefined;
  const problem = walkXml(source, {
    open(element) {
      if (commands.has(element.name)) {
        command = element.name;
        commandFormat = undefined;
      } else if (element.name === 'Item') item = { uri: undefined, format: undefined, data: undefined, element };
    },
    close(element) {
      const parent = element.parent?.name;
      if (element.name === 'Format') {
        if (item !== undefined) item.format = element;
        else commandFormat = element;
      } else if (element.name === 'LocURI' && parent === 'Target' && item !== undefined) item.uri = element;
      else if (element.name === 'Data' && parent === 'Item' && item !== undefined) item.data = element;
      else if (element.name === 'Item' && item?.element === element) {
        takeItem(item, command, commandFormat, collector);
        item = undefined;
      }
    },
  });
  if (problem !== undefined) collector.addProblem(problem);
  return collector.finish('syncml', 'CSP');
}

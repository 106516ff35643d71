/**
 * Which of the XML shapes a text is, by its first element.
 *
 * Promises: XML that is none of them is refused with the names of those that are. Must never: look further.
 */
import type { Reading } from '../document.ts';
import type { SourceText } from '../text.ts';
import { readGpoReport } from './gpoReport.ts';
import { readPolicyRules } from './policyRules.ts';
import { readSyncml } from './syncml.ts';

/** The first element's local name, past declaration, comments and document type; with its offset. */
function firstElement(text: string): { readonly name: string; readonly at: number } {
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const end = text.startsWith('<!--', at) ? text.indexOf('-->', at + 4) : text.indexOf('>', at);
    if (!text.startsWith('<!', at) && !text.startsWith('<?', at)) {
      const found = /^<(?:[^\s<>/:]{1,100}:)?([^\s<>/:]{1,100})/.exec(text.slice(at, at + 210));
      return { name: found?.[1] ?? '', at };
    }
    if (end === -1) break;
    at = end;
  }
  return { name: '', at: 0 };
}

type XmlReader = (source: SourceText) => Reading;

/** The first elements that there are, in lower case, and who reads what follows. */
const readers: ReadonlyMap<string, XmlReader> = new Map([
  ...['syncml', 'syncbody', 'atomic', 'sequence', 'add', 'replace', 'delete', 'exec', 'get'].map(
    (name): [string, XmlReader] => [name, readSyncml],
  ),
  ['policyrules', readPolicyRules],
  ...['gpo', 'gpos', 'report', 'rsop', 'registrysettings', 'registry'].map((name): [string, XmlReader] => [
    name,
    readGpoReport,
  ]),
]);

/** What a text of XML is by its first element: one of the shapes, something else, or cut short before it says. */
export function xmlKind(text: string): 'policy' | 'other' | 'nothing' {
  const { name } = firstElement(text);
  if (name === '') return 'nothing';
  return readers.has(name.toLowerCase()) ? 'policy' : 'other';
}

/** Reads a policy kept as XML. */
export function readXml(source: SourceText): Reading {
  const first = firstElement(source.text);
  const reader = readers.get(first.name.toLowerCase());
  if (reader !== undefined) return reader(source);
  const message = 'this XML is no policy: it is neither SyncML, nor Policy Analyzer rules, nor a GPO report';
  const hint = 'the first element is SyncML, PolicyRules or GPO';
  const place = source.placeOf(first.at, first.name.length + 1);
  return { format: 'syncml', settings: [], problems: [{ kind: 'unreadable', message, hint, place }] };
}

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

/** Reads a policy kept as XML. */
export function readXml(source: SourceText): Reading {
  const first = firstElement(source.text);
  switch (first.name.toLowerCase()) {
    case 'syncml':
    case 'syncbody':
    case 'atomic':
    case 'sequence':
    case 'add':
    case 'replace':
    case 'delete':
    case 'exec':
    case 'get':
      return readSyncml(source);
    case 'policyrules':
      return readPolicyRules(source);
    case 'gpo':
    case 'gpos':
    case 'report':
    case 'rsop':
    case 'registrysettings':
    case 'registry':
      return readGpoReport(source);
    default: {
      const message = 'this XML is no policy: it is neither SyncML, nor Policy Analyzer rules, nor a GPO report';
      const hint = 'the first element is SyncML, PolicyRules or GPO';
      const place = source.placeOf(first.at, first.name.length + 1);
      return { format: 'syncml', settings: [], problems: [{ kind: 'unreadable', message, hint, place }] };
    }
  }
}

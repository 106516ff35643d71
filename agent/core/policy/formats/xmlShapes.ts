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
import { firstElement, type XmlShape, xmlShapeOf } from './xmlHead.ts';

type XmlReader = (source: SourceText) => Reading;

/** Who reads what follows, by what the first element tells. */
const readers: Readonly<Record<XmlShape, XmlReader>> = {
  syncml: readSyncml,
  policyrules: readPolicyRules,
  gporeport: readGpoReport,
};

/** Reads a policy kept as XML. */
export function readXml(source: SourceText): Reading {
  const first = firstElement(source.text);
  const shape = xmlShapeOf(first.name);
  if (shape !== undefined) return readers[shape](source);
  const message = 'this XML is no policy: it is neither SyncML, nor Policy Analyzer rules, nor a GPO report';
  const hint = 'the first element is SyncML, PolicyRules or GPO';
  const place = source.placeOf(first.at, first.name.length + 1);
  return { format: 'syncml', settings: [], problems: [{ kind: 'unreadable', message, hint, place }] };
}

/**
 * The door to the shapes a policy file may have: which one a file is, and who reads it.
 *
 * Knows: the marks by which each shape is recognised; the content tells the shape, not the name (contract 4). Promises:
 * any bytes give a document, never an exception. A further format is one more file and one more row of `readers`.
 * Must never: look into a shape itself.
 */
import type { PolicyFile } from '../../ports.ts';
import {
  maxPolicyBytes,
  type PolicyDocument,
  type PolicyFormat,
  type Reading,
  type ReadingProblem,
} from '../document.ts';
import { decodeText, makeSource, type SourceText, startOfFile } from '../text.ts';
import { readNative } from './native.ts';

/** How to read a shape; a shape without a reader is recognised and refused with a plain word. */
const readers: Partial<Record<PolicyFormat, (source: SourceText) => Reading>> = { native: readNative };

/** What people call the shapes. */
const formatWords: Readonly<Record<PolicyFormat, string>> = {
  native: 'a native policy',
  reg: 'a registry export (.reg)',
  pol: 'a Registry.pol file',
  syncml: 'a SyncML document',
  omauri: 'an Intune custom profile (OMA-URI)',
  intune: 'an Intune settings catalog export',
  lgpo: 'an LGPO text',
};

/** `PReg` and version 1: the head of every Registry.pol. */
const isPol = (bytes: Uint8Array): boolean => [0x50, 0x52, 0x65, 0x67].every((byte, at) => bytes[at] === byte);

/** The shape of a text, from its first line that says something. */
function shapeOf(text: string): PolicyFormat {
  const head = text.slice(0, 4096).trimStart();
  if (/^(Windows Registry Editor Version|REGEDIT4)/i.test(head)) return 'reg';
  if (head.startsWith('<')) return 'syncml';
  const line = head.split(/[\r\n]+/).find((candidate) => candidate.trim() !== '' && !candidate.startsWith(';'));
  if (/^(Computer|User|User:.*)$/i.test(line?.trim() ?? '')) return 'lgpo';
  return 'native';
}

const refused = (format: PolicyFormat, problem: ReadingProblem): Reading => ({
  format,
  settings: [],
  problems: [problem],
});

const notYet = (format: PolicyFormat): Reading =>
  refused(format, {
    kind: 'notYet',
    message: `this is ${formatWords[format]}, which this version does not read`,
    hint: 'write the settings as native JSON; laps settings lists them',
    place: startOfFile,
  });

function read(source: SourceText): Reading {
  const format = shapeOf(source.text);
  const reader = readers[format];
  if (reader === undefined) return notYet(format);
  const reading = reader(source);
  // JSON may turn out to be another tool's export; then that shape's own reader has the word.
  return readers[reading.format] === undefined ? notYet(reading.format) : reading;
}

/** Reads a file's bytes, whatever they are. What stands in the way of reading is in `problems`. */
export function readDocument(file: PolicyFile): PolicyDocument {
  const empty = makeSource('');
  if (file.bytes.length > maxPolicyBytes) {
    const message = `larger than ${maxPolicyBytes / 1024 / 1024} MiB, which no policy is`;
    return { path: file.path, source: empty, ...refused('native', { kind: 'tooLarge', message, place: startOfFile }) };
  }
  if (isPol(file.bytes)) return { path: file.path, source: empty, ...notYet('pol') };
  const decoded = decodeText(file.bytes);
  if (decoded.kind === 'bad') {
    const { problem: message, hint, place } = decoded;
    const shown = makeSource(new TextDecoder('utf-8').decode(file.bytes));
    return { path: file.path, source: shown, ...refused('native', { kind: 'unreadable', message, hint, place }) };
  }
  const source = makeSource(decoded.text);
  return { path: file.path, source, ...read(source) };
}

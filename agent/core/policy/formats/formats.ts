/**
 * The door to the shapes a policy file may have: which one a file is, and who reads it.
 *
 * Knows: the marks by which each shape is recognised; the content tells the shape, not the name (contract 4). Promises:
 * any bytes give a document, never an exception; only the reader that a file needs is loaded. A further format is one
 * more file and one more row of `loaders`. Must never: look into a shape itself.
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
import { shapeOf } from './shape.ts';

/** Reads one shape. `bytes` are the file's own; only a binary shape looks at them. Never throws. */
export type Reader = (source: SourceText, bytes: Uint8Array) => Reading;

/** The readers there are; one may read several formats that are told apart only inside. */
export type ReaderName = 'reg' | 'pol' | 'lgpo' | 'xml' | 'exports';
export type Readers = Readonly<Record<ReaderName, Reader>>;

/** How to come by a reader. The native one is at hand: it is what a device has, and what must start fast. */
const loaders: Readonly<Record<ReaderName, () => Promise<Reader>>> = {
  reg: async () => (await import('./reg.ts')).readReg,
  pol: async () => (await import('./registryPol.ts')).readRegistryPol,
  lgpo: async () => (await import('./lgpo.ts')).readLgpo,
  xml: async () => (await import('./xmlShapes.ts')).readXml,
  exports: async () => (await import('./exports.ts')).readExport,
};

/** `PReg`: the head of every Registry.pol. */
const isPol = (bytes: Uint8Array): boolean => [0x50, 0x52, 0x65, 0x67].every((byte, at) => bytes[at] === byte);

const refused = (format: PolicyFormat, problem: ReadingProblem): Reading => ({
  format,
  settings: [],
  problems: [problem],
});

/** A file as far as it can be read without another reader. */
type Opened =
  | { readonly kind: 'read'; readonly source: SourceText; readonly reading: Reading }
  | { readonly kind: 'needs'; readonly source: SourceText; readonly reader: ReaderName };

/** What begins like nothing that is read here: to say which JSON sign is missing would lead astray. */
function shapeless(source: SourceText): Reading | undefined {
  const first = source.text.search(/\S/);
  if (first === -1 || /[{["/]/.test(source.text.charAt(first))) return undefined;
  const end = source.text.slice(first).search(/[\r\n]/);
  const length = Math.min(end === -1 ? source.text.length - first : end, 200);
  return refused('native', {
    kind: 'unreadable',
    message: 'this is none of the shapes that a policy has',
    hint: 'a policy is JSON in braces, a .reg file with its first line, a Registry.pol, SyncML, an export of Intune, or LGPO text',
    place: source.placeOf(first, length),
  });
}

function openText(source: SourceText): Opened {
  const shape = shapeOf(source.text);
  if (shape !== 'json') return { kind: 'needs', source, reader: shape };
  const reading = shapeless(source) ?? readNative(source);
  // JSON may turn out to be another tool's export; then that shape's own reader has the word.
  if (reading.format !== 'native') return { kind: 'needs', source, reader: 'exports' };
  return { kind: 'read', source, reading };
}

function open(bytes: Uint8Array): Opened {
  const empty = makeSource('');
  if (bytes.length > maxPolicyBytes) {
    const message = `larger than ${maxPolicyBytes / 1024 / 1024} MiB, which no policy is`;
    const hint = 'export the LAPS policy alone';
    const reading = refused('native', { kind: 'tooLarge', message, hint, place: startOfFile });
    return { kind: 'read', source: empty, reading };
  }
  if (isPol(bytes)) return { kind: 'needs', source: empty, reader: 'pol' };
  const decoded = decodeText(bytes);
  if (decoded.kind === 'text') return openText(makeSource(decoded.text));
  const { problem: message, hint, place } = decoded;
  const shown = makeSource(new TextDecoder('utf-8').decode(bytes));
  return { kind: 'read', source: shown, reading: refused('native', { kind: 'unreadable', message, hint, place }) };
}

const documentOf = (path: string, opened: Opened, reading: Reading): PolicyDocument => ({
  path,
  source: opened.source,
  ...reading,
});

/** Reads a file's bytes, whatever they are. What stands in the way of reading is in `problems`. */
export async function readDocument(file: PolicyFile): Promise<PolicyDocument> {
  const opened = open(file.bytes);
  if (opened.kind === 'read') return documentOf(file.path, opened, opened.reading);
  const reader = await loaders[opened.reader]();
  return documentOf(file.path, opened, reader(opened.source, file.bytes));
}

/** As {@link readDocument}, at once, with readers that the caller has loaded. */
export function readDocumentWith(readers: Readers, file: PolicyFile): PolicyDocument {
  const opened = open(file.bytes);
  if (opened.kind === 'read') return documentOf(file.path, opened, opened.reading);
  return documentOf(file.path, opened, readers[opened.reader](opened.source, file.bytes));
}

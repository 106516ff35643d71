/**
 * A seeded fuzzer of policy files: takes the fixtures of a shape, breaks them, and holds the readers to their promise.
 *
 * The promise: any bytes give a document; what cannot be read is a problem with a place in the file; a file with a
 * problem sets nothing; what is set has a place.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type PolicyDocument, type PolicyFormat, rootOf } from '../../agent/core/policy/document.ts';
import { defaultOs } from '../../agent/core/policy/os.ts';
import { refusalOf } from '../../agent/core/policy/read.ts';
import { resolvePolicy } from '../../agent/core/policy/resolve.ts';
import { judge } from '../../agent/core/policy/rules/judge.ts';
import { fileToJudge } from '../../agent/core/policy/rules/views.ts';
import type { Place } from '../../agent/core/policy/text.ts';
import { documentFrom } from './readers.ts';

export type Pick = (below: number) => number;

const folder = new URL('../../fixtures/policies/', import.meta.url);

/** Every fixture, good and bad, by the shape it is read as. */
export function fixturesByShape(): ReadonlyMap<PolicyFormat, readonly Uint8Array[]> {
  const found = new Map<PolicyFormat, Uint8Array[]>();
  for (const sub of ['ok/', 'err/'])
    for (const entry of readdirSync(new URL(sub, folder), { withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith('.out')) continue;
      const bytes = new Uint8Array(readFileSync(new URL(sub + entry.name, folder)));
      // A few large ones are there to be too large; breaking them finds nothing that small ones do not.
      if (bytes.length > 20_000) continue;
      const { format } = documentFrom(bytes);
      found.set(format, [...(found.get(format) ?? []), bytes]);
    }
  return found;
}

const tokens = [
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  ',',
  ':',
  '\0',
  '\r\n',
  ';',
  '=',
  '-',
  '<',
  '>',
  '</',
  '/>',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '&lol;',
  '&#0;',
  '&#x110000;',
  '<!DOCTYPE a [<!ENTITY lol "lol">]>',
  '\\ud800',
  '\\u00',
  '/*',
  '//',
  '\ufeff',
  '**del.',
  '@=',
  'dword:',
  'hex(b):',
  'hex:',
  'SZ:',
  'DELETE',
  'null',
  'true',
  '1e999',
  '-1',
  '4294967296',
  '99999999999999999999',
  '__proto__',
  'constructor',
  'BackupDirectory',
  'children',
  'settingDefinitionId',
  'omaUri',
  'value',
  'Computer',
  'REGEDIT4',
  'PReg',
];

const encoder = new TextEncoder();

function tokenBytes(pick: Pick, wide: boolean): Uint8Array {
  const token = tokens[pick(tokens.length)] ?? '';
  return wide ? new Uint8Array(Buffer.from(token, 'utf16le')) : encoder.encode(token);
}

function spliced(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const end = Math.min(bytes.length, at + remove);
  const out = new Uint8Array(at + insert.length + bytes.length - end);
  out.set(bytes.subarray(0, at));
  out.set(insert, at);
  out.set(bytes.subarray(end), at + insert.length);
  return out;
}

/** One to four breakages of a file, or of two files put together. */
export function mutated(bytes: Uint8Array, other: Uint8Array, pick: Pick): Uint8Array {
  let out = bytes;
  const wide = bytes[0] === 0xff || bytes[0] === 0x50;
  for (let left = 1 + pick(4); left > 0; left -= 1) {
    const at = pick(out.length + 1);
    switch (pick(9)) {
      case 0: {
        out = out.slice();
        for (let flips = 1 + pick(8); flips > 0; flips -= 1) out[pick(Math.max(1, out.length))] = pick(256);
        break;
      }
      case 1:
        out = out.slice(0, at);
        break;
      case 2:
        out = spliced(out, at, 1 + pick(200), new Uint8Array(0));
        break;
      case 3:
      case 4:
        out = spliced(out, at, pick(3) === 0 ? pick(20) : 0, tokenBytes(pick, wide));
        break;
      case 5: {
        const part = out.slice(at, at + 1 + pick(300));
        out = spliced(out, pick(out.length + 1), 0, part);
        break;
      }
      case 6: {
        // The same bytes over and over: depth, width, and what is quadratic.
        const part = pick(2) === 0 ? tokenBytes(pick, wide) : out.slice(at, at + 1 + pick(40));
        const many = new Uint8Array(part.length * Math.min(2000, Math.floor(40_000 / Math.max(1, part.length))));
        for (let to = 0; to < many.length; to += part.length) many.set(part, to);
        out = spliced(out, at, 0, many);
        break;
      }
      case 7:
        out = spliced(out, at, pick(100), other.slice(pick(other.length + 1)));
        break;
      default: {
        // A length or a number of a binary shape.
        out = out.slice();
        const view = new DataView(out.buffer);
        const big = [0, 1, 0x7fff_ffff, 0xffff_ffff, 0x8000_0000, pick(1 << 30)][pick(6)] ?? 0;
        if (out.length >= 4) view.setUint32(Math.min(at, out.length - 4), big, true);
      }
    }
    if (out.length > 200_000) out = out.slice(0, 200_000);
  }
  return out;
}

function assertPlace(place: Place, document: PolicyDocument, bytes: Uint8Array): void {
  if (place.byteOffset !== undefined) {
    assert.ok(place.byteOffset >= 0 && place.byteOffset <= bytes.length, 'byte offset');
    return;
  }
  const lines = Math.max(1, document.source.lineCount);
  assert.ok(place.line >= 1 && place.line <= lines, `line ${place.line} of ${lines}`);
  assert.ok(place.column >= 1 && place.endLine >= place.line, 'column');
  assert.ok(place.endLine > place.line || place.endColumn >= place.column, 'end');
}

/** Reads a file and holds the document to what readers promise. */
export function assertHonest(bytes: Uint8Array): PolicyDocument {
  const document = documentFrom(bytes, 'x.json');
  if (document.problems.length > 0) assert.deepEqual(document.settings, [], 'a file with a problem sets nothing');
  for (const problem of document.problems) {
    assert.ok(problem.message.length > 0 && problem.message.length < 400, 'message');
    assertPlace(problem.place, document, bytes);
  }
  for (const setting of document.settings) {
    assertPlace(setting.namePlace, document, bytes);
    assertPlace(setting.valuePlace, document, bytes);
  }
  for (const stray of document.strays ?? []) assertPlace(stray.place, document, bytes);
  for (const deletion of document.deletions ?? []) assertPlace(deletion.place, document, bytes);
  const root = rootOf(document);
  refusalOf(document, root, defaultOs);
  resolvePolicy({ documents: [{ root, document }], os: defaultOs });
  const [judged] = judge({ files: [fileToJudge(document)], builds: [defaultOs], joinType: 'entra' });
  const findings = judged?.findings ?? [];
  // Policies of two roots in one file are each a policy, though together they are none.
  const isApart = (kind: string): boolean => kind === 'mixedRoots' && document.policies !== undefined;
  if (document.problems.some(({ kind }) => !isApart(kind)))
    assert.ok(
      findings.some((finding) => finding.severity === 'error'),
      'what cannot be read is a finding',
    );
  for (const finding of findings) assertPlace(finding.place, document, bytes);
  return document;
}

/**
 * Way 1 in one call: what stands in the policy folder to the effective policy (design 4).
 *
 * Knows: which findings make a file unreadable as policy. Promises: a value, never an exception; a file that is there
 * but cannot be read as policy yields `unreadable`, and the device keeps what it had (contract 4, event 50001). Must
 * never: half-apply a file.
 */
import type { LapsErrorCode } from '../errors.ts';
import type { PolicyFile, PolicyFolderReading, PolicyRootName } from '../ports.ts';
import type { PolicyDocument, ReadingProblem } from './document.ts';
import type { RootedDocument } from './drafts.ts';
import { readDocument } from './formats/formats.ts';
import type { OsBuild } from './os.ts';
import { contradictionIn } from './parts.ts';
import { activeRootOf, type EffectivePolicy, resolvePolicy, rootsAsked } from './resolve.ts';
import { verdictOn, wrongTypeText } from './values.ts';

/** Why the policies cannot be acted on; the fields of event 50001 and of an error. */
export interface UnreadablePolicy {
  readonly kind: 'unreadable';
  readonly code: LapsErrorCode;
  readonly path: string;
  /** 1 where the whole file or folder is meant. */
  readonly line: number;
  readonly column: number;
  readonly problem: string;
  readonly hint: string;
}

export type PolicyReading =
  | { readonly kind: 'policy'; readonly policy: EffectivePolicy; readonly documents: readonly RootedDocument[] }
  | UnreadablePolicy;

const defaultHint = 'correct the file; laps validate shows where';

/** A file that stands for one root and is keyed for another, as its own problem; undefined when the two agree. */
export function rootConflict(document: PolicyDocument, root: PolicyRootName): ReadingProblem | undefined {
  if (document.root === undefined || document.root === root) return undefined;
  return {
    kind: 'mixedRoots',
    message: `the file stands for the root ${root}, but its content is keyed for ${document.root}`,
    hint: 'rename the file, or key its settings for the root it stands for',
    place: document.settings[0]?.namePlace ?? { line: 1, column: 1, endLine: 1, endColumn: 1 },
  };
}

/**
 * The first reason why a device would not take this file as policy, or undefined. A value of the wrong type is one:
 * no registry could hold it, so there is no Windows behaviour to follow, and guessing a default would change a
 * password's rules over a typing mistake. A value that is merely out of range is not: Windows uses the default.
 */
export function refusalOf(document: PolicyDocument, root: PolicyRootName, os: OsBuild): ReadingProblem | undefined {
  const first = document.problems[0];
  if (first !== undefined) return first;
  const conflict = rootConflict(document, root) ?? contradictionIn(document);
  if (conflict !== undefined) return conflict;
  for (const setting of document.settings) {
    const verdict = verdictOn(setting, root, os);
    if (verdict.kind === 'wrongType')
      return {
        kind: 'unreadable',
        message: wrongTypeText(setting, verdict.row),
        place: setting.valuePlace,
      };
  }
  return undefined;
}

/** A refusal as the service and the verbs tell it. */
export function unreadableOf(path: string, problem: ReadingProblem): UnreadablePolicy {
  return {
    kind: 'unreadable',
    code: 'ERR_LAPS_POLICY_UNREADABLE',
    path,
    line: problem.place.line,
    column: problem.place.column,
    problem: problem.message,
    // Whoever reads this stands before a device, not in an editor: the frame with the place is a command away.
    hint: problem.hint === undefined ? defaultHint : `${problem.hint}; laps validate shows where`,
  };
}

/** Reads files of known roots. A root below the active one is never looked into, as Windows does not. */
export async function readPolicies(
  files: ReadonlyArray<{ readonly root: PolicyRootName; readonly file: PolicyFile }>,
  os: OsBuild,
): Promise<PolicyReading> {
  const documents: RootedDocument[] = [];
  for (const root of rootsAsked(os)) {
    const entry = files.find((candidate) => candidate.root === root);
    if (entry === undefined) continue;
    const document = await readDocument(entry.file);
    const refusal = refusalOf(document, root, os);
    if (refusal !== undefined) return unreadableOf(document.path, refusal);
    documents.push({ root, document });
    if (activeRootOf(documents, os) !== undefined) break;
  }
  return { kind: 'policy', policy: resolvePolicy({ documents, os }), documents };
}

/** The policy folder's content to the effective policy: what the service calls each cycle. */
export async function policyOfFolder(reading: PolicyFolderReading, os: OsBuild): Promise<PolicyReading> {
  if (reading.kind === 'files') return readPolicies(reading.files, os);
  return {
    kind: 'unreadable',
    code: reading.code ?? 'ERR_LAPS_POLICY_UNREADABLE',
    path: reading.path,
    line: 1,
    column: 1,
    problem: reading.problem,
    hint: reading.hint,
  };
}

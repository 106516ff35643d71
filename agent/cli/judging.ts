/**
 * What the author's options and exceptions add to the files, on the way to the rules.
 *
 * Promises: `--os`, `--join-type`, `--root`, `--baseline` and every `.lapsaccept` that concerns a file are taken into
 * account, here and nowhere else. Must never: judge; the rules do.
 */
import { isLapsError } from '../core/errors.ts';
import { type PolicyDocument, rootJudgedAs } from '../core/policy/document.ts';
import type { Exception } from '../core/policy/exceptions/exception.ts';
import { type IgnoreLine, ignoreFileName, isAbout, readIgnoreFile } from '../core/policy/exceptions/ignoreFile.ts';
import { partsOf } from '../core/policy/parts.ts';
import { type JudgedFile, judge } from '../core/policy/rules/judge.ts';
import type { Rule } from '../core/policy/rules/rule.ts';
import { rules } from '../core/policy/rules/rules.ts';
import type { Face } from './face.ts';
import { baselineOption, joinTypeOption, osListOption, rootOption } from './policyOptions.ts';

interface IgnoreFile {
  /** The folder it stands in, with its end mark; empty for the folder the command runs in. */
  readonly folder: string;
  readonly lines: readonly IgnoreLine[];
}

const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** The ignore file of a folder; undefined when there is none. */
async function ignoreFileOf(face: Face, folder: string): Promise<IgnoreFile | undefined> {
  const { readPolicyFile } = await (await import('../composeAuthoring.ts')).authoring();
  const path = `${folder}${ignoreFileName}`;
  try {
    const { bytes } = await readPolicyFile({ path, cwd: face.host.cwd });
    return { folder, lines: readIgnoreFile(new TextDecoder('utf-8').decode(bytes), path) };
  } catch (error) {
    if (isLapsError(error) && error.code === 'ERR_LAPS_NO_SUCH_FILE') return undefined;
    throw error;
  }
}

/** What the ignore files beside a policy file, and in the folder the command runs in, say about it. */
function exceptionsFor(path: string, files: ReadonlyMap<string, IgnoreFile | undefined>): Exception[] {
  return [...new Set([folderOf(path), ''])].flatMap((folder) => {
    const file = files.get(folder);
    if (file === undefined) return [];
    const below = path.slice(file.folder.length);
    return file.lines.filter((line) => isAbout(line, below)).map((line) => line.exception);
  });
}

/** A run that is judged. */
export interface Judgement {
  readonly files: readonly JudgedFile[];
  /** Every rule that was asked, those of the baseline included. */
  readonly rules: readonly Rule[];
}

/** What the rules say about documents that are read already, in their order. */
export async function judgeDocuments(face: Face, documents: readonly PolicyDocument[]): Promise<Judgement> {
  const builds = osListOption(face);
  const joinType = joinTypeOption(face);
  const told = rootOption(face);
  const baseline: readonly Rule[] | undefined = await baselineOption(face);
  const ignoreFiles = new Map<string, IgnoreFile | undefined>();
  for (const folder of new Set(['', ...documents.map(({ path }) => folderOf(path))]))
    ignoreFiles.set(folder, await ignoreFileOf(face, folder));
  const files = judge({
    files: documents.map((document) => ({
      document,
      root: rootJudgedAs(document, told),
      ...(document.policies !== undefined && {
        parts: partsOf(document).map((part) => ({ document: part, root: rootJudgedAs(part, told) })),
      }),
      exceptions: exceptionsFor(document.path, ignoreFiles),
    })),
    builds,
    joinType,
    ...(baseline !== undefined && { baseline }),
  });
  return { files, rules: [...rules, ...(baseline ?? [])] };
}

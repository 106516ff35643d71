/**
 * What the author's options and exceptions add to the files, on the way to the rules.
 *
 * Promises: `--os`, `--join-type`, `--root`, `--baseline` and every `.lapsaccept` that concerns a file are taken into
 * account, here and nowhere else. Must never: judge; the rules do.
 */
import type { PolicyDocument } from '../core/policy/document.ts';
import { type JudgedFile, judge } from '../core/policy/rules/judge.ts';
import { judgeIgnoreFile } from '../core/policy/rules/judgeIgnoreFile.ts';
import type { Finding, Rule } from '../core/policy/rules/rule.ts';
import { rules } from '../core/policy/rules/rules.ts';
import { fileToJudge } from '../core/policy/rules/views.ts';
import type { Face } from './face.ts';
import { type IgnoreFile, type IgnoreFiles, readIgnoreFiles } from './ignoreFiles.ts';
import { baselineOption, joinTypeOption, osListOption, rootOption } from './policyOptions.ts';

/** A `.lapsaccept` in which something is wrong. */
export interface JudgedIgnoreFile extends IgnoreFile {
  readonly findings: readonly Finding[];
}

/** A run that is judged. */
export interface Judgement {
  readonly files: readonly JudgedFile[];
  readonly ignoreFiles: readonly JudgedIgnoreFile[];
  /** Every rule that was asked, those of the baseline included. */
  readonly rules: readonly Rule[];
}

function judgeIgnoreFiles(
  ignored: IgnoreFiles,
  judged: readonly JudgedFile[],
  table: readonly Rule[],
): readonly JudgedIgnoreFile[] {
  const outcomes = ignored.files.length === 0 ? [] : judged.flatMap((file) => file.outcomes);
  const { isJudgedWhole } = ignored;
  return ignored.files
    .map((file) => ({ ...file, findings: judgeIgnoreFile({ lines: file.lines, table, outcomes, isJudgedWhole }) }))
    .filter(({ findings }) => findings.length > 0);
}

/** What the rules say about documents that are read already, in their order; `folders` are those named as a whole. */
export async function judgeDocuments(
  face: Face,
  documents: readonly PolicyDocument[],
  folders: readonly string[] = [],
): Promise<Judgement> {
  const builds = osListOption(face);
  const joinType = joinTypeOption(face);
  const told = rootOption(face);
  const baseline: readonly Rule[] | undefined = await baselineOption(face);
  const ignored = await readIgnoreFiles(face, { paths: documents.map(({ path }) => path), folders });
  const files = judge({
    files: documents.map((document) => ({
      ...fileToJudge(document, told),
      exceptions: ignored.exceptionsFor(document.path),
    })),
    builds,
    joinType,
    ...(baseline !== undefined && { baseline }),
  });
  const table = [...rules, ...(baseline ?? [])];
  return { files, ignoreFiles: judgeIgnoreFiles(ignored, files, table), rules: table };
}

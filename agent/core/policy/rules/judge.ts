/**
 * The rules at work: the files of one run to findings (contract 3).
 *
 * Knows: which rule is asked about which file, once for each build, and what an exception takes away. Promises: findings
 * in the order of the text, each once, with the builds it concerns where those are not all; whatever the files hold,
 * an answer. Must never: find anything itself.
 */
import type { JoinType } from '../../ports.ts';
import { exceptionsInComments } from '../exceptions/comments.ts';
import type { WeighedException } from '../exceptions/exception.ts';
import type { OsBuild } from '../os.ts';
import { partText } from '../parts.ts';
import { findingOf } from './findings.ts';
import { inShapeOf } from './hintInShape.ts';
import type { Finding, Report, Rule, RuleContext } from './rule.ts';
import { lateRules, rules } from './rules.ts';
import { type FileToJudge, foldersOf, type NumberedPolicy, policiesOf, viewsFor } from './views.ts';
import { type Accepted, weigh } from './weigh.ts';

export interface JudgeRequest {
  readonly files: readonly FileToJudge[];
  /** At least one. */
  readonly builds: readonly OsBuild[];
  /** Undefined when the author did not say. */
  readonly joinType: JoinType | undefined;
  /** The rules of a baseline, on top of the table's own. */
  readonly baseline?: readonly Rule[];
}

export interface JudgedFile extends FileToJudge {
  readonly findings: readonly Finding[];
  /** What an exception took away, with its reason. */
  readonly accepted: readonly Accepted[];
  /** What became of each exception. */
  readonly outcomes: readonly WeighedException[];
}

const noExceptions: readonly WeighedException[] = [];
const silence: readonly Report[] = [];

/**
 * What each of the rules says. Most say nothing, and a run may be of a thousand files: then an iterator for each answer
 * would be most of the work.
 */
function findingsIn(context: RuleContext, asked: readonly Rule[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (let at = 0; at < asked.length; at += 1) {
    const rule = asked[at];
    const reports = rule?.check(context) ?? silence;
    if (rule !== undefined && reports.length > 0)
      for (const report of reports) findings.push(inShapeOf(context, findingOf(rule, report)));
  }
  return findings;
}

const keyOf = ({ rule, message, place }: Finding): string => `${rule} ${place.line}:${place.column} ${message}`;

/** What is found for each build, as one list: a finding that concerns only some of the builds names them. */
function merged(perBuild: ReadonlyArray<readonly Finding[]>, builds: readonly OsBuild[]): readonly Finding[] {
  const first = perBuild[0];
  if (first !== undefined && perBuild.length === 1) return first;
  const found = new Map<string, { finding: Finding; builds: string[] }>();
  for (const [index, findings] of perBuild.entries())
    for (const finding of findings) {
      const entry = found.get(keyOf(finding)) ?? { finding, builds: [] };
      found.set(keyOf(finding), entry);
      const build = builds[index]?.text;
      if (build !== undefined && !entry.builds.includes(build)) entry.builds.push(build);
    }
  return [...found.values()].map((entry) =>
    entry.builds.length === builds.length ? entry.finding : { ...entry.finding, builds: entry.builds },
  );
}

/** Findings of a file's policies as one list: each names its policy, and what is about the file itself stands there once. */
function ofFile(perPolicy: ReadonlyArray<readonly Finding[]>, policies: readonly NumberedPolicy[]): readonly Finding[] {
  const first = perPolicy[0];
  if (first !== undefined && perPolicy.length === 1) return first;
  const found = new Map<string, Finding>();
  for (const [at, findings] of perPolicy.entries())
    for (const finding of findings) {
      const part = policies[at]?.document.part;
      const policy = part === undefined || found.has(keyOf(finding)) ? {} : { policy: partText(part) };
      found.set(keyOf(finding), { ...finding, ...policy });
    }
  return [...found.values()];
}

const inOrder = (a: Finding, b: Finding): number =>
  a.place.line - b.place.line || a.place.column - b.place.column || a.rule.localeCompare(b.rule);

/** Judges the files of a run, beside one another. */
export function judge(request: JudgeRequest): readonly JudgedFile[] {
  const { files, builds, joinType } = request;
  const table = request.baseline === undefined ? rules : [...rules, ...request.baseline];
  const ordinary = table.filter((rule) => rule.last !== true);
  const askedOfModern = ordinary.filter((rule) => rule.roots !== 'legacy');
  const askedOfLegacy = ordinary.filter((rule) => rule.roots !== 'modern');
  const policies = policiesOf(files);
  const all = policies.flat();
  const folders = foldersOf(all);
  const runs = builds.map((os) => ({ os, seen: viewsFor(all, folders, os) }));

  const contextFor = (run: (typeof runs)[number], numbered: NumberedPolicy): RuleContext => {
    const { view, neighbours } = run.seen(numbered);
    const { document, root, policy, settings, odd, given, names, namedRoot } = view;
    return {
      document,
      root,
      policy,
      settings,
      odd,
      given,
      names,
      namedRoot,
      os: run.os,
      builds,
      joinType,
      neighbours,
      exceptions: noExceptions,
    };
  };
  const judgePolicy = (numbered: NumberedPolicy): readonly Finding[] => {
    const asked = numbered.root === 'Legacy' ? askedOfLegacy : askedOfModern;
    return merged(
      runs.map((run) => findingsIn(contextFor(run, numbered), asked)),
      builds,
    );
  };
  const weighed = files.map((file, at) => {
    const own = policies[at] ?? [];
    const findings = ofFile(own.map(judgePolicy), own);
    const written = [...exceptionsInComments(file.document), ...(file.exceptions ?? [])];
    return { file, ...weigh(findings, written, table) };
  });

  return weighed.map(({ file, kept, accepted, exceptions: outcomes }) => {
    // What stands in an ignore file is told there (judgeIgnoreFile.ts).
    const exceptions = outcomes.filter(({ exception, state }) => exception.about === undefined && state !== 'used');
    const late =
      exceptions.length === 0
        ? []
        : lateRules.flatMap((rule) => rule.check({ exceptions }).map((report) => findingOf(rule, report)));
    return { ...file, findings: [...kept, ...late].toSorted(inOrder), accepted, outcomes };
  });
}

/**
 * The rules at work: the files of one run to findings (contract 3).
 *
 * Knows: which rule is asked about which file, once for each build, and what an exception takes away. Promises: findings
 * in the order of the text, each once, with the builds it concerns where those are not all; whatever the files hold,
 * an answer. Must never: find anything itself.
 */
import type { JoinType, PolicyRootName } from '../../ports.ts';
import { type PolicyDocument, rootOfFileName } from '../document.ts';
import { exceptionsInComments } from '../exceptions/comments.ts';
import type { Exception, WeighedException } from '../exceptions/exception.ts';
import type { OsBuild } from '../os.ts';
import { judgedDocument, policyAlone } from '../resolve.ts';
import type { JudgedSetting } from '../values.ts';
import { namesIn } from './names.ts';
import type { FileView, Finding, Neighbours, Report, Rule, RuleContext } from './rule.ts';
import { rules } from './rules.ts';

/** A file to judge. */
export interface FileToJudge {
  readonly document: PolicyDocument;
  readonly root: PolicyRootName;
  /** What an ignore file says about it, beside the comments in the file itself. */
  readonly exceptions?: readonly Exception[];
}

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
  readonly accepted: ReadonlyArray<{ readonly finding: Finding; readonly reason: string }>;
}

/** A file as a device of one build reads it. */
export function viewOf({ document, root }: FileToJudge, os: OsBuild): FileView {
  const judged = judgedDocument({ root, document }, os);
  const { settings } = judged;
  const given = new Map<string, JudgedSetting>();
  const odd: JudgedSetting[] = [];
  for (const each of settings) {
    given.set(each.setting.name, each);
    if (each.verdict.kind !== 'fine') odd.push(each);
  }
  const policy = policyAlone(judged, os);
  const names = namesIn({ given, policy });
  return { document, root, policy, settings, odd, given, names, namedRoot: rootOfFileName(document.path) };
}

const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** For each folder, by their numbers in the run, the files that may meet on one device with another of the folder. */
type Folders = ReadonlyMap<string, { readonly roots: number[]; readonly intune: number[] }>;

/** Files of a policy folder meet, and so do exports of Intune. */
function foldersOf(files: readonly FileToJudge[]): Folders {
  const folders = new Map<string, { roots: number[]; intune: number[] }>();
  for (const [at, { document }] of files.entries()) {
    const isRoot = rootOfFileName(document.path) !== undefined;
    if (!isRoot && document.format !== 'intune' && document.format !== 'omauri') continue;
    const name = folderOf(document.path);
    const folder = folders.get(name) ?? { roots: [], intune: [] };
    folders.set(name, folder);
    folder[isRoot ? 'roots' : 'intune'].push(at);
  }
  return folders;
}

const noExceptions: readonly WeighedException[] = [];
const nobody: Neighbours = { roots: [], intune: [] };

/**
 * The files of a run as devices of one build read them. Only what a rule may want to see beside another file is kept:
 * a run may be of thousands, most of which stand alone.
 */
function viewsFor(files: readonly FileToJudge[], folders: Folders, os: OsBuild) {
  const kept = new Map<number, FileView>();
  const companies = new Map<string, Neighbours>();
  const keptView = (at: number): FileView[] => {
    const file = files[at];
    if (file === undefined) return [];
    const view = kept.get(at) ?? viewOf(file, os);
    kept.set(at, view);
    return [view];
  };
  /** Everyone in a folder who may meet another. */
  const companyIn = (name: string): Neighbours => {
    const folder = folders.get(name);
    if (folder === undefined) return nobody;
    const made = companies.get(name) ?? {
      roots: folder.roots.flatMap(keptView),
      intune: folder.intune.flatMap(keptView),
    };
    companies.set(name, made);
    return made;
  };
  return (file: FileToJudge, at: number): { readonly view: FileView; readonly neighbours: Neighbours } => {
    const { roots, intune } = companyIn(folderOf(file.document.path));
    const view = kept.get(at) ?? viewOf(file, os);
    const others = roots.includes(view) ? roots.filter((other) => other !== view) : roots;
    return { view, neighbours: roots.length + intune.length === 0 ? nobody : { roots: others, intune } };
  };
}

const findingOf = (rule: Rule, report: Report): Finding => ({
  rule: rule.id,
  name: rule.name,
  severity: rule.severity,
  hint: rule.hint,
  ...(rule.source !== undefined && { source: rule.source }),
  ...report,
});

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
    if (rule !== undefined && reports.length > 0) for (const report of reports) findings.push(findingOf(rule, report));
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

const isOf = (finding: Finding, word: string): boolean =>
  finding.rule.toLowerCase() === word.toLowerCase() || finding.name.toLowerCase() === word.toLowerCase();

const covers = ({ lines }: Exception, finding: Finding): boolean =>
  lines === undefined || (finding.place.line >= lines.from && finding.place.line <= lines.to);

interface Weighed {
  readonly kept: readonly Finding[];
  readonly accepted: ReadonlyArray<{ readonly finding: Finding; readonly reason: string }>;
  readonly exceptions: readonly WeighedException[];
}

/** What the exceptions take away, and what became of each. */
function weigh(findings: readonly Finding[], exceptions: readonly Exception[], table: readonly Rule[]): Weighed {
  if (exceptions.length === 0) return { kept: findings, accepted: [], exceptions: [] };
  const taken = new Map<Finding, string>();
  const weighed = exceptions.flatMap((exception): WeighedException[] => {
    if (exception.rules.length === 0) return [{ exception, rule: '', state: 'notUnderstood' }];
    return exception.rules.map((word) => {
      const rule = table.find((each) => [each.id, each.name].some((name) => name.toLowerCase() === word.toLowerCase()));
      if (rule === undefined) return { exception, rule: word, state: 'noSuchRule' };
      if (rule.acceptable === false || rule.last === true) return { exception, rule: word, state: 'notAcceptable' };
      if (exception.reason === '') return { exception, rule: word, state: 'noReason' };
      const met = findings.filter((finding) => isOf(finding, word) && covers(exception, finding));
      for (const finding of met) taken.set(finding, exception.reason);
      return { exception, rule: word, state: met.length > 0 ? 'used' : 'unused' };
    });
  });
  return {
    kept: findings.filter((finding) => !taken.has(finding)),
    accepted: [...taken].map(([finding, reason]) => ({ finding, reason })),
    exceptions: weighed,
  };
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
  const lastOnes = table.filter((rule) => rule.last === true);
  const folders = foldersOf(files);
  const runs = builds.map((os) => ({ os, viewOfFile: viewsFor(files, folders, os) }));

  const contextFor = (run: (typeof runs)[number], file: FileToJudge, at: number): RuleContext => {
    const { view, neighbours } = run.viewOfFile(file, at);
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
  const weighed = files.map((file, at) => {
    const asked = file.root === 'Legacy' ? askedOfLegacy : askedOfModern;
    const all = merged(
      runs.map((run) => findingsIn(contextFor(run, file, at), asked)),
      builds,
    );
    const written = [...exceptionsInComments(file.document), ...(file.exceptions ?? [])];
    return { file, at, ...weigh(all, written, table) };
  });

  // A line of an ignore file may be about several files: it is unused when none of them needs it, and told once.
  const told = new Map<Exception, Set<string>>();
  const rulesOf = (exception: Exception): Set<string> => {
    const rules = told.get(exception) ?? new Set();
    told.set(exception, rules);
    return rules;
  };
  for (const { exceptions } of weighed)
    for (const { exception, rule, state } of exceptions) if (state === 'used') rulesOf(exception).add(rule);
  return weighed.map(({ file, at, kept, accepted, exceptions }) => {
    const open = exceptions.filter(({ exception, rule }) => !rulesOf(exception).has(rule));
    for (const { exception, rule } of open) rulesOf(exception).add(rule);
    const run = runs[0];
    if (open.length === 0 || run === undefined) return { ...file, findings: kept.toSorted(inOrder), accepted };
    const context = contextFor(run, file, at);
    const late = lastOnes.flatMap((rule) =>
      rule.check({ ...context, exceptions: open }).map((report) => findingOf(rule, report)),
    );
    return { ...file, findings: [...kept, ...late].toSorted(inOrder), accepted };
  });
}

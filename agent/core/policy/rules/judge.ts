/**
 * The rules at work: the files of one run to findings (contract 3).
 *
 * Knows: which rule is asked about which file, once for each build, and what an exception takes away. Promises: findings
 * in the order of the text, each once, with the builds it concerns where those are not all; whatever the files hold,
 * an answer. Must never: find anything itself.
 */
import type { JoinType, PolicyRootName } from '../../ports.ts';
import { type ParsedSetting, type PolicyDocument, rootOfFileName } from '../document.ts';
import { exceptionsInComments } from '../exceptions/comments.ts';
import type { Exception, WeighedException } from '../exceptions/exception.ts';
import type { OsBuild } from '../os.ts';
import { resolvePolicy } from '../resolve.ts';
import { isSettingName } from '../settings.ts';
import { verdictOn } from '../values.ts';
import type { FileView, Finding, Neighbours, Report, Rule, RuleContext, TakenModern, TakenSetting } from './rule.ts';
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
  const settings = document.settings.map((setting) => ({ setting, verdict: verdictOn(setting, root, os) }));
  const given = new Map<string, ParsedSetting>();
  const taken = new Map<string, TakenSetting>();
  for (const { setting, verdict } of settings) {
    given.set(setting.name, setting);
    // Of a name that stands twice the last counts, even where its value is not taken.
    if (verdict.kind === 'fine') taken.set(setting.name, { setting, value: verdict.value });
    else taken.delete(setting.name);
  }
  const takenModern: TakenModern[] = [];
  for (const [name, each] of taken) if (root !== 'Legacy' && isSettingName(name)) takenModern.push({ ...each, name });
  const policy = resolvePolicy({ documents: [{ root, document }], os });
  return { document, root, policy, settings, given, taken, takenModern, namedRoot: rootOfFileName(document.path) };
}

const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
const nobody: Neighbours = { roots: [], intune: [] };

/** For each folder the files that may meet on one device: those of a policy folder, and exports of Intune. */
function foldersOf(views: readonly FileView[]): Map<string, { roots: FileView[]; intune: FileView[] }> {
  const folders = new Map<string, { roots: FileView[]; intune: FileView[] }>();
  for (const view of views) {
    const isRoot = view.namedRoot !== undefined;
    const isIntune = view.document.format === 'intune' || view.document.format === 'omauri';
    if (!isRoot && !isIntune) continue;
    const name = folderOf(view.document.path);
    const folder = folders.get(name) ?? { roots: [], intune: [] };
    folders.set(name, folder);
    if (isRoot) folder.roots.push(view);
    else folder.intune.push(view);
  }
  return folders;
}

const findingOf = (rule: Rule, report: Report): Finding => ({
  rule: rule.id,
  name: rule.name,
  severity: rule.severity,
  hint: rule.hint,
  ...(rule.source !== undefined && { source: rule.source }),
  ...report,
});

/** What each of the rules says. A loop, for most say nothing, and a run may be of a thousand files. */
function findingsIn(context: RuleContext, asked: readonly Rule[]): Finding[] {
  const findings: Finding[] = [];
  for (const rule of asked) for (const report of rule.check(context)) findings.push(findingOf(rule, report));
  return findings;
}

const keyOf = ({ rule, message, place }: Finding): string => `${rule} ${place.line}:${place.column} ${message}`;

/** What is found for each build, as one list: a finding that concerns only some of the builds names them. */
function merged(perBuild: ReadonlyArray<readonly Finding[]>, builds: readonly OsBuild[]): Finding[] {
  const first = perBuild[0];
  if (first !== undefined && perBuild.length === 1) return [...first];
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
  readonly kept: Finding[];
  readonly accepted: Array<{ finding: Finding; reason: string }>;
  readonly exceptions: WeighedException[];
}

/** What the exceptions take away, and what became of each. */
function weigh(findings: readonly Finding[], exceptions: readonly Exception[], table: readonly Rule[]): Weighed {
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
  const runs = builds.map((os) => {
    const views = files.map((file) => viewOf(file, os));
    return { os, views, folders: foldersOf(views) };
  });

  const weighed = files.map((file, index) => {
    const contexts = runs.flatMap(({ os, views, folders }) => {
      const view = views[index];
      if (view === undefined) return [];
      const folder = folders.get(folderOf(view.document.path));
      const neighbours =
        folder === undefined
          ? nobody
          : { roots: folder.roots.filter((other) => other !== view), intune: folder.intune };
      return [{ ...view, os, joinType, neighbours, exceptions: [] }];
    });
    const asked = file.root === 'Legacy' ? askedOfLegacy : askedOfModern;
    const all = merged(
      contexts.map((context) => findingsIn(context, asked)),
      builds,
    );
    const written = [...exceptionsInComments(file.document), ...(file.exceptions ?? [])];
    return { file, context: contexts[0], ...weigh(all, written, table) };
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
  return weighed.map(({ file, context, kept, accepted, exceptions }) => {
    const open = exceptions.filter(({ exception, rule }) => !rulesOf(exception).has(rule));
    for (const { exception, rule } of open) rulesOf(exception).add(rule);
    if (open.length === 0 || context === undefined) return { ...file, findings: kept.toSorted(inOrder), accepted };
    const late = lastOnes.flatMap((rule) =>
      rule.check({ ...context, exceptions: open }).map((report) => findingOf(rule, report)),
    );
    return { ...file, findings: [...kept, ...late].toSorted(inOrder), accepted };
  });
}

/** Shorthand for tests of the policy room: a document from a value or a text, and a seeded source of chance. */
import { type PolicyDocument, rootOf } from '../../agent/core/policy/document.ts';
import { defaultOs, type OsBuild, parseOs } from '../../agent/core/policy/os.ts';
import { type EffectivePolicy, resolvePolicy } from '../../agent/core/policy/resolve.ts';
import { judge } from '../../agent/core/policy/rules/judge.ts';
import type { Finding } from '../../agent/core/policy/rules/rule.ts';
import { fileToJudge } from '../../agent/core/policy/rules/views.ts';
import type { JoinType, PolicyRootName } from '../../agent/core/ports.ts';
import { readNow } from './readers.ts';

/** A document of this text, or of this value as JSON. */
export function documentOf(content: unknown, path = 'csp.json'): PolicyDocument {
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  return readNow({ path, bytes: new TextEncoder().encode(text) });
}

/** A build, 10.0.26100 when none is named. */
export function osOf(text?: string): OsBuild {
  const os = text === undefined ? defaultOs : parseOs(text);
  if (os === undefined) throw new Error(`not a build: ${text}`);
  return os;
}

/** The effective policy of one file's content. */
export function policyOf(content: unknown, options: { path?: string; os?: string } = {}): EffectivePolicy {
  const document = documentOf(content, options.path);
  return resolvePolicy({ documents: [{ root: rootOf(document), document }], os: osOf(options.os) });
}

/** What the rules say about one file's content; `others` are contents of further files of the run, by path. */
export function lint(
  content: unknown,
  options: {
    path?: string;
    os?: string;
    root?: PolicyRootName;
    joinType?: JoinType;
    others?: Readonly<Record<string, unknown>>;
  } = {},
): readonly Finding[] {
  const document = documentOf(content, options.path);
  const others = Object.entries(options.others ?? {}).map(([path, each]) => documentOf(each, path));
  const [first] = judge({
    files: [
      fileToJudge(document, options.root ?? document.root),
      ...others.map((other) => ({ ...fileToJudge(other), root: rootOf(other) })),
    ],
    builds: [osOf(options.os)],
    joinType: options.joinType,
  });
  return first?.findings ?? [];
}

/** Rule names in order. */
export const namesOfFindings = (findings: readonly Finding[]): string[] => findings.map((finding) => finding.name);

/** A small seeded generator of whole numbers below a bound: the same run every time. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

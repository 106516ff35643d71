/**
 * A run of `laps validate` as the renderers take it, and its findings as contract 3 prints them.
 *
 * Knows: shapes, and how findings are counted. Promises: one tally for every form of output. Must never: judge.
 */
import type { LapsError } from '../../core/errors.ts';
import type { ParsedSetting, PolicyDocument, PolicyFormat } from '../../core/policy/document.ts';
import type { Finding, Severity } from '../../core/policy/rules/rule.ts';
import type { Accepted } from '../../core/policy/rules/weigh.ts';
import type { PolicyRootName } from '../../core/ports.ts';
import { count } from './words.ts';

/** What is shown of a file: of a policy, or of a `.lapsaccept` that accepts nothing somewhere. */
export interface ReportedDocument extends Pick<PolicyDocument, 'path' | 'source' | 'settings' | 'root'> {
  readonly format: PolicyFormat | 'lapsaccept';
}

/** A file with what was found in it. */
export interface ReportedFile {
  readonly document: ReportedDocument;
  /** Null for what is no policy. */
  readonly root: PolicyRootName | null;
  readonly findings: readonly Finding[];
  /** What an exception took away, with its reason. */
  readonly accepted: readonly Accepted[];
}

/** A path that could not be read at all. */
export interface UnreadPath {
  readonly path: string;
  readonly error: LapsError;
}

export interface ValidateRun {
  readonly files: readonly ReportedFile[];
  readonly unread: readonly UnreadPath[];
  /** Files of a folder that are no LAPS policy. */
  readonly passedOver: readonly string[];
  /** Whether a backslash parts folders in a path, as on Windows; elsewhere it is a letter of a name. */
  readonly backslashParts: boolean;
}

export interface Summary {
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  /** Findings that an exception accepts; they are counted nowhere else. */
  readonly accepted: number;
}

export function summaryOf(run: ValidateRun): Summary {
  let accepted = 0;
  const bySeverity: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  for (const file of run.files) {
    accepted += file.accepted.length;
    for (const finding of file.findings) bySeverity[finding.severity] += 1;
  }
  return { errors: bySeverity.error, warnings: bySeverity.warning, infos: bySeverity.info, accepted };
}

/** `2 files, 1 error, 0 warnings`. */
export function tallyText(run: ValidateRun, summary: Summary): string {
  const policies = run.files.filter(({ root }) => root !== null);
  const parts = [count(policies.length, 'file'), count(summary.errors, 'error'), count(summary.warnings, 'warning')];
  if (summary.infos > 0) parts.push(count(summary.infos, 'remark'));
  if (summary.accepted > 0) parts.push(`${summary.accepted} accepted`);
  return parts.join(', ');
}

/** The setting that a finding points at, by its name or its value. */
function pointedAt(finding: Finding, document: ReportedDocument): ParsedSetting | undefined {
  return document.settings.find(
    ({ namePlace, valuePlace }) => namePlace === finding.place || valuePlace === finding.place,
  );
}

/** A finding as contract 3 prints it. */
export function findingJson(finding: Finding, document: ReportedDocument): Record<string, unknown> {
  const { rule, name, severity, setting, message, effect, hint, place, policy, builds, source } = finding;
  const pointer = place.pointer ?? pointedAt(finding, document)?.pointer;
  return {
    rule,
    name,
    severity,
    setting: setting ?? null,
    message,
    effect: effect ?? null,
    hint: hint ?? null,
    line: place.line,
    column: place.column,
    endLine: place.endLine,
    endColumn: place.endColumn,
    ...(place.byteOffset !== undefined && { byteOffset: place.byteOffset }),
    ...(pointer !== undefined && { pointer }),
    ...(policy !== undefined && { policy }),
    ...(builds !== undefined && { builds }),
    ...(source !== undefined && { source }),
  };
}

/** A failure as contract 2 prints it. */
export const errorJson = ({ code, message, hint }: LapsError): Record<string, unknown> => ({
  code,
  message,
  hint: hint ?? null,
});

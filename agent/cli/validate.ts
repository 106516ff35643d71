/**
 * `laps validate`: tells a policy author what is wrong, where, and what a device would do (contract 2, 3, 7).
 *
 * Promises: every file is judged even when another cannot be read; exit 0 clean, 1 with findings, 3 when a file is
 * missing or closed. Must never: decide what is wrong; the rules do.
 */
import type { Command } from 'commander';
import { isLapsError, LapsError } from '../core/errors.ts';
import { type PolicyDocument, rootOf } from '../core/policy/document.ts';
import { readDocument } from '../core/policy/formats/formats.ts';
import type { Finding, Severity } from '../core/policy/rules/rule.ts';
import { findingsOf } from '../core/policy/rules/rules.ts';
import type { PolicyRootName } from '../core/ports.ts';
import type { Face, Verb } from './face.ts';
import { formatOption, joinTypeOption, option, osOption, readGiven, rootOption } from './policyOptions.ts';
import { findingText } from './render/finding.ts';
import { palette } from './render/paint.ts';
import { count } from './render/words.ts';

interface Judged {
  readonly document: PolicyDocument;
  readonly root: PolicyRootName;
  readonly findings: readonly Finding[];
}

async function judge(face: Face): Promise<{ judged: Judged[]; failure: LapsError | undefined }> {
  const os = osOption(face);
  const joinType = joinTypeOption(face);
  const told = rootOption(face);
  const judged: Judged[] = [];
  let failure: LapsError | undefined;
  for (const path of face.args) {
    try {
      const document = readDocument(await readGiven(face, path));
      const root = rootOf(document, told);
      judged.push({
        document,
        root,
        findings: findingsOf({ document, root, os, joinType, others: face.args }),
      });
    } catch (error) {
      if (!isLapsError(error)) throw error;
      failure ??= error;
    }
  }
  return { judged, failure };
}

/** A finding as contract 3 prints it. */
function findingJson(finding: Finding): Record<string, unknown> {
  const { rule, name, severity, setting, message, effect, hint, place } = finding;
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
  };
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description(
        'Check policy files: unknown settings, duplicates, types, ranges, and what a device would make of them.',
      )
      .argument('<files...>', 'policy files; - reads standard input')
      .option(
        '--root <root>',
        'judge as this root: csp, gpo, local or legacy (default: what the file or its name says)',
      )
      .option('--os <build>', 'Windows build to judge for (default 10.0.26100)')
      .option('--join-type <type>', 'also judge for a device that is entra, hybrid or registered')
      .option('--baseline <name>', 'not available in this version')
      .option('--format <format>', 'text or json')
      .option('--strict', 'warnings make the exit status 1 as well')
      .addHelpText(
        'after',
        '\nExit status: 0 nothing found, 1 findings, 3 a file cannot be read.\n\nExamples:\n  laps validate policies/csp.json\n  laps validate --os 10.0.22631 --strict policies/*.json\n  some-tool | laps validate --root gpo -',
      );
  },

  async run(face) {
    if (option(face, 'baseline') !== undefined)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: '--baseline is not available in this version',
        hint: 'run laps validate without it',
      });
    if (face.args.length === 0)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: 'no file was named',
        hint: 'laps validate policies/csp.json',
      });
    const format = formatOption(face);
    const { judged, failure } = await judge(face);
    const all = judged.flatMap((each) => each.findings);
    const total = (severity: Severity): number => all.filter((finding) => finding.severity === severity).length;
    const summary = { errors: total('error'), warnings: total('warning'), infos: total('info') };
    const strict = option(face, 'strict') === true;
    const status = summary.errors > 0 || (strict && summary.warnings > 0) ? 1 : 0;

    if (format === 'json') {
      const files = judged.map(({ document, root, findings }) => ({
        path: document.path,
        format: document.format,
        root,
        findings: findings.map(findingJson),
      }));
      const error = failure && { code: failure.code, message: failure.message, hint: failure.hint ?? null };
      face.outJson({ files, summary, ...(error && { error }) });
      return failure?.exit ?? status;
    }
    const paints = palette(face.color);
    for (const { document, findings } of judged)
      for (const finding of findings)
        face.out(findingText(finding, document, { columns: face.host.stdout.columns, palette: paints }));
    if (judged.length > 0) {
      const tally = [count(judged.length, 'file'), count(summary.errors, 'error'), count(summary.warnings, 'warning')];
      if (summary.infos > 0) tally.push(count(summary.infos, 'remark'));
      face.out(`${tally.join(', ')}\n`);
    }
    if (failure !== undefined) throw failure;
    return status;
  },
};

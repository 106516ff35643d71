/**
 * `laps validate`: tells a policy author what is wrong, where, and what a device would do (contract 2, 3, 7).
 *
 * Promises: every file is judged even when another cannot be read; exit 0 clean, 1 with findings, 3 when a file is
 * missing or closed. Must never: decide what is wrong; the rules do.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { rootOfFileName } from '../core/policy/document.ts';
import { readDocument } from '../core/policy/formats/formats.ts';
import type { RuleText } from '../core/policy/rules/rule.ts';
import type { PolicyRootName } from '../core/ports.ts';
import type { Face, Verb } from './face.ts';
import { type GivenFiles, readAllGiven } from './given.ts';
import { type Judgement, judgeDocuments } from './judging.ts';
import { formatOption, gather, gatherOs, option, type ReportFormat } from './policyOptions.ts';
import { clean } from './render/display.ts';
import { findingText } from './render/finding.ts';
import { palette } from './render/paint.ts';
import {
  errorJson,
  findingJson,
  type ReportedFile,
  type Summary,
  summaryOf,
  tallyText,
  type ValidateRun,
} from './render/run.ts';

async function judgeAll(face: Face, { files, folders }: GivenFiles): Promise<Judgement> {
  const documents = await Promise.all(files.map((file) => readDocument(file)));
  return judgeDocuments(face, documents, folders);
}

/** What is wrong with ignore files is told after the policies. */
function reported({ files, ignoreFiles }: Judgement): readonly ReportedFile[] {
  return [
    ...files,
    ...ignoreFiles.map(({ path, source, findings }) => ({
      document: { path, source, format: 'lapsaccept' as const, settings: [] },
      root: null,
      findings,
      accepted: [],
    })),
  ];
}

function writeText(face: Face, run: ValidateRun, summary: Summary): void {
  const options = { columns: face.host.stdout.columns, palette: palette(face.color) };
  for (const { document, findings } of run.files) {
    const text = findings.map((finding) => findingText(finding, document, options)).join('');
    if (text !== '') face.out(text);
  }
  if (run.files.length > 0) face.out(`${tallyText(run, summary)}\n`);
  if (run.passedOver.length > 0) face.say(`passed over, no LAPS policy: ${run.passedOver.map(clean).join(', ')}\n`);
  // The first is thrown and told as every error is; the others would otherwise be lost.
  for (const { error } of run.unread.slice(1)) face.say(`laps: error: ${clean(error.message)} [${error.code}]\n`);
}

const findingsJson = ({ document, findings, accepted }: ReportedFile) => ({
  findings: findings.map((finding) => findingJson(finding, document)),
  accepted: accepted.map(({ finding, reason }) => ({ ...findingJson(finding, document), reason })),
});

/** The root a file was judged as; null where neither it nor its name nor the author says one. */
const rootSaid = (face: Face, { document, root }: ReportedFile): PolicyRootName | null =>
  document.root === undefined &&
  document.format !== 'native' &&
  rootOfFileName(document.path) === undefined &&
  option(face, 'root') === undefined
    ? null
    : root;

function writeJson(face: Face, run: ValidateRun, summary: Summary): void {
  const files = run.files.map((file) => ({
    path: file.document.path,
    format: file.document.format,
    root: rootSaid(face, file),
    ...findingsJson(file),
  }));
  const first = run.unread[0];
  face.outJson({
    files,
    summary,
    ...(run.passedOver.length > 0 && { passedOver: run.passedOver }),
    ...(first && {
      error: errorJson(first.error),
      unread: run.unread.map(({ path, error }) => ({ path, ...errorJson(error) })),
    }),
  });
}

/** Writes the run in a form for machines; true when `format` is one. */
async function writeForMachines(
  face: Face,
  format: ReportFormat,
  run: ValidateRun,
  told: { readonly status: number; readonly rules: readonly RuleText[] },
): Promise<boolean> {
  const summary = summaryOf(run);
  if (format === 'json') writeJson(face, run, summary);
  else if (format === 'github') face.out((await import('./render/github.ts')).githubText(run, summary));
  else if (format === 'sarif') {
    const { sarifLog } = await import('./render/sarif.ts');
    face.outJson(sarifLog(run, told.rules, told.status));
  } else return false;
  return true;
}

/** Whether a folder's path is of Windows, by its drive or share. */
const isWindowsPath = (path: string): boolean => /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path);

export const verb: Verb = {
  configure(command: Command) {
    command
      .description(
        'Check policy files: unknown settings, duplicates, types, ranges, and what a device would make of them.',
      )
      .argument('<paths...>', 'policy files, or folders for the policies below them; - reads standard input')
      .option(
        '--root <root>',
        'judge as this root: csp, gpo, local or legacy (default: what the file or its name says)',
        gather,
      )
      .option('--os <build>', 'Windows builds to judge for, separated by commas (default 10.0.26100)', gatherOs)
      .option('--join-type <type>', 'also judge for a device that is entra, hybrid or registered')
      .option(
        '--baseline <name>',
        'also hold the files to a baseline: cis, or a file of your own; may be given several times',
        gather,
      )
      .option('--format <format>', 'text, json, sarif or github (default text)')
      .option('--strict', 'warnings make the exit status 1 as well')
      .addHelpText(
        'after',
        [
          '',
          'Exit status: 0 nothing found that counts, 1 findings of severity error (with --strict also warnings), 3 a path cannot be read.',
          '',
          'Examples:',
          '  laps validate policies/csp.json',
          '  laps validate policies exports/intune.json',
          '  laps validate --os 10.0.22631,10.0.26100 --strict policies/*.json',
          '  laps validate --baseline cis policies',
          '  laps validate --format sarif policies > laps.sarif',
          '  some-tool | laps validate --root gpo -',
        ].join('\n'),
      );
  },

  async run(face) {
    if (face.args.length === 0)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: 'no file was named',
        hint: 'laps validate policies/csp.json',
      });
    const format = formatOption(face);
    const given = await readAllGiven(face);
    const judgement = await judgeAll(face, given);
    const { unread, passedOver } = given;
    const run: ValidateRun = {
      files: reported(judgement),
      unread,
      passedOver,
      backslashParts: isWindowsPath(face.host.cwd),
    };
    const summary = summaryOf(run);
    const failure = unread[0]?.error;
    const counts = summary.errors > 0 || (option(face, 'strict') === true && summary.warnings > 0);
    const status = failure?.exit ?? (counts ? 1 : 0);
    if (await writeForMachines(face, format, run, { status, rules: judgement.rules })) return status;
    writeText(face, run, summary);
    if (failure !== undefined) throw failure;
    return status;
  },
};

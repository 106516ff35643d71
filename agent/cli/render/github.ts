/**
 * Findings as GitHub annotations: one workflow command a line, which the runner turns into a mark beside the line.
 *
 * Knows: the escaping of workflow commands (`%`, line ends; in properties also `:` and `,`). Promises: one finding is one
 * line, whatever a file holds. Must never: let text of a file open a command of its own.
 */
import type { Finding, Severity } from '../../core/policy/rules/rule.ts';
import { clean } from './display.ts';
import { type Summary, tallyText, type ValidateRun } from './run.ts';

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

const commands: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

function command(name: string, properties: Readonly<Record<string, string>>, text: string): string {
  const said = Object.entries(properties).map(([key, value]) => `${key}=${property(value)}`);
  return `::${name}${said.length > 0 ? ` ${said.join(',')}` : ''}::${data(text)}\n`;
}

/** Standard input has no path in the repository. */
function fileOf(path: string, { backslashParts }: Pick<ValidateRun, 'backslashParts'>): Record<string, string> {
  if (path === '-') return {};
  return { file: backslashParts ? path.replaceAll('\\', '/') : path };
}

function annotation(finding: Finding, file: Readonly<Record<string, string>>): string {
  const { place } = finding;
  // In a binary file a line would mislead: the annotation is about the file, and the sentence names the byte.
  const where: Record<string, string> =
    place.byteOffset !== undefined
      ? {}
      : {
          line: String(place.line),
          col: String(place.column),
          endLine: String(place.endLine),
          endColumn: String(place.endColumn),
        };
  const at = place.byteOffset === undefined ? '' : ` (at byte ${place.byteOffset})`;
  const lines = [
    `${finding.message}${at}`,
    ...(finding.effect === undefined ? [] : [finding.effect]),
    ...(finding.policy === undefined ? [] : [`in ${finding.policy}`]),
    ...(finding.hint === undefined ? [] : [`hint: ${finding.hint}`]),
    ...(finding.builds === undefined ? [] : [`concerns ${finding.builds.join(', ')}`]),
  ].map(clean);
  const title = `${finding.rule} ${finding.name}`;
  return command(commands[finding.severity], { ...file, ...where, title }, lines.join('\n'));
}

/** The whole run; the last line is the tally, which is no command. */
export function githubText(run: ValidateRun, summary: Summary): string {
  const lines = run.files.flatMap(({ document, findings }) =>
    findings.map((finding) => annotation(finding, fileOf(document.path, run))),
  );
  for (const { path, error } of run.unread)
    lines.push(command('error', { ...fileOf(path, run), title: error.code }, clean(error.message)));
  return `${lines.join('')}${tallyText(run, summary)}\n`;
}

/**
 * One finding as text: place, severity, sentence, rule, code frame, what the device does, what to do (contract 7).
 *
 * Must never: print text of the file as it is.
 */
import type { Finding, Severity } from '../../core/policy/rules/rule.ts';
import { codeFrame } from './codeFrame.ts';
import { clean } from './display.ts';
import type { Paint, Palette } from './paint.ts';
import type { ReportedFile } from './run.ts';

/** The colour of a severity. */
export function severityPaint(severity: Severity, palette: Palette): Paint {
  switch (severity) {
    case 'error':
      return palette.red;
    case 'warning':
      return palette.yellow;
    case 'info':
      return palette.blue;
  }
}

/** The finding's lines, with their ends. */
export function findingText(
  finding: Finding,
  document: Pick<ReportedFile['document'], 'path' | 'source'>,
  options: { readonly columns: number; readonly palette: Palette },
): string {
  const { palette } = options;
  const { place, severity } = finding;
  const severityText = severityPaint(severity, palette)(severity);
  const spot = place.byteOffset === undefined ? `${place.line}:${place.column}` : `byte ${place.byteOffset}`;
  const where = palette.bold(`${clean(document.path)}:${spot}`);
  const rule = palette.dim(`[${finding.rule} ${finding.name}]`);
  const lines = [`${where} ${severityText}  ${clean(finding.message)}  ${rule}`];
  lines.push(...codeFrame(document.source, place, options));
  if (finding.effect !== undefined) lines.push(`  ${clean(finding.effect)}`);
  if (finding.policy !== undefined) lines.push(`  in ${clean(finding.policy)}`);
  if (finding.builds !== undefined) lines.push(`  concerns Windows ${finding.builds.join(', ')}`);
  if (finding.source !== undefined) lines.push(`  source: ${clean(finding.source)}`);
  if (finding.hint !== undefined) lines.push(`  hint: ${clean(finding.hint)}`);
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * Findings as SARIF 2.1.0, the form that code scanning services and editors read.
 *
 * Knows: the published schema, of which this uses the part that people see: rules, results, places, what could not be
 * read, what is accepted and why. Promises: valid against that schema (tested); columns count UTF-16 units; a binary file
 * has byte offsets. Must never: put an absolute path where a relative one was given.
 */
import packageJson from '../../../package.json' with { type: 'json' };
import type { Finding, RuleText, Severity } from '../../core/policy/rules/rule.ts';
import type { Accepted } from '../../core/policy/rules/weigh.ts';
import type { Place } from '../../core/policy/text.ts';
import type { ReportedFile, ValidateRun } from './run.ts';

type Json = Record<string, unknown>;

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/** A byte of a name that is no UTF-8, as a lone surrogate (edge/rawNames.ts). */
const rawByte = /([\udc80-\udcff])/u;

/** A name in percent signs. Another lone surrogate has no UTF-8 form; the replacement character stands for it. */
const encodedPart = (part: string): string =>
  part
    .split(rawByte)
    .map((piece) =>
      rawByte.test(piece)
        ? `%${(piece.charCodeAt(0) - 0xdc00).toString(16).toUpperCase()}`
        : encodeURIComponent(piece.replace(/\p{Surrogate}/gu, '\ufffd')),
    )
    .join('');

/** A path as the URI reference it is: relative paths stay relative, `C:\x` and `/x` become file URIs. */
export function uriOf(path: string, backslashParts: boolean): string {
  const slashed = backslashParts ? path.replaceAll('\\', '/') : path;
  const drive = backslashParts && /^[A-Za-z]:\//.test(slashed);
  const parts = slashed.split('/').map((part, index) => (index === 0 && drive ? part : encodedPart(part)));
  const encoded = parts.join('/');
  if (drive) return `file:///${encoded}`;
  return slashed.startsWith('/') ? `file://${encoded}` : encoded.replace(/^(\.\/)+/, '');
}

/** A path of the run, and how the run's paths are written. */
interface Where extends Pick<ValidateRun, 'backslashParts'> {
  readonly path: string;
}

const artifactOf = ({ path, backslashParts }: Where): Json =>
  path === '-' ? { description: { text: 'standard input' } } : { uri: uriOf(path, backslashParts) };

function regionOf(place: Place): Json {
  if (place.byteOffset !== undefined)
    return { byteOffset: place.byteOffset, byteLength: Math.max(0, place.endColumn - place.column) };
  return {
    startLine: place.line,
    startColumn: place.column,
    endLine: place.endLine,
    endColumn: place.endColumn,
  };
}

const locationOf = (where: Where, place?: Place): Json => ({
  physicalLocation: { artifactLocation: artifactOf(where), ...(place && { region: regionOf(place) }) },
});

/** A text with an end mark. Nothing is capitalised: it may begin with a file's or a setting's name. */
const sentence = (text: string): string => `${text}${/[.!?]$/.test(text) ? '' : '.'}`;

function ruleJson(rule: RuleText): Json {
  const help = [
    rule.documentation,
    sentence(rule.hint),
    ...(rule.source === undefined ? [] : [`Source: ${rule.source}`]),
  ];
  return {
    id: rule.id,
    name: rule.name,
    shortDescription: { text: rule.summary },
    fullDescription: { text: rule.documentation },
    help: { text: help.join('\n\n') },
    defaultConfiguration: { level: levels[rule.severity] },
  };
}

function resultJson(finding: Finding, where: Where, ruleIndex: number, accepted?: Accepted): Json {
  const { message, effect, hint, setting, policy, builds } = finding;
  const said = sentence(effect === undefined ? message : `${message}; ${effect}`);
  return {
    ruleId: finding.rule,
    ...(ruleIndex >= 0 && { ruleIndex }),
    level: levels[finding.severity],
    message: { text: hint === undefined ? said : `${said} Hint: ${sentence(hint)}` },
    locations: [locationOf(where, finding.place)],
    ...(accepted !== undefined && {
      suppressions: [{ kind: accepted.isInFile ? 'inSource' : 'external', justification: accepted.reason }],
    }),
    ...((setting ?? policy ?? builds) !== undefined && {
      properties: {
        ...(setting !== undefined && { setting }),
        ...(policy !== undefined && { policy }),
        ...(builds !== undefined && { builds }),
      },
    }),
  };
}

function resultsOf(file: ReportedFile, where: Where, indexOf: ReadonlyMap<string, number>): Json[] {
  const at = (finding: Finding): number => indexOf.get(finding.rule) ?? -1;
  return [
    ...file.findings.map((finding) => resultJson(finding, where, at(finding))),
    ...file.accepted.map((accepted) => resultJson(accepted.finding, where, at(accepted.finding), accepted)),
  ];
}

/** The run as one SARIF log. `rules` are all that were asked, whether they found anything or not. */
export function sarifLog(run: ValidateRun, rules: readonly RuleText[], exitCode: number): Json {
  const indexOf = new Map(rules.map((rule, index) => [rule.id, index]));
  const { backslashParts } = run;
  const at = (path: string): Where => ({ path, backslashParts });
  const notifications = run.unread.map(({ path, error }) => ({
    level: 'error',
    descriptor: { id: error.code },
    message: { text: sentence(error.message) },
    locations: [locationOf(at(path))],
  }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: packageJson.name,
            version: packageJson.version,
            semanticVersion: packageJson.version,
            rules: rules.map(ruleJson),
          },
        },
        invocations: [
          {
            executionSuccessful: run.unread.length === 0,
            exitCode,
            ...(notifications.length > 0 && { toolExecutionNotifications: notifications }),
          },
        ],
        columnKind: 'utf16CodeUnits',
        artifacts: run.files.map(({ document }) => ({ location: artifactOf(at(document.path)) })),
        results: run.files.flatMap((file) => resultsOf(file, at(file.document.path), indexOf)),
      },
    ],
  };
}

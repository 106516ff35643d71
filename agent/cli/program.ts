/**
 * Words to a verb, a verb to an exit status (contract 2).
 *
 * Knows: the table of verbs and how an error is told. Promises: `laps: error: … [ERR_LAPS_…]` and `laps: hint: …` on
 * stderr, or the same as JSON; no stack trace. Must never: decide what a verb decides.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { editDistance, nearestName } from '../core/policy/nearest.ts';
import type { Face, Host } from './face.ts';
import { clean, jsonText } from './render/display.ts';
import { wrapText } from './render/table.ts';
import { type VerbRow, verbs } from './verbs.ts';
import { version } from './version.ts';

const groups = {
  device: 'On this machine',
  authors: 'For policy authors',
  administrators: 'For administrators',
  tenant: 'The test tenant',
} as const;

function overview(): string {
  const width = Math.max(...verbs.map((row) => row.name.length)) + 2;
  const lines = Object.entries(groups).flatMap(([group, title]) => [
    '',
    `${title}:`,
    ...verbs.filter((row) => row.group === group).map((row) => `  ${row.name.padEnd(width)}${row.summary}`),
  ]);
  return [
    'usage: laps <command> [options]',
    '',
    'Simulates the Windows LAPS client on this machine: one local account, its password rotated',
    'by policy and backed up to an Entra-compatible tenant, from which administrators recover it.',
    ...lines,
    '',
    'Every command takes --data DIR, --policies DIR, --json and --help. To begin: laps run',
    '',
  ].join('\n');
}

/** What a person is told of a failure; with --json one document on stdout and nothing on stderr. */
function tell(host: Host, json: boolean, error: LapsError): number {
  if (json) {
    const { code, message, hint } = error;
    host.stdout.write(`${jsonText({ error: { code, message, hint: hint ?? null } })}\n`);
  } else {
    host.stderr.write(`laps: error: ${clean(error.message)} [${error.code}]\n`);
    if (error.hint !== undefined) host.stderr.write(`laps: hint: ${clean(error.hint)}\n`);
  }
  return error.exit;
}

function faceOf(host: Host, command: Command): Face {
  const options = command.opts<Record<string, unknown>>();
  const json = options['json'] === true;
  return {
    host,
    args: command.args,
    options,
    json,
    color: host.stdout.isTTY && (host.env['NO_COLOR'] ?? '') === '' && !json,
    out: (text) => host.stdout.write(text),
    outJson: (value) => host.stdout.write(`${jsonText(value)}\n`),
    say: (text) => {
      if (!json) host.stderr.write(text);
    },
  };
}

/** What the parser found missing, as the usage writes it, with what it stands for: `<device>: device id or display name`. */
function missingWord(command: Command, name: string | undefined): string {
  const found = command.registeredArguments.find((one) => one.name() === name);
  return found === undefined ? `<${name}>` : `<${name}${found.variadic ? '...' : ''}>: ${found.description}`;
}

/** The parser's complaint in this program's words; an option that is near enough as the hint. */
function misunderstood(
  command: Command,
  name: string,
  error: { readonly code: string; readonly message: string },
): LapsError {
  const [quoted] = /'([^']*)'/.exec(error.message)?.slice(1) ?? [];
  const words: Readonly<Record<string, string>> = {
    'commander.unknownOption': `there is no option ${quoted} here`,
    'commander.excessArguments': `there are more words than laps ${name} takes`,
    'commander.missingArgument': `laps ${name} needs ${missingWord(command, quoted)}`,
    'commander.missingMandatoryOptionValue': `the option ${quoted} is missing`,
    'commander.optionMissingArgument': `the option ${quoted} wants a value`,
  };
  const long = quoted?.startsWith('--') === true && error.code === 'commander.unknownOption' ? quoted.slice(2) : '';
  const there = command.options.filter((one) => !one.hidden).map((one) => one.long?.slice(2) ?? '');
  const near = nearestName(long, [...there, 'help']);
  // Of a short word too much would be near: at least half of it must be right.
  const guess = near !== undefined && 2 * editDistance(long, near) <= long.length ? near : undefined;
  return new LapsError('ERR_LAPS_USAGE', {
    message: words[error.code] ?? error.message.replace(/^error: /, '').replace(/\n.*/s, ''),
    hint: guess === undefined ? `laps ${name} --help shows what it takes` : `did you mean: --${guess}`,
  });
}

/** An empty value is a variable that was not set, never a wish: `--data ""` must not mean the usual folder. */
function refuseEmpty(command: Command): void {
  const values = command.opts<Record<string, unknown>>();
  const empty = command.options.find((one) => values[one.attributeName()] === '');
  if (empty === undefined) return;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `the option ${empty.flags} has an empty value`,
    hint: `give it one, or leave ${empty.long ?? empty.flags} out`,
  });
}

/** The widest help is set, in columns; a wider line is hard to read. */
const widestHelp = 100;

/** Paragraphs of a help text in lines that fit; lists, examples and tables are indented and stay as they are. */
function wrapped(text: string, width: number): string {
  const lines = text.split('\n');
  return lines.flatMap((line) => (/^\s|^$/.test(line) ? [line] : wrapText(line, width))).join('\n');
}

async function runVerb(host: Host, row: VerbRow, words: readonly string[]): Promise<number> {
  // Loaded here: a word that needs no parsing (--version, --help) does not wait for the parser.
  const [{ verb }, { Command, CommanderError }] = await Promise.all([row.load(), import('commander')]);
  const command = new Command(`laps ${row.name}`);
  const width = Math.min(host.stdout.columns, widestHelp);
  command.exitOverride().configureOutput({
    writeOut: (text) => host.stdout.write(wrapped(text, width)),
    writeErr: () => {},
    getOutHelpWidth: () => width,
  });
  command.allowExcessArguments(false).showSuggestionAfterError(false).helpOption('-h, --help', 'show this help');
  verb.configure(command);
  command
    .option('--data <dir>', 'data folder (LAPS_DATA)')
    .option('--policies <dir>', 'policy folder (LAPS_POLICIES)')
    .option('--json', `${row.stream === true ? 'JSON lines' : 'one JSON document'} on stdout, nothing on stderr`);
  try {
    command.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.help') return 0;
    throw misunderstood(command, row.name, error);
  }
  refuseEmpty(command);
  return verb.run(faceOf(host, command));
}

function unknownVerb(word: string): LapsError {
  const near = nearestName(
    word,
    verbs.map((row) => row.name),
  );
  return new LapsError('ERR_LAPS_USAGE', {
    message: `there is no command "${word}"`,
    hint: near === undefined ? 'laps --help lists the commands' : `did you mean: laps ${near}`,
  });
}

/** What even the loading of the program's own parts answers where the limit of open files is too low. */
function isShortOfFiles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/** Runs one command to its end. */
export async function runProgram(host: Host): Promise<number> {
  const [word, ...words] = host.argv;
  const json = host.argv.includes('--json');
  try {
    if (word === '--version' || word === '-V') {
      host.stdout.write(`${version}\n`);
      return 0;
    }
    if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
      const about = word === 'help' ? verbs.find((row) => row.name === words[0]) : undefined;
      if (about !== undefined) return await runVerb(host, about, ['--help']);
      (word === undefined ? host.stderr : host.stdout).write(overview());
      return word === undefined ? 2 : 0;
    }
    const row = verbs.find((each) => each.name === word);
    if (row === undefined) throw unknownVerb(word);
    if (row.sleeps === true) host.slim();
    return await runVerb(host, row, words);
  } catch (error) {
    if (error instanceof LapsError) return tell(host, json, error);
    if (isShortOfFiles(error))
      return tell(
        host,
        json,
        new LapsError('ERR_LAPS_DISK', {
          message: 'too many files are open: the system lets this process have no more',
          hint: 'raise the limit of open files (ulimit -n; 64 are enough), then run it again',
        }),
      );
    // A defect of ours. Its text may hold anything, so only its kind is shown; LAPS_DEBUG=1 shows where it came from.
    const kind = error instanceof Error ? error.name : typeof error;
    const defect = new LapsError('ERR_LAPS_INTERNAL', {
      message: `something went wrong inside laps-agent (${kind})`,
      hint: 'run it again with LAPS_DEBUG=1 and report what it shows; nothing was lost, the next start goes on from here',
    });
    if (host.env['LAPS_DEBUG'] === '1' && error instanceof Error) {
      const where = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
      host.stderr.write(`${where.join('\n')}\n`);
    }
    return tell(host, json, defect);
  }
}

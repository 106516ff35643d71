/**
 * `laps convert`: a policy in another shape, accepted where that shape belongs (contract 2).
 *
 * Promises: what is written has been read back and says the same; what the other shape cannot say is told, and then the
 * exit status is 1. Must never: put binary on a terminal, or write over the file it reads.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { type PolicyDocument, rootOf } from '../core/policy/document.ts';
import { readDocument } from '../core/policy/formats/formats.ts';
import type { NotExpressed, Written } from '../core/policy/formats/write.ts';
import { leftBehind } from '../core/policy/leftBehind.ts';
import type { PolicyRootName } from '../core/ports.ts';
import { chosenPolicy } from './chosen.ts';
import type { Face, Verb } from './face.ts';
import { gather, option, policyHelp, policyWordOption, readGiven, rootOption } from './policyOptions.ts';
import { clean } from './render/display.ts';

/**
 * The root that the output speaks for when the author does not say. Registry.pol and LGPO text are Group Policy, and a
 * script that writes the CSP's own key would outrank every GPO in silence (spec 1.2), so what came by MDM goes to the
 * GPO key there. Legacy values mean nothing anywhere else.
 */
function targetRoot(source: PolicyRootName, told: PolicyRootName | undefined, format: string): PolicyRootName {
  if (told !== undefined && (told === 'Legacy') !== (source === 'Legacy'))
    throw new LapsError('ERR_LAPS_USAGE', {
      message:
        source === 'Legacy'
          ? `this policy is one of legacy LAPS, and its settings are none under the root ${told}`
          : 'the settings of Windows LAPS are none under the legacy root',
      hint: source === 'Legacy' ? 'leave --root out; laps settings lists what to write instead' : 'leave --root out',
    });
  if (source === 'Legacy') return 'Legacy';
  if (told !== undefined) return told;
  return source === 'CSP' && ['reg', 'pol', 'lgpo'].includes(format) ? 'GPO' : source;
}

function titleOf(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? '';
  const bare = name.replace(/\.[^.]*$/, '');
  return bare === '' || bare === '-' ? 'Windows LAPS' : `Windows LAPS (${bare})`;
}

/**
 * What an editor needs beside a native policy; undefined where nobody says where it will lie, and where only this
 * machine's own path would do, since what is converted is handed on.
 */
async function schemaFor(face: Face): Promise<string | undefined> {
  const output = option(face, 'output');
  if (output === undefined) return undefined;
  const { schemaReference } = await (await import('../composeAuthoring.ts')).authoring();
  const reference = await schemaReference({ path: String(output), cwd: face.host.cwd });
  return reference.startsWith('file:') ? undefined : reference;
}

async function write(face: Face, document: PolicyDocument): Promise<Written> {
  const writing = await import('../core/policy/formats/write.ts');
  const told = option(face, 'to');
  const words = writing.writableFormats.join(', ');
  if (told === undefined)
    throw new LapsError('ERR_LAPS_USAGE', { message: '--to is missing', hint: `--to takes ${words}` });
  const format = writing.formatByName(String(told));
  if (format === undefined)
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `--to ${clean(String(told))} is not understood`,
      hint: `--to takes ${words}`,
    });
  const source = rootOf(document);
  const asked = rootOption(face);
  const root = targetRoot(source, asked, format);
  const only = asked === undefined ? undefined : writing.rootOfWriting(format, asked);
  if (asked !== only)
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `--root ${asked} is not for --to ${format}, which MDM delivers and which speaks for the root ${only} alone`,
      hint: `leave --root out, or write for ${asked} with --to reg`,
    });
  const schema = format === 'native' ? await schemaFor(face) : undefined;
  return writing.writePolicy({
    format,
    root,
    settings: document.settings,
    // A deletion moves with the policy; it is about the root that the output speaks for.
    deletions: (document.deletions ?? []).map((deletion) => ({ ...deletion, root })),
    title: titleOf(document.path),
    ...(schema !== undefined && { schema }),
  });
}

/** A value as a device keeps it, for comparing: booleans are 1 and 0. */
const plain = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);

/** Reads what was written and compares; what differs would be a defect of ours, and nobody must import it. */
async function proveRoundTrip(document: PolicyDocument, written: Written): Promise<void> {
  const again = await readDocument({ path: 'converted', bytes: written.bytes });
  const refused = new Set(written.notExpressed.map((each) => each.setting));
  const wanted = new Map(document.settings.map(({ name, value }) => [name, plain(value)]));
  for (const name of refused) wanted.delete(name);
  const found = new Map(again.settings.map(({ name, value }) => [name, plain(value)]));
  const same =
    again.problems.length === 0 &&
    wanted.size === found.size &&
    [...wanted].every(([name, value]) => found.get(name) === value);
  if (!same)
    throw new LapsError('ERR_LAPS_INTERNAL', {
      message: `the ${written.format} form of this policy reads back as another policy, so it is not written`,
      hint: 'report this with the file',
    });
}

/** A file that a device would not take is not made into one that it would. */
function refuseUnreadable(document: PolicyDocument): void {
  const problem = document.problems[0];
  if (problem === undefined) return;
  const { line, column } = problem.place;
  throw new LapsError('ERR_LAPS_POLICY_UNREADABLE', {
    message: `${clean(document.path)}:${line}:${column}: ${clean(problem.message)}`,
    hint: problem.hint ?? 'laps validate shows the place',
  });
}

/** A file without anything to carry over is not made into an empty policy. */
function refuseEmpty(document: PolicyDocument, lost: readonly NotExpressed[]): void {
  if (document.settings.length > 0 || (document.deletions ?? []).length > 0) return;
  const first = lost[0];
  throw new LapsError('ERR_LAPS_POLICY_INVALID', {
    message: `${clean(document.path)}: there is no setting of Windows LAPS in this file${first === undefined ? '' : `; ${clean(first.setting)}: ${first.why}`}`,
    hint: first === undefined ? 'name a file that holds a LAPS policy' : 'laps validate shows what to write instead',
  });
}

async function save(face: Face, given: string, path: string, bytes: Uint8Array): Promise<void> {
  const { writeOutputFile, isSameFile } = await (await import('../composeAuthoring.ts')).authoring();
  const { cwd } = face.host;
  if (given !== '-' && (await isSameFile({ path, other: given, cwd })))
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `${clean(path)} is the file that is converted`,
      hint: 'name another file with -o',
    });
  await writeOutputFile({ path, cwd, bytes, replace: true });
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description(
        'Write a policy in another shape. What that shape cannot say is told on stderr, and then the exit status is 1.',
      )
      .argument('<file>', 'a policy file, or - for standard input')
      .option('--to <format>', 'native, reg, pol, syncml, omauri, intune or lgpo')
      .option(
        '--root <root>',
        'in the registry shapes, the root to write for: csp, gpo, local or legacy (default: as read; gpo for what came by MDM)',
        gather,
      )
      .option('--policy <name>', policyHelp, gather)
      .option('-o, --output <file>', 'write to this file (default: standard output)')
      .addHelpText(
        'after',
        [
          '',
          'Exit status: 0 everything is said in the other shape, 1 something could not be (the rest is written), or the file is no policy, 3 a file cannot be read or written.',
          '',
          'Examples:',
          '  laps convert csp.json --to intune -o laps-intune.json',
          '  laps convert export.json --to reg -o laps.reg',
          '  laps convert Registry.pol --to native',
        ].join('\n'),
      );
  },

  async run(face) {
    const given = face.args[0];
    if (given === undefined)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: 'no file was named',
        hint: 'laps convert csp.json --to intune -o laps-intune.json',
      });
    const read = await readDocument(await readGiven(face, given));
    const { document, note } = chosenPolicy(read, policyWordOption(face));
    refuseUnreadable(document);
    const lost = leftBehind(document);
    refuseEmpty(document, lost);
    const written = await write(face, document);
    const output = option(face, 'output');
    const { text, bytes, format, root } = written;
    const notExpressed = [...lost, ...written.notExpressed];
    if (output === undefined && text === undefined && face.host.stdout.isTTY && !face.json)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: `a ${format} file is binary and does not belong on a terminal`,
        hint: 'name a file with -o',
      });
    await proveRoundTrip(document, written);
    if (output !== undefined) await save(face, given, String(output), bytes);
    const status = notExpressed.length > 0 ? 1 : 0;
    if (face.json) {
      const content = output !== undefined ? {} : text === undefined ? { base64: base64(bytes) } : { text };
      face.outJson({
        path: given,
        format,
        root,
        output: output ?? null,
        ...content,
        notExpressed,
        ...(note !== undefined && { note }),
      });
      return status;
    }
    if (output === undefined) {
      // On a terminal the text is for reading; in a file its own tools read it, mark and all.
      if (face.host.stdout.isTTY && text !== undefined) face.out(text);
      else face.host.stdout.writeBytes(bytes);
    } else face.say(`${clean(String(output))} is written, ${format} for the root ${root}\n`);
    if (note !== undefined) face.say(`laps: converted: ${note}\n`);
    for (const { setting, why } of notExpressed) face.say(`laps: not converted: ${clean(setting)}: ${clean(why)}\n`);
    return status;
  },
};

/**
 * `laps diagnostics`: a zip for whoever is to help (contract 2; Get-LapsDiagnostics).
 *
 * Knows: which document makes which part. Promises: a part that cannot be read is told and keeps no other out; after
 * Ctrl-C nothing is left behind. Must never: take a part from anything but a document that is made to be shown.
 */
import type { LoggedEvent, Place } from '../compose.ts';
import { diagnose } from '../core/diagnosis/diagnose.ts';
import { isLapsError, LapsError } from '../core/errors.ts';
import {
  type BundlePartName,
  bundleName,
  bundleOf,
  bundleParts,
  type GatheredPart,
  leftOut,
  manifestName,
  readFirst,
} from '../core/support/bundle.ts';
import { administratorOf } from './administrator.ts';
import { configurationDocument } from './config.ts';
import { diagnosisDocument } from './doctor.ts';
import { eventDocument } from './events.ts';
import { eventsByDaemon } from './eventsByDaemon.ts';
import type { Face, Verb } from './face.ts';
import { type Reach, reachOf, textOption } from './place.ts';
import { clean, jsonPage, jsonText } from './render/display.ts';
import { table, wrapText } from './render/table.ts';
import { reportOf } from './status.ts';
import { version } from './version.ts';

/** The newest are what a fault is about: so many, and so many characters of them, at most. */
const mostEvents = 10_000;
const mostEventText = 8_388_608;

/** What a part is made from: the text, and what there is to say about it. */
interface Made {
  readonly text: string;
  readonly remarks?: readonly string[];
}

function stopIfInterrupted(face: Face): void {
  if (face.host.interrupted.aborted)
    throw new LapsError('ERR_LAPS_INTERRUPTED', { message: 'interrupted; nothing was written', hint: 'run it again' });
}

/** How much of this device is open to whoever asks. */
interface Standpoint {
  readonly reach: Reach | undefined;
  /** Throws what closes the data folder, where it is closed. */
  place(): Place;
}

async function standpointOf(face: Face): Promise<Standpoint> {
  let trouble = new LapsError('ERR_LAPS_PERMISSION', {
    message: "the data of this machine's service is closed to you",
    hint: 'sudo laps diagnostics',
  });
  let reach: Reach | undefined;
  try {
    reach = await reachOf(face, { look: true, anyway: true });
  } catch (error) {
    // With no data at all there is nothing to help with; a damaged folder is what this is for.
    if (!isLapsError(error) || ['ERR_LAPS_NOT_JOINED', 'ERR_LAPS_USAGE'].includes(error.code)) throw error;
    trouble = error;
  }
  return {
    reach,
    place() {
      if (reach?.place === undefined) throw trouble;
      return reach.place;
    },
  };
}

async function eventsPart(face: Face, { reach, place }: Standpoint): Promise<Made> {
  let badLines = 0;
  let earlier = 0;
  const lines: string[] = [];
  let length = 0;
  const events: AsyncIterable<LoggedEvent> =
    reach !== undefined && reach.place === undefined
      ? eventsByDaemon(await (await import('../composeDoor.ts')).localDoor({ folder: reach }), {
          follow: false,
          signal: face.host.interrupted,
        })
      : (await (await import('../compose.ts')).eventReading()).readEvents({
          folder: place().folder.logs,
          signal: face.host.interrupted,
          onBadLine: () => {
            badLines += 1;
          },
        });
  for await (const event of events) {
    stopIfInterrupted(face);
    const line = `${jsonText(eventDocument(event))}\n`;
    lines.push(line);
    length += line.length;
    // Begun anew in one sweep, not event by event: shifting a long list each time would take its length every time.
    if (lines.length < 2 * mostEvents && length < 2 * mostEventText) continue;
    ({ earlier, length } = cut(lines, earlier, length));
  }
  ({ earlier } = cut(lines, earlier, length));
  const all = reach?.place === undefined ? 'as many as the service tells' : 'all that the log has';
  const remarks = [`${lines.length} events${earlier === 0 ? `, ${all}` : `; ${earlier} earlier ones are left out`}`];
  if (badLines > 0) remarks.push(`${badLines} lines of the log are no events and are left out`);
  return { text: lines.join(''), remarks };
}

/** Drops the oldest lines until both bounds are kept. */
function cut(lines: string[], earlier: number, length: number): { earlier: number; length: number } {
  let drop = Math.max(lines.length - mostEvents, 0);
  let left = length - lines.slice(0, drop).reduce((sum, line) => sum + line.length, 0);
  for (; left > mostEventText; drop += 1) left -= lines[drop]?.length ?? left;
  lines.splice(0, drop);
  return { earlier: earlier + drop, length: left };
}

/** How each document is made; the table of parts says what it is for. */
async function documentOf(
  name: Exclude<BundlePartName, 'events.jsonl'>,
  face: Face,
  stand: Standpoint,
): Promise<unknown> {
  const wiring = await import('../composeDiagnostics.ts');
  const { env, cwd } = face.host;
  switch (name) {
    case 'versions.json':
      return wiring.versionFacts(stand.reach?.place, env);
    case 'status.json':
      return reportOf(face, stand.reach ?? { place: stand.place(), socket: '' });
    case 'doctor.json': {
      const { doctorFacts } = await import('../composeDoctor.ts');
      return diagnosisDocument(diagnose(await doctorFacts(stand.place(), administratorOf(face))));
    }
    case 'configuration.json':
      return configurationDocument(face, stand.place());
    case 'service.json':
      return wiring.serviceFacts();
    case 'policies.json':
      return wiring.policiesOf(stand.place());
    case 'rotation.json':
      return wiring.rotationOf(stand.place());
    case 'data-folder.json':
      // One that cannot be opened is listed all the same; that of a service behind its door is another than is meant here.
      if (stand.reach !== undefined) stand.place();
      return wiring.folderFacts({ data: textOption(face, 'data'), env, cwd });
  }
}

async function make(name: BundlePartName, face: Face, stand: Standpoint): Promise<Made> {
  if (name === 'events.jsonl') return eventsPart(face, stand);
  return { text: jsonPage(await documentOf(name, face, stand)) };
}

/** A part, or what kept it from being one. */
async function gather(name: BundlePartName, face: Face, stand: Standpoint): Promise<GatheredPart> {
  stopIfInterrupted(face);
  try {
    return { name, found: { kind: 'read', ...(await make(name, face, stand)) } };
  } catch (error) {
    stopIfInterrupted(face);
    // A defect of ours keeps no other part out either. Its text may hold anything, so only its kind is told.
    const told = isLapsError(error)
      ? error
      : new LapsError('ERR_LAPS_INTERNAL', {
          message: `something went wrong inside laps-agent (${error instanceof Error ? error.name : typeof error})`,
          hint: 'report it with this bundle',
        });
    const { code, message, hint } = told;
    return { name, found: { kind: 'failed', trouble: { code, message, hint: hint ?? null } } };
  }
}

const partNames = Object.keys(bundleParts).filter((name): name is BundlePartName => Object.hasOwn(bundleParts, name));

/** `12 kB`, as people speak of files. */
const sizeText = (bytes: number): string => (bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`);

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Writes a zip for whoever is to help: what status, doctor, config list and events say, policy settings, versions, the names of files. No password, key or token is in it, sealed or not. Asks the tenant what laps doctor asks it; changes nothing. What cannot be read is told in the zip, and the rest is there all the same.',
      )
      .option('-o, --output <dir>', 'folder that the zip goes to (default: the one you are in)')
      .addHelpText(
        'after',
        `\nThe zip is yours alone to read, and replaces nothing. In it:\n${table(
          [
            [`  ${manifestName}`, 'each file with size and purpose, what could not be read, what is left out and why'],
            ...Object.entries(bundleParts).map(([name, purpose]) => [`  ${name}`, purpose]),
          ],
          100,
        )}\nExit status: 0 written, 3 could not.\nExamples:\n  laps diagnostics\n  sudo laps diagnostics --output /tmp`,
      );
  },
  async run(face) {
    const { bundlePath, writeBundle } = await import('../composeDiagnostics.ts');
    const { cwd, interrupted } = face.host;
    const at = face.host.now();
    const path = await bundlePath({ output: textOption(face, 'output'), name: bundleName(at), cwd });
    const stand = await standpointOf(face);
    if (face.host.stderr.isTTY) face.say('gathering; where the tenant does not answer this takes up to a minute\n');
    const parts: GatheredPart[] = [];
    // One after another: two that look at the same files at once could tell of two states.
    for (const name of partNames) parts.push(await gather(name, face, stand));
    const { manifest, files } = bundleOf({ version, at, parts, textOf: jsonPage });
    const bytes = await writeBundle({ path, cwd, files, at, interrupted });
    if (face.json) {
      face.outJson({ file: path, bytes, ...manifest, error: null });
      return 0;
    }
    const { columns } = face.host.stdout;
    const rows = manifest.files.map(({ name, bytes: size, purpose, remarks }) => [
      `  ${name}`,
      sizeText(size),
      clean([purpose, ...remarks].join('; ')),
    ]);
    const failed = manifest.problems.map(({ name, message, hint }) =>
      clean(`! ${name} is missing: ${message}${hint === null ? '' : `; ${hint}`}`),
    );
    const lines = [
      `wrote ${clean(path)}, ${sizeText(bytes)}, for you alone to read\n\n`,
      table(
        [[`  ${manifestName}`, '', 'what is in it, what could not be read, what is left out and why'], ...rows],
        columns,
      ),
      ...(failed.length === 0 ? [] : ['\n', ...failed.map((line) => `${line}\n`)]),
      '\n',
      ...[`left out: ${leftOut.map(({ what }) => what).join('; ')}.`, readFirst].flatMap((text) =>
        wrapText(text, Math.max(columns, 40)).map((line) => `${line}\n`),
      ),
    ];
    face.out(lines.join(''));
    return 0;
  },
};

/** `laps events`: the operational log (Event Viewer, LAPS/Operational). */
import type { LoggedEvent } from '../compose.ts';
import { LapsError } from '../core/errors.ts';
import { instantOfIso } from '../core/time.ts';
import { eventsByDaemon } from './eventsByDaemon.ts';
import type { Verb } from './face.ts';
import { flag, reachOf, sinceOf, textOption } from './place.ts';
import { clean } from './render/display.ts';
import { palette } from './render/paint.ts';
import { instantText } from './render/words.ts';

function idOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{5}$/.test(text)) return Number(text);
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `--id ${text} is no event number`,
    hint: 'event numbers have five digits, as 10029',
  });
}

/** Contract 3 names cycleId for every event; one outside a cycle has none. */
export const eventDocument = (event: LoggedEvent): object => ({ ...event, cycleId: event.cycleId ?? null });

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Shows the operational log, oldest first. Numbers below 50000 are Windows LAPS events and mean what they mean there.',
      )
      .option('--follow', 'go on showing events as they are written, until Ctrl-C')
      .option('--since <t>', 'only later ones: 2026-11-23, 2026-11-23T08:00:00Z, or 30s, 90m, 2h, 3d for that long ago')
      .option('--id <n>', 'only this event number')
      .addHelpText('after', '\nExamples:\n  laps events --since 1d\n  laps events --id 10029 --json');
  },
  async run(face) {
    const since = sinceOf(face);
    const id = idOf(textOption(face, 'id'));
    const { readEvents } = await (await import('../compose.ts')).eventReading();
    const reach = await reachOf(face, { look: true });
    const paint = palette(face.color);
    const paints = { info: paint.dim, warning: paint.yellow, error: paint.red };
    const wanted = { ...(since === undefined ? {} : { since }), ...(id === undefined ? {} : { id }) };
    const request = { follow: flag(face, 'follow'), signal: face.host.interrupted, ...wanted };
    const events =
      reach.place === undefined
        ? eventsByDaemon(await (await import('../composeDoor.ts')).localDoor({ folder: reach }), {
            ...request,
            isAhead: since !== undefined && since > face.host.now(),
          })
        : readEvents({ folder: reach.place.folder.logs, ...request });
    for await (const event of events) {
      if (face.json) face.outJson(eventDocument(event));
      else
        face.out(
          `${instantText(instantOfIso(event.time) ?? 0)}  ${paints[event.level](String(event.id))}  ${clean(event.message)}\n`,
        );
    }
    return 0;
  },
};

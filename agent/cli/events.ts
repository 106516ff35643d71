/** `laps events`: the operational log (Event Viewer, LAPS/Operational). */
import type { LoggedEvent } from '../compose.ts';
import { LapsError } from '../core/errors.ts';
import { instantOfIso } from '../core/time.ts';
import type { Face, Verb } from './face.ts';
import { flag, reachOf, serviceSilent, sinceOf, textOption } from './place.ts';
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

function isEvent(value: unknown): value is LoggedEvent {
  return typeof value === 'object' && value !== null && 'id' in value && 'time' in value && 'message' in value;
}

/** The log as the service tells it to those who may not read its files. */
async function* eventsByDaemon(
  face: Face,
  socket: string,
  request: { readonly follow: boolean; readonly since?: number; readonly id?: number },
): AsyncGenerator<LoggedEvent> {
  const { askDaemon, pause } = await (await import('../composeDoor.ts')).localDoor({ folder: { socket } });
  let { since } = request;
  /** What was shown of the last millisecond, which may still grow. */
  let shown = new Set<string>();
  for (;;) {
    const query = new URLSearchParams();
    if (since !== undefined) query.set('since', String(since));
    if (request.id !== undefined) query.set('id', String(request.id));
    const path = `/events?${query}`;
    const reply = await askDaemon({ method: 'GET', path, timeoutMs: 10_000, signal: face.host.interrupted });
    if (reply.kind === 'absent') throw serviceSilent();
    const { body } = reply;
    const events = typeof body === 'object' && body !== null && 'events' in body ? body.events : [];
    for (const event of Array.isArray(events) ? events : []) {
      if (!isEvent(event) || shown.has(JSON.stringify(event))) continue;
      const at = instantOfIso(event.time) ?? 0;
      if (at !== since) shown = new Set();
      since = Math.max(at, 0);
      shown.add(JSON.stringify(event));
      yield event;
    }
    if (!request.follow || !(await pause(1_000, face.host.interrupted))) return;
  }
}

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
        ? eventsByDaemon(face, reach.socket, request)
        : readEvents({ folder: reach.place.folder.logs, ...request });
    for await (const event of events) {
      // Contract 3 names cycleId for every event; one outside a cycle has none.
      if (face.json) face.outJson({ ...event, cycleId: event.cycleId ?? null });
      else
        face.out(
          `${instantText(instantOfIso(event.time) ?? 0)}  ${paints[event.level](String(event.id))}  ${clean(event.message)}\n`,
        );
    }
    return 0;
  },
};

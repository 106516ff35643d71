/**
 * The operational log in memory.
 *
 * Promises: every event exactly as it was written, with a count of fields that the table does not declare, that are
 * missing or of the wrong kind: always a defect. Must never: drop anything.
 */
import { eventTable, type LapsEvent, sentenceOf, undeclaredFields } from '../../../agent/core/events.ts';
import type { EventLog } from '../../../agent/core/ports.ts';
import type { Faults } from './faults.ts';

export interface ModelLog {
  readonly events: LapsEvent[];
  defects(): readonly string[];
  /** Everything a reader of the file would see. */
  text(): string;
}

function defectsOf(event: LapsEvent): string[] {
  const declared: Readonly<Record<string, string>> = eventTable[event.id].fields;
  const missing = Object.keys(declared).filter((name) => event.fields[name] === undefined);
  const wrong = Object.entries(event.fields).filter(
    ([name, value]) => (declared[name] === 'text') !== (typeof value === 'string') || Number.isNaN(value),
  );
  return [...undeclaredFields(event), ...missing, ...wrong.map(([name]) => name)].map((name) => `${event.id}.${name}`);
}

export function createModelLog(): ModelLog {
  const events: LapsEvent[] = [];
  return {
    events,
    defects: () => events.flatMap(defectsOf),
    text: () => events.map((event) => `${JSON.stringify(event)} ${sentenceOf(event)}`).join('\n'),
  };
}

/** Writing is no step at which a process is killed: the line is there or it is not, and nothing rests on it. */
export function createFakeLog(log: ModelLog, faults: Faults): EventLog {
  return {
    write(event) {
      if (!faults.isDead()) log.events.push(event);
    },
    flush: async () => undefined,
  };
}

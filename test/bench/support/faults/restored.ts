/**
 * Backups put back: parts of the data folder from before the last rotations, while the machine's accounts went on.
 *
 * Knows: what was remembered then no longer fits the account. Promises: noticed by an event, healed by rotating. A whole
 * machine that was put back cannot know it (rotation.md 4); laps doctor asks the tenant.
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endsInOrder, type MachineFault, type Told, type Trial } from './trial.ts';

async function restored(trial: Trial, parts: readonly string[], rotations: number): Promise<void> {
  const { lane } = trial;
  await trial.once({
    async meet() {
      const { data } = lane.here();
      const copy = await lane.folder('copy');
      for (const part of parts) await cp(join(data, part), join(copy, part), { recursive: true });
      for (let each = 0; each < rotations; each += 1) await lane.cycle({ kind: 'reset' });
      for (const part of parts) {
        await rm(join(data, part), { recursive: true });
        await cp(join(copy, part), join(data, part), { recursive: true });
      }
      return [await trial.laps('process')];
    },
    judge: (told: readonly Told[]) => [
      ...endsInOrder(told),
      // A journal at rest says nothing that could be out of date.
      ...(parts.includes('state') && !told.some(({ events }) => events.includes(50011))
        ? ['a state that no longer fits its account was not noticed (50011)']
        : []),
    ],
  });
}

/** The folder was copied while a rotation was open, which was finished afterwards. */
async function restoredOpen(trial: Trial): Promise<void> {
  const { lane } = trial;
  const parts = ['journal', 'state', 'keys'];
  await trial.once({
    async meet() {
      const { data } = lane.here();
      await lane.tenant.setFaults(['backup:drop-reply-after-store:1']);
      await trial.laps('reset');
      await lane.tenant.clearFaults();
      const copy = await lane.folder('copy');
      for (const part of parts) await cp(join(data, part), join(copy, part), { recursive: true });
      for (let each = 0; each < 2; each += 1) await lane.cycle({ kind: 'reset' });
      for (const part of parts) {
        await rm(join(data, part), { recursive: true });
        await cp(join(copy, part), join(data, part), { recursive: true });
      }
      return [await trial.laps('process')];
    },
    judge: endsInOrder,
  });
}

export function restoreFaults(): MachineFault[] {
  const whole = ['identity', 'journal', 'keys', 'state'];
  return [
    { what: 'the data folder put back', how: 'from before one rotation', run: (t) => restored(t, whole, 1) },
    { what: 'the data folder put back, long after', how: 'from before five', run: (t) => restored(t, whole, 5) },
    { what: 'the state alone put back', how: 'from before two', run: (t) => restored(t, ['state'], 2) },
    { what: 'the journal alone put back', how: 'from before two', run: (t) => restored(t, ['journal'], 2) },
    {
      what: 'a folder with an open rotation put back',
      how: 'finished meanwhile, and one more made',
      run: restoredOpen,
    },
  ];
}

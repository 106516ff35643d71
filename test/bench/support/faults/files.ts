/**
 * Files of the data folder that are gone, cut, flipped, swapped or put back from an older day.
 *
 * Knows: what each file is for, and what the program owes when it is spoiled. Promises: a sample of every file's bytes,
 * chosen by the seed; every byte is tried by test/edge/spoiltFiles.long.ts.
 */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endsInOrder, type MachineFault, saysOneOf, type Told, type Trial } from './trial.ts';

type Spoil = (path: string, bytes: Buffer, at: number) => Promise<void>;

const spoils: Readonly<Record<string, { readonly sampled: boolean; readonly spoil: Spoil }>> = {
  missing: { sampled: false, spoil: (path) => rm(path) },
  'cut short': { sampled: true, spoil: (path, bytes, at) => writeFile(path, bytes.subarray(0, at)) },
  'a byte flipped': {
    sampled: true,
    async spoil(path, bytes, at) {
      const spoilt = Buffer.from(bytes);
      spoilt[at] = (spoilt[at] ?? 0) ^ 0xff;
      await writeFile(path, spoilt);
    },
  },
  'a bit flipped': {
    sampled: true,
    async spoil(path, bytes, at) {
      const spoilt = Buffer.from(bytes);
      spoilt[at] = (spoilt[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(path, spoilt);
    },
  },
  'a folder in its place': {
    sampled: false,
    async spoil(path) {
      await rm(path);
      await mkdir(path);
    },
  },
  'a link in its place': {
    sampled: false,
    async spoil(path) {
      await cp(path, `${path}.elsewhere`);
      await rm(path);
      await symlink(`${path}.elsewhere`, path);
    },
  },
};

interface Spoilt {
  readonly file: string;
  readonly what: string;
  /** Whether the program gets over it by itself; otherwise the file has to come back. */
  readonly heals: boolean;
  /** With an open rotation: the reply to its backup was lost. */
  readonly open?: true;
}

const spoilt: readonly Spoilt[] = [
  { file: 'state/state.json', what: 'the state', heals: true },
  { file: 'journal/journal', what: 'the journal', heals: true },
  { file: 'journal/journal', what: 'the journal of an open rotation', heals: true, open: true },
  { file: 'keys/journal-mac.key', what: "the journal's key", heals: true },
  { file: 'keys/account-mark.key', what: "the mark's key", heals: true },
  { file: 'keys/', what: 'the seal key of an open rotation', heals: true, open: true },
  { file: 'identity/identity.json', what: 'the identity', heals: false },
  { file: 'version', what: 'the version of the data', heals: false },
];

async function fileOf(trial: Trial, { file }: Spoilt): Promise<string> {
  const path = join(trial.lane.here().data, file);
  if (!file.endsWith('/')) return path;
  const name = (await readdir(path)).find((each) => each.startsWith('rotation-'));
  if (name === undefined) throw new Error('there is no open rotation whose key could be spoilt');
  return join(path, name);
}

/** A rotation whose backup is stored and unanswered, so that journal and seal key matter. */
async function leaveOpen(trial: Trial): Promise<void> {
  await trial.lane.tenant.setFaults(['backup:drop-reply-after-store:1']);
  await trial.laps('reset');
  await trial.lane.tenant.clearFaults();
}

async function trySpoilt(trial: Trial, of: Spoilt, kind: string, place: number): Promise<void> {
  const { spoil, sampled } = spoils[kind] ?? {};
  if (spoil === undefined) return;
  let kept: { readonly path: string; readonly bytes: Buffer } | undefined;
  const isLink = kind === 'a link in its place';
  const putBack = async (): Promise<void> => {
    if (kept === undefined) return;
    await rm(kept.path, { recursive: true, force: true });
    await writeFile(kept.path, kept.bytes, { mode: 0o600 });
  };
  // A link is an attack, not damage: refused as long as it stands.
  const needsPerson = !of.heals || isLink || (kind === 'a folder in its place' && of.file === 'keys/');
  await trial.once({
    async meet() {
      if (of.open === true) await leaveOpen(trial);
      const path = await fileOf(trial, of);
      const bytes = await readFile(path);
      kept = { path, bytes };
      await spoil(path, bytes, sampled === true ? Math.floor(place * bytes.length) : 0);
      const told: Told[] = [await trial.laps('process')];
      if (!needsPerson) return told;
      // No crash loop, and nothing worse the second time.
      told.push(await trial.laps('process'), await trial.laps('reset'));
      return told;
    },
    judge: isLink ? (told) => [...endsInOrder(told), ...saysOneOf('ERR_LAPS_DATA_UNSAFE')(told)] : endsInOrder,
    ...(needsPerson ? { mend: putBack } : {}),
  });
}

/** `samples`: how many places of each file are cut or flipped. */
export function fileFaults(samples: number): MachineFault[] {
  return spoilt.flatMap((of) =>
    Object.entries(spoils).map(([kind, { sampled }]): MachineFault => {
      const person = of.heals && kind !== 'a link in its place' ? undefined : 'the file comes back';
      return {
        what: `${of.what}: ${kind}`,
        how: `${of.file}${sampled ? `, at ${samples} places` : ''}`,
        ...(person === undefined ? {} : { person }),
        async run(trial) {
          const chance = trial.lane.chanceOf(trial.name);
          for (let each = 0; each < (sampled ? samples : 1); each += 1) await trySpoilt(trial, of, kind, chance());
        },
      };
    }),
  );
}

/**
 * Which kind of accounts a data folder manages, as a fact of its own beside the identity: it outlives a configuration
 * that was changed or lost.
 *
 * Promises: a file that is lost or cannot be read is made up for by the note of the real account that is managed. Must
 * never: change by anything but what a person said.
 */
import { join } from 'node:path';
import { createDurableFile } from '../durableFile.ts';
import { createFollowedFile } from './followed.ts';

const kinds = ['simulated', 'linux'] as const;
export type ManagedKind = (typeof kinds)[number];

export interface ManagedKindFile {
  /** Undefined: none was ever named, and no real account is managed. A look only. */
  read(): Promise<ManagedKind | undefined>;
  /** Durable; nothing is written when it says the same already. */
  write(kind: ManagedKind): Promise<void>;
}

/** `folder`: the data folder's own part for accounts. */
export function createManagedKind({ folder }: { readonly folder: string }): ManagedKindFile {
  const file = createDurableFile({ path: join(folder, 'kind'), label: 'accounts', maxBytes: 64 });

  async function written(): Promise<ManagedKind | undefined> {
    const reading = await file.read();
    if (reading.kind !== 'bytes') return undefined;
    const text = Buffer.from(reading.bytes).toString('latin1');
    return kinds.find((kind) => text === `${kind}\n`);
  }

  return {
    async read() {
      const kind = await written();
      if (kind !== undefined) return kind;
      const followed = await createFollowedFile({ folder }).peek();
      return followed === 'absent' || followed === 'damaged' || followed === null ? undefined : 'linux';
    },
    async write(kind) {
      if ((await written()) !== kind) await file.write(Buffer.from(`${kind}\n`));
    },
  };
}

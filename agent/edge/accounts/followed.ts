/**
 * Which real account is managed here, so that it is found again under another name and not mistaken for another one.
 *
 * Knows: its number, its name, the name the policy asked for, and the mark its password had when last seen. Promises: a
 * note that cannot be read is put aside and counts as none: only a rename is then not followed. Must never: hold a
 * password or a hash; the mark is keyed.
 */
import { join } from 'node:path';
import { accountName, Misfit, matching, object, oneOf, orNull, wholeNumber } from '../../core/strictReader.ts';
import { createDurableFile } from '../durableFile.ts';

export interface Followed {
  readonly uid: number;
  readonly name: string;
  /** The name in the policy, by which it was found first. */
  readonly asked: string;
  readonly mark: string;
}

const form = object({
  version: oneOf([1]),
  managed: orNull(
    object({
      uid: wholeNumber(0, 0xfffffffe),
      name: accountName,
      asked: accountName,
      mark: matching(/^[0-9a-f]{64}$/, 'mark'),
    }),
  ),
});

export interface FollowedFile {
  read(): Promise<Followed | null>;
  /** What stands there now, for a look at another data folder: nothing is put aside. Null: it manages none. */
  peek(): Promise<Followed | null | 'absent' | 'damaged'>;
  /** Durable; nothing is written when it says the same already. */
  write(followed: Followed | null): Promise<void>;
  sweep(): Promise<void>;
}

function parse(bytes: Uint8Array): Followed | null {
  return form(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), 'linux').managed;
}

export function createFollowedFile(deps: { readonly folder: string }): FollowedFile {
  const file = createDurableFile({ path: join(deps.folder, 'linux.json'), label: 'accounts', maxBytes: 4096 });

  async function peek(): Promise<Followed | null | 'absent' | 'damaged'> {
    const reading = await file.read();
    if (reading.kind === 'absent') return 'absent';
    try {
      if (reading.kind === 'bytes') return parse(reading.bytes);
    } catch (error) {
      if (!(error instanceof Misfit || error instanceof SyntaxError || error instanceof TypeError)) throw error;
    }
    return 'damaged';
  }

  async function read(): Promise<Followed | null> {
    const followed = await peek();
    if (followed === 'damaged') await file.quarantine();
    return followed === 'absent' || followed === 'damaged' ? null : followed;
  }

  return {
    read,
    peek,
    async write(followed) {
      const now = await read();
      if (JSON.stringify(now) === JSON.stringify(followed)) return;
      await file.write(Buffer.from(`${JSON.stringify({ version: 1, managed: followed }, undefined, 2)}\n`));
    },
    sweep: () => file.sweep(),
  };
}

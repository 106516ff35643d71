/**
 * The journal on disk: one record, sealed against damage (rotation.md 2).
 *
 * Knows: the file's two lines, a keyed MAC and the record's text. Promises: `write` is durable when it returns; `read`
 * believes only what was written with this installation's key; anything else is put aside, never read twice and never a
 * crash loop. Must never: judge the record or mend it.
 *
 * The MAC proves that this installation wrote the bytes, not when: an older journal put back is believed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { LapsError } from '../core/errors.ts';
import type { Journal, JournalReading } from '../core/ports.ts';
import type { JournalRecord } from '../core/rotation/journal.ts';
import { parseJournal, printJournal } from '../core/rotation/journalCodec.ts';
import { createDurableFile, type FileSystem, nodeFileSystem } from './durableFile.ts';
import type { KeyRing } from './keyRing.ts';

/** Bytes a journal file may have, seal included. */
export const maxJournalFileBytes = 4096;

const header = 'laps-agent journal';
const shape = /^laps-agent journal ([0-9a-f]{64})\n([^\n]*)\n$/;

function macOf(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(`${header}\n${text}\n`).digest();
}

type Content = Extract<JournalReading, { kind: 'record' }> | { readonly kind: 'damaged'; readonly problem: string };

function believe(bytes: Uint8Array, key: Buffer | undefined): Content {
  const damaged = (problem: string): Content => ({ kind: 'damaged', problem });
  if (key === undefined) return damaged('the key it is checked with is missing');
  let file: string;
  try {
    // ignoreBOM: a mark at the front would otherwise be dropped, and the file believed although a byte was added.
    file = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return damaged('it is not UTF-8');
  }
  const [, mac, text] = shape.exec(file) ?? [];
  if (mac === undefined || text === undefined) return damaged('it is empty, cut short or no journal');
  if (!timingSafeEqual(macOf(key, text), Buffer.from(mac, 'hex')))
    return damaged('its seal does not match its content');
  const parsed = parseJournal(text);
  if (parsed.kind === 'invalid') return damaged(parsed.problem);
  if (parsed.kind === 'newer') {
    // Behind a good seal, so no damage: a later version of this program wrote it, and only that can read it.
    throw new LapsError('ERR_LAPS_DATA_NEWER', {
      message: `the journal is of version ${parsed.version}, this program knows 1`,
      hint: 'run the newer laps-agent that wrote it',
    });
  }
  return parsed;
}

/** The journal at `path`; its folder must exist, mode 0700. `keys` must lie in another folder. */
export function createJournal(deps: {
  readonly path: string;
  readonly keys: KeyRing;
  readonly fs?: FileSystem;
}): Journal & {
  /** Removes what a killed writer left behind; called once at start. */
  sweep(): Promise<void>;
  /** What stands there now, for a report: nothing is put aside and nothing made durable. */
  peek(): Promise<JournalRecord | 'absent' | 'damaged'>;
} {
  const { path, keys, fs = nodeFileSystem } = deps;
  const file = createDurableFile({ path, label: 'journal', maxBytes: maxJournalFileBytes, fs });
  /** Whether what is read is known to be durable: this process wrote it, or synced it. */
  let isDurable = false;

  return {
    async read() {
      const reading = await file.read();
      if (reading.kind === 'absent') return reading;
      const key = await keys.installationKey('journal');
      try {
        const content: Content =
          reading.kind === 'strange' ? { kind: 'damaged', problem: reading.problem } : believe(reading.bytes, key);
        if (content.kind === 'record') {
          // Acting on a record that a power cut may still take back would be acting without one.
          if (!isDurable) await file.sync();
          isDurable = true;
          return content;
        }
        return { kind: 'damaged', problem: content.problem, quarantine: await file.quarantine() };
      } finally {
        key?.fill(0);
      }
    },
    async write(record) {
      const text = printJournal(record);
      const key = await keys.ensureInstallationKey('journal');
      try {
        const mac = macOf(key, text).toString('hex');
        isDurable = false;
        await file.write(Buffer.from(`${header} ${mac}\n${text}\n`, 'utf8'));
        isDurable = true;
      } finally {
        key.fill(0);
      }
    },
    sweep: () => file.sweep(),
    async peek() {
      const reading = await file.read();
      if (reading.kind === 'absent') return 'absent';
      const key = await keys.installationKey('journal');
      try {
        const content = reading.kind === 'strange' ? undefined : believe(reading.bytes, key);
        return content?.kind === 'record' ? content.record : 'damaged';
      } finally {
        key?.fill(0);
      }
    },
  };
}

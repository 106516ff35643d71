/**
 * The durable parts of a device in memory: journal, keys, state, policy files.
 *
 * Knows: texts, as files hold them; the journal goes through the real codec. Promises: what is damaged is put aside and
 * told once, as the edges do; everything ever written can be searched for a secret. Must never: mend anything.
 */
import { LapsError } from '../../../agent/core/errors.ts';
import type {
  DeviceState,
  Journal,
  PolicyFolder,
  PolicyFolderReading,
  PolicyRootName,
  Seal,
  SealContext,
  StateReading,
  StateStore,
} from '../../../agent/core/ports.ts';
import type { JournalRecord } from '../../../agent/core/rotation/journal.ts';
import { parseJournal, printJournal } from '../../../agent/core/rotation/journalCodec.ts';
import { Secret } from '../../../agent/core/secret.ts';
import type { Faults } from './faults.ts';

/** A file: its text, or nothing; and everything it ever held. */
export interface ModelFile {
  text: string | undefined;
  readonly everWritten: string[];
}

export function createModelFile(): ModelFile {
  return { text: undefined, everWritten: [] };
}

/** The record on disk, for checks; undefined when absent or damaged. */
export function recordOn(file: ModelFile): JournalRecord | undefined {
  if (file.text === undefined) return undefined;
  const known = lastParsed.get(file);
  if (known?.text === file.text) return known.record;
  const parsed = parseJournal(file.text);
  const record = parsed.kind === 'record' ? parsed.record : undefined;
  lastParsed.set(file, { text: file.text, record });
  return record;
}

/** Looked at after every call of a port, so parsed once a text. */
const lastParsed = new WeakMap<ModelFile, { readonly text: string; readonly record: JournalRecord | undefined }>();

export type PeekedJournal = Journal & { peek(): Promise<JournalRecord | 'absent' | 'damaged'> };

export function createFakeJournal(file: ModelFile, faults: Faults): PeekedJournal {
  return {
    read: () =>
      faults.around('journal.read', () => {
        if (file.text === undefined) return { kind: 'absent' };
        const parsed = parseJournal(file.text);
        if (parsed.kind === 'record') return parsed;
        if (parsed.kind === 'newer') throw new LapsError('ERR_LAPS_DATA_NEWER', { message: 'written by a later one' });
        file.text = undefined;
        return { kind: 'damaged', problem: parsed.problem, quarantine: 'journal.damaged-1' };
      }),
    write: (record) =>
      faults.around('journal.write', () => {
        file.text = printJournal(record);
        file.everWritten.push(file.text);
      }),
    peek: async () => (file.text === undefined ? 'absent' : (recordOn(file) ?? 'damaged')),
  };
}

export type PeekedState = StateStore & { peek(): Promise<StateReading> };

/** The state on disk, for checks and tampering; undefined when absent or damaged. */
export function stateOn(file: ModelFile): DeviceState | undefined {
  if (file.text === undefined || !file.text.startsWith('{')) return undefined;
  // The parse boundary of a fake: it reads what it printed itself.
  return JSON.parse(file.text) as DeviceState;
}

export function createFakeState(file: ModelFile, faults: Faults): PeekedState {
  const reading = (): StateReading => {
    if (file.text === undefined) return { kind: 'absent' };
    const state = stateOn(file);
    if (state !== undefined) return { kind: 'state', state };
    return { kind: 'damaged', problem: 'it is not JSON', quarantine: 'state.damaged-1' };
  };
  return {
    read: () =>
      faults.around('state.read', () => {
        const found = reading();
        if (found.kind === 'damaged') file.text = undefined;
        return found;
      }),
    write: (state) =>
      faults.around('state.write', () => {
        file.text = JSON.stringify(state);
        file.everWritten.push(file.text);
      }),
    clear: () =>
      faults.around('state.clear', () => {
        file.text = undefined;
      }),
    peek: async () => reading(),
  };
}

/** One key a rotation; a sealed text is nothing but a number without it. */
export interface ModelKeys {
  readonly keys: Map<string, { readonly plain: string; readonly context: string }>;
}

export function createModelKeys(): ModelKeys {
  return { keys: new Map() };
}

const base64Of = (text: string): string => Buffer.from(text).toString('base64');

export function createFakeSeal(parts: ModelKeys, faults: Faults): Seal {
  const contextOf = (context: SealContext): string =>
    JSON.stringify([context.tenantId, context.deviceId, context.sid, context.rotationId]);
  const plainData = (rotationId: string): string => base64Of(`sealed for ${rotationId}`);
  return {
    seal: (secret, context) =>
      faults.around('seal.seal', () => {
        if (parts.keys.has(context.rotationId)) throw new Error('sealed twice under one id');
        parts.keys.set(context.rotationId, { plain: secret.reveal(), context: contextOf(context) });
        return {
          iv: base64Of('twelve bytes'),
          tag: base64Of('sixteen bytes tag'.slice(0, 16)),
          data: plainData(context.rotationId),
        };
      }),
    open: (sealed, context) =>
      faults.around('seal.open', () => {
        const key = parts.keys.get(context.rotationId);
        if (key === undefined || key.context !== contextOf(context)) return undefined;
        return sealed.data === plainData(context.rotationId) ? new Secret(key.plain) : undefined;
      }),
    keepOnly: (rotationId) =>
      faults.around('seal.keepOnly', () => {
        for (const id of parts.keys.keys()) if (id !== rotationId) parts.keys.delete(id);
      }),
  };
}

/** Policy files by root, or why the folder cannot be read. */
export interface ModelPolicies {
  files: Partial<Record<PolicyRootName, string>>;
  unreadable: Extract<PolicyFolderReading, { kind: 'unreadable' }> | undefined;
}

const roots: readonly PolicyRootName[] = ['CSP', 'GPO', 'Local', 'Legacy'];

export function createFakePolicies(parts: ModelPolicies, faults: Faults): PolicyFolder {
  return {
    read: () =>
      faults.around('policies.read', (): PolicyFolderReading => {
        if (parts.unreadable !== undefined) return parts.unreadable;
        const files = roots.flatMap((root) => {
          const text = parts.files[root];
          const path = `${root.toLowerCase()}.json`;
          return text === undefined ? [] : [{ root, file: { path, bytes: new TextEncoder().encode(text) } }];
        });
        return { kind: 'files', files };
      }),
  };
}

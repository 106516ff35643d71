/**
 * What every writer of a shape is given, and what it gives.
 *
 * Knows: shapes only. Promises: a writer that cannot say something hands it to `refuse`. Must never: import a writer.
 */
import type { PolicyRootName } from '../../../ports.ts';
import type { SettingValue, ValueRow } from '../../settings.ts';

/** One setting that the root can carry, with a value of its own type. */
export interface WriteItem {
  readonly name: string;
  readonly row: ValueRow;
  readonly value: SettingValue;
}

/** A deletion of one value, or of all when there is no name. */
export interface WriteDeletion {
  readonly name?: string;
}

/** What a writer is given, and what it gives. Anything it cannot say it hands to `refuse`. */
export interface WriteJob {
  readonly root: PolicyRootName;
  readonly items: readonly WriteItem[];
  readonly deletions: readonly WriteDeletion[];
  readonly title: string;
  /** What `$schema` says, in the native shape; absent: none. */
  readonly schema?: string;
  refuse(setting: string, why: string): void;
}

export type Writer = (job: WriteJob) => string | Uint8Array;

/**
 * What characters the shapes can hold.
 *
 * Promises: each test is exact: what passes comes back unchanged. Must never: replace a character.
 */
import { maxDword } from '../registryData.ts';
import type { WriteItem, WriteJob } from './job.ts';

/** Half of a character: no encoding of text can hold it. */
export const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text);

/** Why a registry value cannot hold this setting; undefined when it can. */
export function registryObjection({ row, value }: WriteItem): string | undefined {
  if (row.registry.kind === 'REG_SZ') return String(value).includes('\0') ? 'a REG_SZ ends at a NUL' : undefined;
  return typeof value === 'number' && value >= 0 && value <= maxDword ? undefined : `no REG_DWORD holds ${value}`;
}

/** The items that the registry can hold; the others are refused. */
export function registryItems(job: WriteJob): readonly WriteItem[] {
  return job.items.filter((item) => {
    const objection = registryObjection(item);
    if (objection !== undefined) job.refuse(item.name, objection);
    return objection === undefined;
  });
}

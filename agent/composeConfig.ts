/**
 * The wiring of configuration by hand: what is set, by whom, and setting it.
 *
 * Promises: the file is read as the daemon reads it; a path is kept whole, whatever folder the command ran in. Must
 * never: open the device.
 */
import type { Place } from './compose.ts';
import { configurationOf } from './composeStanding.ts';
import {
  type ConfigurationKey,
  type ConfigurationRow,
  type ConfigurationValue,
  configurationRows,
  configurationTable,
} from './core/configuration.ts';
import type { Env } from './edge/proxyEnv.ts';
import { absolutePath } from './edge/system.ts';

/** One member as it stands. */
export interface Standing {
  readonly name: ConfigurationKey;
  readonly row: ConfigurationRow;
  /** Undefined: nothing is set, the default holds. */
  readonly value: ConfigurationValue | undefined;
  readonly origin: 'environment' | 'file' | 'default';
}

/** Every member, in the table's order; without a data folder, what the environment sets. */
export async function standings(place: Place | undefined, env: Env): Promise<readonly Standing[]> {
  const set = configurationOf(env);
  const file = place?.configuration.file ?? {};
  return configurationRows.map(([name, row]) => {
    if (set[name] !== undefined) return { name, row, value: set[name], origin: 'environment' };
    if (file[name] !== undefined) return { name, row, value: file[name], origin: 'file' };
    return { name, row, value: undefined, origin: 'default' };
  });
}

/** Keeps one member; the value as it was kept. */
export async function setMember(
  place: Place,
  name: ConfigurationKey,
  value: ConfigurationValue | null,
): Promise<ConfigurationValue | null> {
  const isPath = configurationTable[name].kind === 'path';
  const kept = isPath && typeof value === 'string' ? absolutePath(value, place.cwd) : value;
  await place.remember({ [name]: kept });
  return kept;
}

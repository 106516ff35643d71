/**
 * An option of a command that is also a member of the configuration.
 *
 * Promises: it takes what the one table takes, whichever way it comes. Must never: hold a fact of its own about a member.
 */
import {
  allowedHint,
  type ConfigurationKey,
  type ConfigurationValue,
  configurationTable,
  readValue,
} from '../core/configuration.ts';
import { LapsError } from '../core/errors.ts';
import type { Face } from './face.ts';
import { textOption } from './place.ts';
import { clean } from './render/display.ts';

/** The option's value; undefined when it is not given. Throws ERR_LAPS_USAGE for one that is not allowed. */
export function memberOption(face: Face, name: ConfigurationKey): ConfigurationValue | undefined {
  const text = textOption(face, name);
  if (text === undefined) return undefined;
  const value = readValue(configurationTable[name], text);
  if (value !== undefined) return value;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `${name} cannot be "${clean(text)}"`,
    hint: allowedHint(name, text),
  });
}

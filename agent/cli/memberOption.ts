/**
 * An option of a command that is also a member of the configuration, and variables that are none.
 *
 * Promises: an option takes what the one table takes, whichever way it comes; a variable that looks like ours and does
 * nothing is told. Must never: hold a fact of its own about a member, or show what a variable holds.
 */
import {
  allowedHint,
  type ConfigurationKey,
  type ConfigurationValue,
  configurationTable,
  readValue,
  strayVariables,
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

/** Tells of variables that begin as ours do and that nothing reads: a mistyped one would be passed over in silence. */
export function tellStrayVariables(face: Face): void {
  for (const { name, near } of strayVariables(face.host.env))
    face.say(
      `laps: note: ${clean(name)} in the environment is not known and does nothing${near === undefined ? '' : `; did you mean ${near}?`}\n`,
    );
}

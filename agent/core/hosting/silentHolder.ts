/**
 * Somebody who holds a data folder and answers nobody, in words for a person.
 *
 * Knows: a command ends by itself, a daemon binds its socket anew at its next minutely look. Must never: look at a file.
 */
import { restartService } from './staleProgram.ts';

export interface LockHolder {
  readonly pid: number | undefined;
  /** It wrote down that it is a daemon, which holds the folder as long as it runs. */
  readonly isDaemon: boolean;
}

/** `isService`: an installed service works in that folder. */
export function silentHolder(
  { pid, isDaemon }: LockHolder,
  isService: boolean,
): { readonly message: string; readonly hint: string } {
  const process = pid === undefined ? '' : ` (process ${pid})`;
  const cure = isService ? restartService : 'end that process and run: laps run';
  if (isDaemon)
    return {
      message: `the daemon${process} works on this data folder and answers nobody`,
      hint: `one that has just started answers in a moment, and one whose socket was removed binds it anew within a minute or two; if it is still so then: ${cure}`,
    };
  return {
    message: `another laps-agent${process} works on this data folder and answers nobody`,
    hint: `a command that is at work ends by itself; look again in a moment, and if it is still there: ${cure}`,
  };
}

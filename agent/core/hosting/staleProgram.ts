/**
 * A daemon that is not of the program as it is installed now, in words for a person.
 *
 * Knows: a package is updated under a running daemon, which goes on as it was when it started. Promises: a daemon that
 * tells no version is an older one, for the first that was released tells it. Must never: look at a file.
 */
import { serviceName } from './place.ts';

export const restartService = `sudo systemctl restart ${serviceName}`;

/** What a daemon says of its own program. */
export interface DaemonProgram {
  readonly version?: unknown;
  /** Its files are not those any more with which it started. */
  readonly replaced?: unknown;
}

/** What its report says of it: nothing, of one before there was such a word. The parse boundary of that part. */
export function programIn(body: unknown): DaemonProgram {
  if (typeof body !== 'object' || body === null || !('daemon' in body)) return {};
  const { daemon } = body;
  return typeof daemon === 'object' && daemon !== null ? daemon : {};
}

/** What is to be done about a running daemon; undefined where it is of this program. `own`: the version of this program. */
export function staleProgram(daemon: DaemonProgram, own: string, isService: boolean): string | undefined {
  const remedy = isService ? restartService : 'end it and start it again: laps run';
  const { version, replaced } = daemon;
  if (version !== own)
    return `the daemon runs laps-agent ${typeof version === 'string' ? version : 'of an older version'}, and ${own} is installed: ${remedy}`;
  if (replaced !== true) return undefined;
  return `laps-agent was installed anew since the daemon started, and it goes on as it was: ${remedy}`;
}

/**
 * The wiring of a service's start: whether the daemon that systemd started can be asked, or for what it waits.
 *
 * Knows: that a start which waits counts as a start for systemd. Promises: an answer within `readyMs`. Must never: say that
 * it works before it answers.
 */
import type { Place } from './compose.ts';
import type { ServiceHost } from './composeServiceHost.ts';
import { serviceName, unitName } from './core/hosting/place.ts';
import { restartService } from './core/hosting/staleProgram.ts';
import { unexplainedWords } from './core/hosting/waiting.ts';
import { sleep, systemClock } from './edge/clock.ts';

/** Between two looks whether it answers. */
const lookMs = 200;

/** Why the daemon cannot work yet, in words; undefined as soon as it answers. */
export async function whyNotYet(machine: ServiceHost, { folder }: Place): Promise<string | undefined> {
  const until = systemClock.monotonicMs() + machine.readyMs;
  for (;;) {
    if (await machine.answers(folder)) return undefined;
    if (systemClock.monotonicMs() >= until) break;
    await sleep(lookMs);
  }
  const waiting = await machine.waits(folder);
  if (waiting === 'unexplained') return unexplainedWords;
  if (waiting !== undefined)
    return `${waiting.message} [${waiting.code}]${waiting.hint === null ? '' : `; ${waiting.hint}`}`;
  const { stdout } = await machine.systemctl(['show', unitName, '--property=ActiveState', '--value']);
  const state = stdout.trim();
  const cure = state === 'active' ? `${restartService}; ` : '';
  return `it does not answer${state === '' ? '' : ` (${state})`}; ${cure}journalctl -u ${serviceName} -n 20 shows why`;
}

/**
 * Which of an account's processes belong to a login session, told without any record.
 *
 * Knows: a session holds a terminal, or hangs on what has opened it: sshd, or su, which stays beside it as root on behalf
 * of whoever called it. Promises: a session stays known by its number when what opened it has gone; one sign-in is one,
 * however many kernel sessions it consists of. Must never: take for one what the account left running in the background.
 */
import { processAt, type RunningProcess } from './processes.ts';

export interface Opened {
  readonly isOf: (running: RunningProcess) => boolean;
  /** What holds the terminals of these sessions: their own processes, and each su that keeps its terminal to itself. */
  readonly atTerminals: readonly RunningProcess[];
}

const isSshd = ({ command }: RunningProcess): boolean => /^sshd(?:-session)?$/.test(command);

/** Root's power in somebody else's hands: a set-uid program. Root's own su asks for no password and is none. */
export const isOnLoan = ({ uids: [real, effective] }: RunningProcess): boolean => effective === 0 && real !== 0;

/** `su -c` gives its command a kernel session without a terminal, and keeps the terminal at which it was typed. */
const isSuAtTerminal = ({ uids: [, effective], terminal, command }: RunningProcess): boolean =>
  effective === 0 && terminal !== 0 && command === 'su';

/** The parent of each, where it can be seen. */
export async function parentsOf(present: readonly RunningProcess[]): Promise<(RunningProcess | undefined)[]> {
  return Promise.all(present.map(({ parent }) => processAt(parent, '/proc')));
}

/** The sessions among an account's processes. */
export async function openedAmong(present: readonly RunningProcess[]): Promise<Opened> {
  const parents = await parentsOf(present);
  const kernelSessions = new Set<number>();
  const openers: RunningProcess[] = [];
  for (const [index, { session, pid }] of present.entries()) {
    const parent = parents[index];
    // Only what leads a kernel session of its own: whoever merely shares the caller's has its terminal as well.
    if (parent === undefined || session !== pid) continue;
    if (!isOnLoan(parent) && !isSuAtTerminal(parent) && !isSshd(parent)) continue;
    kernelSessions.add(session);
    openers.push(parent);
  }
  const isOf = (running: RunningProcess): boolean =>
    running.terminal !== 0 || isSshd(running) || kernelSessions.has(running.session);
  return { isOf, atTerminals: [...present.filter(isOf), ...openers] };
}

/**
 * How many sign-ins these are: what hangs on another part of a session belongs to it. So a sign-in by ssh is one, though
 * the account's own sshd and the shell that it opened are two sessions to the kernel.
 */
export function countOpened(present: readonly RunningProcess[], isOf: Opened['isOf']): number {
  const parts = new Map(present.filter(isOf).map((each) => [each.pid, each]));
  const outermost = (running: RunningProcess): RunningProcess => {
    const met = new Set<number>();
    let at = running;
    // Looked at one after the other, and numbers are given again: it might be a circle.
    for (let above = parts.get(at.parent); above !== undefined && !met.has(above.pid); above = parts.get(at.parent)) {
      met.add(above.pid);
      at = above;
    }
    return at;
  };
  return new Set([...parts.values()].map((each) => outermost(each).session)).size;
}

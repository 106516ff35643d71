/**
 * Ending processes of one user, and of nobody else.
 *
 * Knows: that a number may belong to another process by the time a signal is sent. Promises: signals are sent by a helper
 * that runs as that very user, so that the kernel itself refuses to touch anybody else's; where no helper can be had (a
 * service without the power to become another user, a user's own limit of processes), number, user and moment of birth
 * are read again right before the signal; root's processes, and those of whom this program runs as, are never touched;
 * it is looked again until none is left, and not for ever. Must never: signal a group, or every process there is.
 */
import { sleep } from '../clock.ts';
import { runProgram, systemProgram } from '../systemProgram.ts';
import { processAt, processesOf, type RunningProcess } from './processes.ts';

export interface Reaped {
  readonly count: number;
  /** Still there when patience ended. */
  readonly left: number;
}

const proc = '/proc';
const pauseMs = 100;
/** Rounds of a hundred milliseconds in which a process may end by itself, and after which it is ended. */
const politeRounds = 20;
const mostRounds = 100;
/** From then on a helper's word is not relied on: the user's own processes may keep it from its work. */
const ownHandsFrom = politeRounds + 20;

const idOf = ({ pid, startedAt }: RunningProcess): string => `${pid} ${startedAt}`;

type SignalName = 'HUP' | 'CONT' | 'KILL';

async function byOwnHand(uid: number, name: SignalName, { pid, startedAt }: RunningProcess): Promise<void> {
  const now = await processAt(pid, proc);
  if (now === undefined || now.startedAt !== startedAt || !now.uids.includes(uid)) return;
  try {
    process.kill(pid, `SIG${name}`);
  } catch {
    // Gone between two lines: what was wanted.
  }
}

/** Sends one signal to each that still is the same process of the same user. */
async function signal(
  uid: number,
  name: SignalName,
  processes: readonly RunningProcess[],
  how: { readonly ownHands: boolean },
): Promise<void> {
  const path = how.ownHands ? undefined : await systemProgram('sh');
  const [first] = processes;
  if (first === undefined) return;
  const pids = processes.map(({ pid }) => String(pid));
  const end =
    path === undefined
      ? undefined
      : await runProgram({
          path,
          args: ['-c', 'kill -s "$0" "$@"', name, ...pids],
          timeoutMs: 5_000,
          maxBytes: 4096,
          as: { uid, gid: first.gid },
        });
  // Whether they are gone is seen in the next round; here only whether there was a helper at all.
  if (end?.kind !== 'ended') for (const each of processes) await byOwnHand(uid, name, each);
}

/**
 * Ends the user's processes that `which` picks: hangs up first when `polite`, and ends what is still there after two
 * seconds. Throws for root and for the user this program runs as.
 */
export async function endProcessesOf(
  uid: number,
  how: { readonly polite: boolean; readonly which: (running: RunningProcess) => boolean },
): Promise<Reaped> {
  if (uid === 0 || uid === process.getuid?.()) throw new TypeError('these are the processes of LAPS itself');
  const met = new Set<string>();
  const listed = async (): Promise<RunningProcess[]> => (await processesOf(uid, proc)).filter(how.which);
  for (let round = 0; ; round += 1) {
    const running = await listed();
    for (const each of running) met.add(idOf(each));
    if (running.length === 0 || round >= mostRounds) return { count: met.size - running.length, left: running.length };
    if (how.polite && round < politeRounds) {
      if (round === 0) {
        await signal(uid, 'HUP', running, { ownHands: false });
        // One that was stopped does not hear otherwise.
        await signal(uid, 'CONT', running, { ownHands: false });
      }
    } else await signal(uid, 'KILL', running, { ownHands: round >= ownHandsFrom });
    await sleep(pauseMs);
  }
}

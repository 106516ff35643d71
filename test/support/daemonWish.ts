/** What a daemon is started with where a test says no more: nothing of its own, silent, until `signal` ends it. */
import type { RunWish } from '../../agent/composeRun.ts';

export function daemonWish(
  signal: AbortSignal,
  tell: Pick<RunWish['tell'], 'ready' | 'defect'> & Partial<RunWish['tell']>,
): RunWish {
  return {
    tenant: undefined,
    once: false,
    trusts: false,
    schedule: undefined,
    os: undefined,
    accounts: { kind: undefined, allowRoot: false, allowSystem: false, allowOwn: false },
    signal,
    listens: () => {},
    tell: { starting() {}, tenant() {}, joined() {}, event() {}, cycle() {}, line() {}, ...tell },
  };
}

/**
 * What a living process weighs and burns, from Linux' /proc.
 *
 * Promises: resident and proportional memory in MiB; processor time of all its threads in milliseconds. Elsewhere than
 * on Linux: undefined, and the report says so.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface Memory {
  /** Resident set, MiB. */
  readonly rss: number;
  /** Proportional set: pages shared with other processes counted by their share. MiB. */
  readonly pss: number;
}

/** Memory of process `pid` now. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  return { rss: kib('Rss') / 1024, pss: kib('Pss') / 1024 };
}

/** Processor time of every thread since the process began, ms. */
export function cpuMsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6)
    .reduce((sum, ms) => sum + ms, 0);
}

/** How often any thread of the process gave up the processor of its own accord, since it began: it slept and was woken. */
export function wakeUpsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8'))
    .map((text) => Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(text)?.[1] ?? 0))
    .reduce((sum, count) => sum + count, 0);
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

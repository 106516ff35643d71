/**
 * Gives back the memory that a daemon needed for a moment.
 *
 * Knows: V8 collects by need, and a process that sleeps has none: what a cycle left behind would stay for the hour.
 * Promises: one collection is asked for, some time after the last call, when nothing else is going on; the pages are back
 * within half a minute. Must never: keep a process alive.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Long enough for a burst of cycles and the answers to those who asked for them. */
const quietMs = 3_000;
let timer: NodeJS.Timeout | undefined;
let collect: unknown;

/** Once things have been quiet for a few seconds. */
export function giveBackMemorySoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (collect === undefined) {
      // The collector is handed out to contexts made after the flag was set.
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc');
    }
    // Node 22 and later collect all there is. Node 20 takes any such wish for a young collection, and that wakes V8's own
    // reducer, which has shrunk the heap some fifteen seconds later and then sleeps; after a plain full collection Node 20
    // keeps the pages and goes on waking every eight seconds.
    if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, quietMs);
  timer.unref();
}

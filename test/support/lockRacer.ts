/**
 * A process that races for a lock: `lockRacer.ts LOCK LOG ROUNDS`.
 *
 * Knows: how to show that two held it at once: it makes a marker with O_EXCL while holding, and removes it before
 * letting go. Promises: exits 0 only when it held the lock in every round and never met another's marker.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInstanceLock } from '../../agent/edge/instanceLock.ts';

const [path = '', marker = '', rounds = '0'] = process.argv.slice(2);
const lock = createInstanceLock({ path });
for (let round = 0; round < Number(rounds); round += 1) {
  const held = await lock.acquire({ waitMs: 20_000 });
  closeSync(openSync(marker, 'wx'));
  await new Promise((resolve) => setImmediate(resolve));
  rmSync(marker);
  held.release();
}

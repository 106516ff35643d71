/**
 * Keeps what is in memory out of core dumps.
 *
 * Knows: Linux lets a process say which of its mappings a dump may hold, and hands that on to its children. Promises: a
 * dump of this process made from now on holds no heap, no stack and no file pages; registers alone remain. Must never:
 * keep a command from running where the system has no such switch; the service's unit forbids dumps altogether.
 */
import { writeFileSync } from 'node:fs';

/** The mask of mappings that are dumped (core(5)): none. */
const nothing = '0';

export function keepOutOfCoreDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', nothing);
  } catch {
    // Another system, or a /proc that is closed: dumps are then as the system makes them, as SECURITY.md says.
  }
}

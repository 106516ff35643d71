/**
 * The name a person probably meant.
 *
 * Knows: edit distance with swapped neighbours, ignoring case. Promises: undefined when nothing is near enough to be
 * worth saying. Must never: be used to read a policy; it only words a hint.
 */

/** Insertions, deletions, replacements and swaps of neighbours from one text to the other. */
export function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1];
      let cost = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[to.length] ?? 0;
}

/** The nearest of `names` within a third of its length, at least half of which stayed; undefined when none is. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  // Past this nothing could be near, and a hostile name would cost time.
  if (written.length > 100) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  const lower = written.toLowerCase();
  // Most names are written right: a folder of thousands is not to be measured letter by letter.
  const exact = names.find((name) => name.toLowerCase() === lower);
  if (exact !== undefined) return exact;
  for (const name of names) {
    const reach = Math.max(2, Math.floor(name.length / 3));
    // Two texts are at least as far apart as their lengths are.
    if (Math.abs(name.length - written.length) > reach) continue;
    const distance = editDistance(lower, name.toLowerCase());
    const halfStayed = distance * 2 <= Math.max(written.length, name.length);
    if (distance < least && distance <= reach && halfStayed) {
      best = name;
      least = distance;
    }
  }
  return best;
}

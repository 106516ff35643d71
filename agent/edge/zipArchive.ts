/**
 * Files of this program's own making as one zip archive.
 *
 * Promises: the same files, names and instant in the same time zone make the same bytes; who unpacks gets files for
 * themselves alone. Must never: read a file, or be given names that somebody else chose.
 */
import { type Zippable, zipSync } from 'fflate';

/** The archive's own clock counts from here to there; it knows no time zone. */
const [firstAt, lastAt] = [new Date(1980, 0, 2).getTime(), new Date(2099, 11, 30).getTime()];
/** A plain file that its owner alone reads, as unix says it: the upper half of the attributes. */
const ownersFile = 0o100600 * 0x1_0000;
const unix = 3;
/** Info-ZIP's extended timestamp: seconds since 1970, whatever the time zone. */
const timestampField = 0x5455;

/** The seconds as four bytes, where they fit; a clock can say anything. */
function timestampOf(at: number): Record<number, Uint8Array> {
  const seconds = Math.floor(at / 1000);
  if (!(Math.abs(seconds) < 2 ** 31)) return {};
  const bytes = new Uint8Array(5);
  bytes[0] = 1;
  new DataView(bytes.buffer).setInt32(1, seconds, true);
  return { [timestampField]: bytes };
}

/** The archive, in the order given; `at`: epoch ms that every file carries. */
export function zipOf(
  files: ReadonlyArray<{ readonly name: string; readonly bytes: Uint8Array }>,
  at: number,
): Uint8Array {
  const mtime = Math.min(Math.max(at, firstAt), lastAt);
  const extra = timestampOf(at);
  const zippable: Zippable = {};
  for (const { name, bytes } of files)
    zippable[name] = [bytes, { level: 6, mtime, os: unix, attrs: ownersFile, extra }];
  return zipSync(zippable);
}

/**
 * Sign-ins from wtmp, which login, sshd and desktops write: only root and the group utmp can.
 *
 * Knows: the record of glibc's utmp.h, in its two layouts. Promises: a record that is none is passed over; nothing is
 * read beyond the last whole one. Must never: give host or terminal on; nobody needs them here.
 */
import { endianness } from 'node:os';
import type { Place } from './appended.ts';
import { type FoundSignIn, readSignIns } from './found.ts';

/** Where the fields are, in bytes. */
interface Layout {
  readonly size: number;
  readonly secondsAt: number;
  /** 32-bit seconds for compatibility with 32-bit programs (x86, ppc, s390, mips, sparc), else 64. */
  readonly wide: boolean;
}

const narrow: Layout = { size: 384, secondsAt: 340, wide: false };
const wide: Layout = { size: 400, secondsAt: 344, wide: true };

/** By the machine's architecture, as node names it. */
export function layoutOf(arch: string): Layout {
  return ['arm64', 'riscv64', 'loong64'].includes(arch) ? wide : narrow;
}

const userProcess = 7;
const userAt = 44;
const userBytes = 32;
const big = endianness() === 'BE';

/** The sign-in that a record tells of, or undefined. */
export function signInOfRecord(record: Buffer, layout: Layout): FoundSignIn | undefined {
  const type = big ? record.readInt16BE(0) : record.readInt16LE(0);
  if (type !== userProcess) return undefined;
  const { secondsAt } = layout;
  const seconds = layout.wide
    ? Number(big ? record.readBigInt64BE(secondsAt) : record.readBigInt64LE(secondsAt))
    : big
      ? record.readUInt32BE(secondsAt)
      : record.readUInt32LE(secondsAt);
  // In UTF-8, as in the accounts; whatever stands after the end is no part of it.
  const field = record.subarray(userAt, userAt + userBytes);
  const end = field.indexOf(0);
  const name = field.toString('utf8', 0, end < 0 ? userBytes : end);
  if (name === '' || seconds <= 0 || seconds > 8.64e12) return undefined;
  return { at: seconds * 1000, within: 1000, who: { uid: undefined, name }, vouched: true };
}

/** What was appended to the file at `path`; undefined without one. `since` is epoch ms. */
export function readWtmp(request: {
  readonly path: string;
  readonly place: Place | undefined;
  readonly since: number;
  readonly layout: Layout;
}): ReturnType<typeof readSignIns> {
  const { layout } = request;
  return readSignIns({
    ...request,
    take(bytes, tell) {
      const whole = bytes.length - (bytes.length % layout.size);
      for (let at = 0; at < whole; at += layout.size)
        tell(signInOfRecord(bytes.subarray(at, at + layout.size), layout));
      return whole;
    },
  });
}

/**
 * Sign-ins from the systemd journal.
 *
 * Knows: journalctl's JSON, and which of its fields the journal itself vouches for (those that begin with an underscore).
 * Promises: anybody may write the same words with `logger`; what is known to come from somebody else than root, or one of
 * the few programs that users start and that run as root, does not count. Vouched for is only what root itself said.
 * Must never: believe a field that the sender chose.
 *
 * What cannot be known: the user of a sender (`_UID`) comes from the kernel with the message; its program and its power
 * are looked at a moment after it spoke. One that has ended by then may have been a quick su, and one that is su by then
 * may have spoken before it was: both count, for who has the password must not get by unseen by being quick, and neither
 * is vouched for, so that who only pretends to sign in has gained nothing but that the password is replaced sooner.
 */
import { authenticatedBy } from '../../core/postAuth/pamSession.ts';
import { type ProgramEnd, runProgram, systemProgram } from '../systemProgram.ts';
import { type FoundSignIn, isSince } from './found.ts';

export interface JournalReading {
  readonly found: readonly FoundSignIn[];
  readonly cursor: string;
}

/** Runs journalctl with further words; a test gives another one. */
export type Journalctl = (args: readonly string[]) => Promise<ProgramEnd>;

const timeoutMs = 30_000;
const maxBytes = 64 * 1_048_576;
/** Started by users, run as root: what they say, root says. */
const rootOnLoan = /^\/(?:usr\/)?(?:local\/)?s?bin\/(?:su|sudo|sudo-rs|su-rs|doas|pkexec)$/;
/** auth and authpriv. */
const matches = ['SYSLOG_FACILITY=4', 'SYSLOG_FACILITY=10'];
const fields = ['MESSAGE', 'SYSLOG_IDENTIFIER', '_UID', '_EXE', '_CAP_EFFECTIVE'];
const form = ['--output=json', '--no-pager', '--quiet'];

/** This machine's; undefined without one. */
export async function systemJournalctl(): Promise<Journalctl | undefined> {
  const path = await systemProgram('journalctl');
  return path === undefined ? undefined : (args) => runProgram({ path, args, timeoutMs, maxBytes });
}

type Entry = Readonly<Record<string, string>>;

/** Fields that are plain text; a list or a null (binary, too long) is left out. */
function entryOf(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.fromEntries(
      Object.entries(value).filter((each): each is [string, string] => typeof each[1] === 'string'),
    );
  } catch {
    return undefined;
  }
}

/** Who said it. The capabilities tell a program on loan from its namesake of somebody's own. */
function speakerOf(entry: Entry): 'root' | 'perhaps root' | 'somebody else' {
  if (entry['_UID'] === '0') return 'root';
  if (entry['_EXE'] === undefined) return 'perhaps root';
  const capable = /^0*$/.test(entry['_CAP_EFFECTIVE'] ?? '') === false;
  return capable && rootOnLoan.test(entry['_EXE']) ? 'perhaps root' : 'somebody else';
}

function signInOf(entry: Entry): FoundSignIn | undefined {
  const speaker = speakerOf(entry);
  if (speaker === 'somebody else') return undefined;
  const who = authenticatedBy(entry['SYSLOG_IDENTIFIER'] ?? '', entry['MESSAGE'] ?? '');
  const micros = Number(entry['__REALTIME_TIMESTAMP']);
  if (who === undefined || !Number.isFinite(micros)) return undefined;
  return { at: Math.floor(micros / 1000), within: 1, who, vouched: speaker === 'root' };
}

function entriesOf(end: ProgramEnd): Entry[] | undefined {
  if (end.kind === 'failed' || end.status !== 0) return undefined;
  return end.stdout
    .split('\n')
    .map(entryOf)
    .filter((each) => each !== undefined);
}

/** Where the journal ends now; undefined when there is none, or nothing in it. */
async function endOf(journalctl: Journalctl): Promise<string | undefined> {
  const entries = entriesOf(await journalctl([...form, '--lines=1', '--output-fields=_UID']));
  return entries?.at(-1)?.['__CURSOR'];
}

/**
 * What came after `cursor`, or from `since` (epoch ms) on. Undefined without a journal, which is then no record at all;
 * `isThere`: that there is one is known already.
 */
export async function readJournal(
  journalctl: Journalctl,
  request: { readonly cursor: string | undefined; readonly since: number; readonly isThere: boolean },
): Promise<JournalReading | undefined> {
  const { cursor, since, isThere } = request;
  const read = async (from: string) =>
    entriesOf(await journalctl([...form, `--output-fields=${fields.join(',')}`, from, ...matches]));
  const signInsOf = (entries: readonly Entry[]) => entries.flatMap((entry) => signInOf(entry) ?? []);
  const after = cursor === undefined ? undefined : await read(`--after-cursor=${cursor}`);
  if (cursor !== undefined && after !== undefined) {
    const last = after.at(-1)?.['__CURSOR'];
    if (last === undefined && !isThere && (await endOf(journalctl)) === undefined) return undefined;
    return { found: signInsOf(after), cursor: last ?? cursor };
  }
  // No cursor, or one that leads nowhere, as after the journal was removed: by time then. The end comes first, so that
  // what is written meanwhile is left to the next reading.
  const end = await endOf(journalctl);
  const entries = end === undefined ? undefined : await read(`--since=@${Math.floor(since / 1000)}`);
  if (end === undefined || entries === undefined) return undefined;
  const found = signInsOf(entries).filter((each) => isSince(each, since));
  return { found, cursor: entries.at(-1)?.['__CURSOR'] ?? end };
}

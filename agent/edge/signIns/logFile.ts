/**
 * Sign-ins from the log file that syslog keeps of authentications.
 *
 * Knows: a line's form, with a time of either kind. Promises: program and sentence are taken from where they
 * belong, at the line's own beginning; a sentence that is quoted within another is none. Must never: give a line on.
 *
 * What cannot be known: syslog writes down what it is told, and any user of the machine may tell it the same words under
 * the same name with `logger`. So nothing here is vouched for: what is gained by it is that the password is replaced an
 * hour or more later. The journal knows more, and is asked first where there is one.
 */
import { authenticatedBy } from '../../core/postAuth/pamSession.ts';
import { msPerDay } from '../../core/time.ts';
import type { Place } from './appended.ts';
import { type FoundSignIn, readSignIns } from './found.ts';

/** Time, host, program, its number where it gives one (Debian's sudo and lightdm do not), sentence. */
const lineForm =
  /^(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))|([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)) \S{1,255} ([\w./-]{1,48}\]?)(?:\[\d{1,10}\])?: (.{1,1024})$/;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Longer than any line that matters; what is longer is passed over piece by piece. */
const maxLineBytes = 65_536;
const newline = 0x0a;

/** Epoch ms. A time without a year is of the last year in which it is not in the future, by the machine's own zone. */
function instantOf(match: RegExpExecArray, now: number): number {
  const [, iso, month = '', day, hour, minute, second] = match;
  if (iso !== undefined) return Date.parse(iso);
  const year = new Date(now).getFullYear();
  if (!months.includes(month)) return Number.NaN;
  const inYear = (which: number): number =>
    new Date(which, months.indexOf(month), Number(day), Number(hour), Number(minute), Number(second)).getTime();
  return inYear(year) > now + msPerDay ? inYear(year - 1) : inYear(year);
}

/** The sign-in a line tells of, or undefined. `now` is epoch ms. */
export function signInOfLine(line: string, now: number): FoundSignIn | undefined {
  const match = lineForm.exec(line);
  const who = match === null ? undefined : authenticatedBy(match[7] ?? '', match[8] ?? '');
  if (match === null || who === undefined) return undefined;
  const at = instantOf(match, now);
  // A time without fractions is the second in which it happened.
  const within = /\.\d/.test(match[1] ?? '') ? 1 : 1000;
  return Number.isFinite(at) ? { at, within, who, vouched: false } : undefined;
}

/** What was appended to the log at `path`; undefined without one. `since` and `now` are epoch ms. */
export function readLogFile(request: {
  readonly path: string;
  readonly place: Place | undefined;
  readonly since: number;
  readonly now: number;
}): ReturnType<typeof readSignIns> {
  return readSignIns({
    ...request,
    take(bytes, tell) {
      const end = bytes.lastIndexOf(newline) + 1;
      // Names are in UTF-8, as in the accounts. Broken text hides no line end: no byte of a longer character is one.
      for (const line of bytes.toString('utf8', 0, end).split('\n')) tell(signInOfLine(line, request.now));
      return end === 0 && bytes.length > maxLineBytes ? bytes.length : end;
    },
  });
}

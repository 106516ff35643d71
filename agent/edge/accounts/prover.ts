/**
 * Whether a password opens a real account, asked without signing in (rotation.md 3, rule 5; 5).
 *
 * Knows: PAM's own checker `unix_chkpwd` (0 right, 7 wrong; also for an expired account) and, where there is none and for
 * an account that is locked and thus closed to any checker, the system's crypt by way of Perl. Promises: the password
 * travels on standard input only. Must never: take an answer it does not know for a no.
 */
import { LapsError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { hashOf, isLockedField } from './systemFiles.ts';
import { type SystemTools, saidBy } from './systemTools.ts';

const timeoutMs = 15_000;
const wrong = 7;
/**
 * What a checker that works answers to "may it sign in", by PAM's own numbers: yes (0), it is not asked so (7, an old one),
 * unknown here (10), a new password is demanded (12), expired (13), changed too short a time ago to be changed by its
 * owner (20, where a password has a minimum age), aged out (27). Not among them: 4, called wrongly; 5, no memory; 9, it
 * cannot read the passwords.
 */
const answersOfExpiry: readonly (number | null)[] = [0, wrong, 10, 12, 13, 20, 27];

/** Reads password and hash, each ended by a NUL, and answers in the manner of unix_chkpwd. */
const cryptProgram =
  'binmode STDIN; $/ = "\\0"; chomp(my ($p, $h) = (scalar <STDIN>, scalar <STDIN>)); my $c = crypt($p, $h); exit(defined $c && $c eq $h ? 0 : 7);';

export interface Prover {
  /** How passwords can be proven here: of every account, only of those that are not locked, or not at all. */
  reach(): Promise<'all' | 'unlocked' | 'none'>;
  /** Why nothing would tell whether a password opens the account, in words; asked without a password, and seen in no log. */
  obstacle(name: string, field: string): Promise<string | undefined>;
  /** Throws ERR_LAPS_ACCOUNT_UNVERIFIED when there is no answer. */
  opens(name: string, field: string, secret: Secret): Promise<boolean>;
}

export function createProver(deps: { readonly tools: SystemTools }): Prover {
  const { tools } = deps;

  const unanswered = (name: string, why: string) =>
    new LapsError('ERR_LAPS_ACCOUNT_UNVERIFIED', {
      message: `whether a password opens ${name} could not be found out: ${why}`,
      hint: 'nothing is lost; the next cycle asks again. PAM needs its checker unix_chkpwd, a locked account needs perl',
    });

  async function ask(name: string, path: string, words: readonly string[], stdin: Buffer): Promise<boolean> {
    const end = await tools.run({ path, words, stdin, timeoutMs });
    if (end.status === 0 && end.delivered) return true;
    if (end.status === wrong) return false;
    throw unanswered(name, saidBy(end));
  }

  return {
    async reach() {
      if ((await tools.find('perl')) !== undefined) return 'all';
      return (await tools.find('unix_chkpwd')) === undefined ? 'none' : 'unlocked';
    },
    async obstacle(name, field) {
      const [checker, perl] = [await tools.find('unix_chkpwd'), await tools.find('perl')];
      if (checker === undefined || isLockedField(field))
        return perl === undefined ? 'neither PAM nor Perl can tell here' : undefined;
      const end = await tools.run({ path: checker, words: [name, 'chkexpiry'], timeoutMs });
      // What it prints is a number of days, and no word for a person.
      return answersOfExpiry.includes(end.status)
        ? undefined
        : `${checker} does not work: ${saidBy({ ...end, stdout: '' })}`;
    },
    async opens(name, field, secret) {
      const hash = hashOf(field);
      // No password opens it, and the checker would only write a failure into the system's log.
      if (hash === '') return false;
      const checker = await tools.find('unix_chkpwd');
      if (checker !== undefined && !isLockedField(field))
        return ask(name, checker, [name, 'nonull'], Buffer.from(`${secret.reveal()}\0`));
      const perl = await tools.find('perl');
      if (perl === undefined) throw unanswered(name, 'neither PAM nor Perl can tell here');
      return ask(name, perl, ['-e', cryptProgram], Buffer.from(`${secret.reveal()}\0${hash}\0`));
    },
  };
}

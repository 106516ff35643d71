/** `laps signin`: sign in to a simulated account, to see that a password opens it and what its use leads to. */
import type { Place } from '../compose.ts';
import { isLapsError, LapsError } from '../core/errors.ts';
import { instantOfIso } from '../core/time.ts';
import type { PostAuthenticationPart } from '../service/postAuthStatus.ts';
import type { Face, Verb } from './face.ts';
import { existingPlaceOf, isReport, textOption } from './place.ts';
import { instantText } from './render/words.ts';

const failed = (message: string, hint: string): LapsError =>
  new LapsError('ERR_LAPS_SIGN_IN_FAILED', { message, hint });

/** What the sign-in leads to: by the daemon, or under its lock; null when nothing, or when the next start will say. */
async function followedBy(face: Face, place: Place, sid: string): Promise<PostAuthenticationPart | null> {
  const { localDoor } = await import('../composeDoor.ts');
  const reply = await (await localDoor(place)).askDaemon({
    method: 'POST',
    path: '/look',
    timeoutMs: 10_000,
    signal: face.host.interrupted,
  });
  let report: unknown = reply.kind === 'reply' ? reply.body : undefined;
  if (reply.kind === 'absent') {
    try {
      report = await (await import('../composeRun.ts')).lookForSignIns(place, face.host.interrupted);
    } catch (error) {
      // A daemon that is just starting, or a machine without a device yet: its first look finds the sign-in.
      if (!isLapsError(error)) throw error;
    }
  }
  if (!isReport(report)) return null;
  return report.postAuthentication?.accountSid === sid ? report.postAuthentication : null;
}

function deadlineLine(part: PostAuthenticationPart | null): string {
  const at = instantOfIso(part?.deadline ?? '');
  return at === undefined ? '' : `its password is replaced ${instantText(at)}, for it was used\n`;
}

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Signs in to a simulated account of this machine. The password is asked for, or read from standard input. A sign-in with the managed account sets the deadline of the post-authentication actions, where the policy has any.',
      )
      .option('--account <name>', 'the account; by default the managed one')
      .addHelpText(
        'after',
        '\nExit status: 0 signed in, 1 refused.\nExamples:\n  laps signin\n  laps recover DEVICE --as-plain-text --json | jq -r ".[0].Password" | laps signin',
      );
  },
  async run(face) {
    const place = await existingPlaceOf(face);
    const { openDevice } = await import('../compose.ts');
    const { simulated, peek } = await openDevice(place);
    const accounts = simulated();
    const state = await peek.state();
    const name = textOption(face, 'account') ?? (state.kind === 'state' ? state.state.accountName : undefined);
    if (name === undefined)
      throw failed('no account is managed yet', 'name one with --account, or let laps run set one up');
    const secret = await face.host.stdin.readSecret(`Password for ${name}: `);
    if (secret === undefined)
      throw failed('no password was given', 'type it at the prompt, or give it on standard input');
    const outcome = await accounts.signIn({ name, secret });
    switch (outcome.kind) {
      case 'signedIn': {
        const { name: account, sid } = outcome.account;
        const postAuthentication = await followedBy(face, place, sid);
        if (face.json) face.outJson({ signedIn: true, account, sid, postAuthentication, error: null });
        else face.out(`signed in as ${account}\n${deadlineLine(postAuthentication)}`);
        return 0;
      }
      case 'wrong':
        throw failed(
          'the user name or the password is wrong',
          'laps recover DEVICE --as-plain-text shows the present password to an administrator',
        );
      case 'disabled':
        throw failed(
          `the account ${name} is disabled`,
          'Windows LAPS keeps the password of a disabled account too, but nobody can sign in to it',
        );
      case 'locked':
        throw failed(
          `the account ${name} is locked after too many wrong passwords`,
          'it opens by itself after ten minutes',
        );
    }
  },
};

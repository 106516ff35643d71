/** `laps signin`: sign in to a simulated account, to see that a password opens it. */
import { LapsError } from '../core/errors.ts';
import type { Verb } from './face.ts';
import { existingPlaceOf, textOption } from './place.ts';

const failed = (message: string, hint: string): LapsError =>
  new LapsError('ERR_LAPS_SIGN_IN_FAILED', { message, hint });

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Signs in to a simulated account of this machine. The password is asked for, or read from standard input.',
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
    const { accounts, peek } = await openDevice(place);
    const state = await peek.state();
    const name = textOption(face, 'account') ?? (state.kind === 'state' ? state.state.accountName : undefined);
    if (name === undefined)
      throw failed('no account is managed yet', 'name one with --account, or let laps run set one up');
    const secret = await face.host.stdin.readSecret(`Password for ${name}: `);
    if (secret === undefined)
      throw failed('no password was given', 'type it at the prompt, or give it on standard input');
    const outcome = await accounts.signIn({ name, secret });
    if (face.json && outcome.kind === 'signedIn')
      face.outJson({ signedIn: true, account: outcome.account.name, sid: outcome.account.sid, error: null });
    switch (outcome.kind) {
      case 'signedIn':
        if (!face.json) face.out(`signed in as ${outcome.account.name}\n`);
        return 0;
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

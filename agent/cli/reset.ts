/** `laps reset`: a new password now, whatever the expiry (Reset-LapsPassword). */
import type { Verb } from './face.ts';
import { authorityOption, flag } from './place.ts';
import { rotateBy, takeOverOption } from './rotation.ts';

export const verb: Verb = {
  configure(command) {
    authorityOption(command);
    command
      .description(
        'Gives the managed account a new password now, whatever its expiry: drawn, backed up, then set. Asks the daemon; without one it does the work itself.',
      )
      .option('--accept-risk', 'on hold: send one backup more although the password in use may drop out of the history')
      .option('--redraw', 'draw another password in place of one that the account keeps refusing')
      .option(...takeOverOption)
      .addHelpText(
        'after',
        '\nExit status: 0 rotated, 1 it did not work (the old password stays), 3 could not run.\nCtrl-C parks a rotation that has begun, for the next start to finish, and the exit status is 1; a second Ctrl-C ends at once (130).\nExamples:\n  laps reset\n  laps reset --json',
      );
  },
  run: (face) =>
    rotateBy(face, {
      kind: 'reset',
      acceptRisk: flag(face, 'acceptRisk'),
      redraw: flag(face, 'redraw'),
      takeOver: flag(face, 'takeOver'),
    }),
};

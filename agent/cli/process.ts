/** `laps process`: one policy-processing cycle now (Invoke-LapsPolicyProcessing). */
import type { Verb } from './face.ts';
import { authorityOption, flag } from './place.ts';
import { rotateBy, takeOverOption } from './rotation.ts';

export const verb: Verb = {
  configure(command) {
    authorityOption(command);
    command
      .description(
        'Runs one policy-processing cycle now: reads the policy and rotates if a new password is due. Asks the daemon; without one it does the work itself.',
      )
      .option(...takeOverOption)
      .addHelpText(
        'after',
        '\nExit status: 0 done (also when nothing was due), 1 it did not work, 3 could not run.\nCtrl-C parks a rotation that has begun, for the next start to finish, and the exit status is 1; a second Ctrl-C ends at once (130).',
      );
  },
  run: (face) =>
    rotateBy(face, { kind: 'process', acceptRisk: false, redraw: false, takeOver: flag(face, 'takeOver') }),
};

/** `laps repair`: put damaged files aside and start a fresh rotation. */

import type { Verb } from './face.ts';
import { existingPlaceOf } from './place.ts';
import { clean } from './render/display.ts';
import { statusOf, tellFailure } from './rotation.ts';

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Looks at configuration, identity, journal and state, puts aside what is damaged, and runs a cycle, which rotates if anything was. Nothing that can be read is touched. The daemon must not be running.',
      )
      .addHelpText('after', '\nExit status: 0 all is well afterwards, 1 something is still wrong, 3 could not run.');
  },
  async run(face) {
    const place = await existingPlaceOf(face, true);
    const { repairDevice } = await import('../composeJoin.ts');
    const { quarantined, answer } = await repairDevice(place, face.host.now(), face.host.interrupted);
    if (face.json) face.outJson({ quarantined, ...answer });
    else {
      for (const name of quarantined) face.out(`put aside: ${clean(name)}\n`);
      if (quarantined.length === 0) face.out('nothing was damaged\n');
      if (answer.error === null)
        face.out(answer.outcome === 'rotated' ? 'a fresh password was backed up and set\n' : 'the password is good\n');
      else tellFailure(face, answer);
    }
    return statusOf(answer);
  },
};

/** `laps repair`: put damaged files aside and start a fresh rotation. */
import type { Verb } from './face.ts';
import { existingPlaceOf } from './place.ts';
import { clean } from './render/display.ts';
import { statusOf, tellFailure } from './rotation.ts';

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Looks at every file of the data folder, puts aside what is damaged, makes anew what was lost, and runs a cycle, which rotates if anything was. A device whose embedded tenant is lost joins a new one. Nothing that can be read is touched, nothing is deleted. The daemon must not be running.',
      )
      .addHelpText('after', '\nExit status: 0 all is well afterwards, 1 something is still wrong, 3 could not run.');
  },
  async run(face) {
    const place = await existingPlaceOf(face, { mend: true });
    const { repairDevice } = await import('../composeRepair.ts');
    const repaired = await repairDevice(place, face.host.now(), face.host.interrupted);
    const { quarantined, joined, answer, troubles } = repaired;
    if (face.json) face.outJson({ quarantined, joined, ...answer, troubles });
    else {
      for (const name of quarantined) face.out(`mended: ${clean(name)}\n`);
      if (quarantined.length === 0 && joined === null) face.out('nothing was damaged\n');
      if (joined !== null)
        face.out(
          `joined: ${clean(joined.displayName)} is device ${joined.deviceId} of the embedded tenant that is there now\n`,
        );
      if (answer.error === null)
        face.out(answer.outcome === 'rotated' ? 'a fresh password was backed up and set\n' : 'the password is good\n');
      else tellFailure(face, answer);
      // What stopped the cycle is told by then.
      if (answer.error === null) for (const trouble of troubles) face.out(`! ${clean(trouble)}\n`);
    }
    return answer.error === null && troubles.length > 0 ? 1 : statusOf(answer);
  },
};

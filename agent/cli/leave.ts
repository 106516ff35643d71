/** `laps leave`: the device leaves its tenant (dsregcmd /leave). */
import { LapsError } from '../core/errors.ts';
import type { Verb } from './face.ts';
import { authorityOption, existingPlaceOf, flag, trustGiven } from './place.ts';
import { clean } from './render/display.ts';

const leftWords = {
  left: 'was deleted at',
  gone: 'was already gone from',
  forgotten: 'was forgotten here without asking',
} as const;

export const verb: Verb = {
  configure(command) {
    authorityOption(command);
    command
      .description(
        'Deletes this device at its tenant and forgets its identity. A rotation that is open is settled first, and where that does not work the device stays joined. The tenant loses the stored password with the device: recover it before, if the account must stay usable.',
      )
      .option('--yes', 'do not ask')
      .option('--local', 'forget the identity here and ask no tenant, for one that is gone for good')
      .addHelpText(
        'after',
        '\nWhile a rotation is open that cannot be finished, laps leave refuses and says what keeps it; mend that and run it again.\nlaps leave --local does not wait for it: device and rotation are forgotten as they are, and nothing is deleted at the tenant. One of the passwords that it keeps for the device still opens the account, not always the newest: laps recover DEVICE --as-plain-text --include-history shows them.\nExit status: 0 left, 1 not left, 3 could not run.',
      );
  },
  async run(face) {
    const place = await existingPlaceOf(face);
    if (!flag(face, 'yes')) {
      const answer = await face.host.stdin.ask(
        'The tenant will lose the stored password of this device. Leave? [y/N] ',
      );
      if (answer === undefined || !/^y(es)?$/i.test(answer.trim()))
        throw new LapsError('ERR_LAPS_INTERRUPTED', {
          message: 'the device stays joined',
          hint: 'laps leave --yes leaves without asking',
        });
    }
    await trustGiven(face, place);
    const { leaveDevice } = await import('../composeJoin.ts');
    const left = await leaveDevice(place, flag(face, 'local'), face.host.interrupted);
    if (face.json) face.outJson({ ...left, error: null });
    else
      face.out(
        `left: device ${left.deviceId} (${clean(left.displayName)}) ${leftWords[left.kind]} tenant ${left.tenantId}\nnext: ${clean(left.next)}\n`,
      );
    return 0;
  },
};

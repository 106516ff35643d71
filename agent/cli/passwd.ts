/** `laps passwd`: change a simulated account's password as any other program would, to see what LAPS makes of it. */
import { LapsError } from '../core/errors.ts';
import type { Verb } from './face.ts';
import { existingPlaceOf, textOption } from './place.ts';
import { clean } from './render/display.ts';

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Changes the password of a simulated account as something other than LAPS would. For the managed account that is blocked and told as event 10031, as Windows does. The password is asked for, or read from standard input.',
      )
      .option('--account <name>', 'the account; by default the managed one')
      .addHelpText('after', '\nExit status: 0 changed, 1 blocked or refused.\nExample:\n  laps passwd --account Guest');
  },
  async run(face) {
    const place = await existingPlaceOf(face);
    const { openDevice } = await import('../compose.ts');
    const { simulated, peek, ports } = await openDevice(place);
    const accounts = simulated();
    const state = await peek.state();
    const name = textOption(face, 'account') ?? (state.kind === 'state' ? state.state.accountName : undefined);
    if (name === undefined)
      throw new LapsError('ERR_LAPS_USAGE', { message: 'no account is managed yet', hint: 'name one with --account' });
    const secret = await face.host.stdin.readSecret(`New password for ${clean(name)}: `);
    if (secret === undefined)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: 'no password was given',
        hint: 'type it at the prompt, or give it on standard input',
      });
    const outcome = await accounts.changePassword({ name, secret });
    switch (outcome.kind) {
      case 'changed':
        if (face.json) face.outJson({ changed: true, account: name, error: null });
        else face.out(`changed: ${clean(name)} has the password you gave; LAPS does not manage this account\n`);
        return 0;
      case 'controlled':
        ports.log.write({
          at: face.host.now(),
          id: 10031,
          fields: { AccountName: outcome.account.name, Rid: outcome.account.rid },
        });
        await ports.log.flush();
        throw new LapsError('ERR_LAPS_ACCOUNT_CONTROLLED', {
          message: `the password of ${outcome.account.name} is controlled by LAPS, so nobody else may change it`,
          hint: 'for a new password run: laps reset',
        });
      case 'refused':
        throw new LapsError('ERR_LAPS_ACCOUNT_REFUSED', {
          message: `the machine's password policy refuses that password: ${outcome.problem}`,
          hint: 'choose a longer or more varied one',
        });
      case 'unknown':
        throw new LapsError('ERR_LAPS_ACCOUNT_MISSING', {
          message: `there is no account ${clean(name)} on this machine`,
          hint: 'simulated accounts are Administrator, Guest and lapsadmin',
        });
    }
  },
};

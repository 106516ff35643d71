/** `laps devices`: the devices with a backed-up password (the portal's list). */
import { instantOfIso } from '../core/time.ts';
import { administratorOf, administratorOptions, askingOf } from './administrator.ts';
import type { Verb } from './face.ts';
import { clean } from './render/display.ts';
import { table } from './render/table.ts';
import { instantText } from './render/words.ts';

const shown = (iso: string | null): string => {
  const at = instantOfIso(iso ?? '');
  return at === undefined ? '' : instantText(at);
};

export const verb: Verb = {
  configure(command) {
    command.description('Lists the devices for which the tenant keeps a password. No password is asked for.');
    administratorOptions(command);
    command.addHelpText(
      'after',
      '\nAgainst the embedded tenant, without --user, its Cloud Device Administrator asks.\nExit status: 0, 1 not allowed, 3 no tenant.\nExamples:\n  laps devices\n  laps devices --json --user admin@contoso.test',
    );
  },
  async run(face) {
    const { asAdministrator } = await import('../composeAdministrator.ts');
    const devices = await asAdministrator(await askingOf(face), administratorOf(face), (graph) => graph.listDevices());
    if (face.json) {
      face.outJson(
        devices.map((one) => ({
          DeviceName: one.deviceName,
          DeviceId: one.deviceId,
          LastBackupDateTime: one.lastBackupDateTime,
          PasswordExpirationTime: one.passwordExpirationTime,
        })),
      );
      return 0;
    }
    if (devices.length === 0) face.say('the tenant keeps no password yet\n');
    else {
      const rows = devices.map((one) => [
        clean(one.deviceName),
        one.deviceId,
        shown(one.lastBackupDateTime),
        shown(one.passwordExpirationTime),
      ]);
      face.out(
        table([['DeviceName', 'DeviceId', 'LastBackup', 'PasswordExpiration'], ...rows], Number.MAX_SAFE_INTEGER),
      );
    }
    return 0;
  },
};

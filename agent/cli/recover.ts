/** `laps recover`: an administrator reads a device's backed-up password (Get-LapsAADPassword, spec 9.3). */
import { LapsError } from '../core/errors.ts';
import { instantOfIso } from '../core/time.ts';
import { administratorOf, administratorOptions, askingOf } from './administrator.ts';
import type { Verb } from './face.ts';
import { flag } from './place.ts';
import { clean } from './render/display.ts';
import { spoken } from './render/spoken.ts';
import { table } from './render/table.ts';
import { instantText } from './render/words.ts';

const shown = (iso: string | null): string => {
  const at = instantOfIso(iso ?? '');
  return at === undefined ? '' : instantText(at);
};

/** One line for each character, with its number: who reads and who writes keep the place. */
function spokenRows(password: string | null, names: readonly string[] | null): string[][] {
  if (password === null || names === null) return [];
  const characters = Array.from(password);
  const width = String(names.length).length;
  return names.map((name, index) => {
    const place = `${String(index + 1).padStart(width)}  ${clean(characters[index] ?? '')}`;
    return [index === 0 ? 'PasswordSpoken' : '', `${place}  ${name}`];
  });
}

export const verb: Verb = {
  configure(command) {
    command
      .argument('<device>', 'device id or display name')
      .description(
        'Asks the tenant, as an administrator, what it keeps for a device. The password is asked for and shown only with --as-plain-text; every such reading is audited by the tenant.',
      )
      .option('--as-plain-text', 'ask for the password and show it')
      .option('--include-history', 'with --as-plain-text: the earlier ones too');
    command.option('--speak', 'with --as-plain-text: name each character as well, to be read out over the phone');
    administratorOptions(command);
    command.addHelpText(
      'after',
      '\nAgainst the embedded tenant, without --user, its Cloud Device Administrator asks.\nExit status: 0 found, 1 unknown device or not allowed, 3 no tenant.\nExamples:\n  laps recover DESKTOP-4F2K\n  laps recover DESKTOP-4F2K --as-plain-text --include-history\n  laps recover DESKTOP-4F2K --as-plain-text --speak',
    );
  },
  async run(face) {
    const [device = ''] = face.args;
    const includePasswords = flag(face, 'asPlainText');
    const includeHistory = flag(face, 'includeHistory');
    const speak = flag(face, 'speak');
    const needing = includeHistory ? '--include-history' : speak ? '--speak' : undefined;
    if (needing !== undefined && !includePasswords)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: `${needing} shows passwords, so it needs --as-plain-text`,
        hint: `laps recover ${clean(device)} --as-plain-text ${needing}`,
      });
    const { asAdministrator } = await import('../composeAdministrator.ts');
    const found = await asAdministrator(await askingOf(face), administratorOf(face), (graph) =>
      graph.recover({ device, includePasswords, includeHistory }),
    );
    if (found.length === 0)
      throw new LapsError('ERR_LAPS_DEVICE_UNKNOWN', {
        message: `the tenant keeps no password for ${clean(device)}`,
        hint: 'laps devices lists those it keeps one for',
      });
    const rows = found.map((one) => ({
      DeviceName: one.deviceName,
      DeviceId: one.deviceId,
      Account: one.account,
      // The one place, beside `sample`, where a person asked to see it.
      Password: one.password === null ? null : one.password.reveal(),
      PasswordExpirationTime: one.passwordExpirationTime,
      PasswordUpdateTime: one.passwordUpdateTime,
      ...(speak ? { PasswordSpoken: one.password === null ? null : spoken(one.password.reveal()) } : {}),
    }));
    if (face.json) {
      face.outJson(rows);
      return 0;
    }
    for (const [index, row] of rows.entries()) {
      const lines = [
        ['DeviceName', clean(row.DeviceName)],
        ['DeviceId', row.DeviceId],
        ...(row.Account === null ? [] : [['Account', clean(row.Account)]]),
        ...(row.Password === null ? [] : [['Password', clean(row.Password)]]),
        ...spokenRows(row.Password, row.PasswordSpoken ?? null),
        ...(row.PasswordExpirationTime === null ? [] : [['PasswordExpirationTime', shown(row.PasswordExpirationTime)]]),
        ...(row.PasswordUpdateTime === null ? [] : [['PasswordUpdateTime', shown(row.PasswordUpdateTime)]]),
      ];
      face.out(`${index === 0 ? '' : '\n'}${table(lines, Number.MAX_SAFE_INTEGER)}`);
    }
    if (!includePasswords) face.say('the password itself: laps recover … --as-plain-text\n');
    return 0;
  },
};

/** `laps join`: this device to a tenant (dsregcmd /join). */
import type { JoinWish } from '../composeTenant.ts';
import { LapsError } from '../core/errors.ts';
import { defaultOs } from '../core/policy/os.ts';
import type { Face, Verb } from './face.ts';
import { flag, placeOf, textOption } from './place.ts';
import { joinTypeOption, osOption } from './policyOptions.ts';
import { clean } from './render/display.ts';

/** How the joining user signs in; a password is asked for only once everything else is known to be right. */
function signInOf(face: Face): (() => Promise<JoinWish['signIn']>) | undefined {
  if (flag(face, 'deviceCode'))
    return async () => ({
      kind: 'deviceCode',
      show: (prompt) => face.host.stderr.write(`${clean(prompt.message)}\n`),
      signal: face.host.interrupted,
    });
  const user = textOption(face, 'user');
  if (user === undefined) {
    if (textOption(face, 'tenant') === 'embedded') return undefined;
    throw new LapsError('ERR_LAPS_USAGE', {
      message: 'who joins the device is not clear',
      hint: 'name a user of the tenant with --user UPN, or use --device-code',
    });
  }
  return async () => {
    const password = await face.host.stdin.readSecret(`Password for ${clean(user)}: `);
    if (password !== undefined) return { kind: 'password', user, password };
    throw new LapsError('ERR_LAPS_ADMIN_SIGN_IN', {
      message: 'no password was given',
      hint: 'type it at the prompt, or give it on standard input',
    });
  };
}

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Joins this device to a tenant: makes its key, gets its certificate, and keeps both in the data folder.',
      )
      .requiredOption('--tenant <which>', "a tenant's https address, embedded, or global, usgov, china")
      .option('--tenant-id <id>', 'its id or domain; by default the domain of --user')
      .option('--user <upn>', 'user who joins; the password is asked for or read from standard input')
      .option('--device-code', 'sign in on another screen')
      .option('--join-type <type>', 'entra, hybrid or registered', 'entra')
      .option('--name <name>', "display name of the device; by default this machine's")
      .option('--os <build>', 'Windows build the device claims', defaultOs.text)
      .option('--ca-file <file>', 'PEM file of a private authority to trust for this tenant')
      .addHelpText(
        'after',
        '\nExit status: 0 joined, 1 refused, 3 could not run.\nExample:\n  laps join --tenant https://localhost:8443 --user alice@contoso.test --ca-file ca.pem',
      );
  },
  async run(face) {
    const [{ joinDevice, startWords }, { profileNamed }] = await Promise.all([
      import('../composeJoin.ts'),
      import('../composeTenant.ts'),
    ]);
    const tenant = textOption(face, 'tenant') ?? '';
    // Words that cannot be right are told before a data folder is made for them.
    if (tenant !== 'embedded') profileNamed(tenant);
    const order = {
      tenant,
      tenantId: textOption(face, 'tenantId'),
      signIn: signInOf(face),
      joinType: joinTypeOption(face) ?? 'entra',
      displayName: textOption(face, 'name'),
      os: osOption(face).text,
      caFile: textOption(face, 'caFile') ?? face.host.env['NODE_EXTRA_CA_CERTS'],
      signal: face.host.interrupted,
    };
    const place = await placeOf(face);
    const joined = await joinDevice(place, order);
    if (face.json) face.outJson({ ...joined, error: null });
    else
      face.out(
        `joined: ${clean(joined.displayName)} is device ${joined.deviceId} of tenant ${joined.tenantId}\nnext: ${await startWords(place)}\n`,
      );
    return 0;
  },
};

/** What `recover`, `devices` and `doctor` share: who is asking, and of which tenant. */
import type { Command } from 'commander';
import type { Administrator, Asking } from '../composeAdministrator.ts';
import { LapsError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { Face } from './face.ts';
import { flag, maybePlaceOf, textOption } from './place.ts';
import { clean } from './render/display.ts';

/** Adds those that say who asks. */
export function signInOptions(command: Command): void {
  command
    .option('--user <upn>', 'administrator to sign in as; the password is asked for or read from standard input')
    .option(
      '--client-id <id>',
      'application to sign in as, its secret in LAPS_CLIENT_SECRET; with --user the public client to use',
    )
    .option('--device-code', 'sign in on another screen');
}

/** Adds the options of contract 2: who asks, and of which tenant. */
export function administratorOptions(command: Command): void {
  signInOptions(command);
  command
    .option('--tenant <which>', "another tenant than this device's: embedded, an https address, global, usgov, china")
    .option('--tenant-id <id>', 'its id or domain')
    .option('--ca-file <file>', 'PEM file of a private authority to trust as well');
}

/** Where the question is asked from; a data folder that is not there is not made for it. */
export async function askingOf(face: Face): Promise<Asking> {
  const { env, cwd, interrupted } = face.host;
  return { env, cwd, interrupted, place: await maybePlaceOf(face) };
}

/** The person or application that asks. */
export function administratorOf(face: Face): Administrator {
  const clientId = textOption(face, 'clientId');
  const user = textOption(face, 'user');
  const given = face.host.env['LAPS_CLIENT_SECRET'];
  if (
    clientId !== undefined &&
    user === undefined &&
    !flag(face, 'deviceCode') &&
    (given === undefined || given === '')
  )
    throw new LapsError('ERR_LAPS_USAGE', {
      message: 'an application needs its secret',
      hint: 'put it into the environment variable LAPS_CLIENT_SECRET, never on the command line',
    });
  return {
    user,
    clientId,
    clientSecret: given === undefined || given === '' || user !== undefined ? undefined : new Secret(given),
    deviceCode: flag(face, 'deviceCode'),
    tenant: textOption(face, 'tenant'),
    tenantId: textOption(face, 'tenantId'),
    caFile: textOption(face, 'caFile'),
    async askPassword(name) {
      const secret = await face.host.stdin.readSecret(`Password for ${clean(name)}: `);
      if (secret !== undefined) return secret;
      throw new LapsError('ERR_LAPS_ADMIN_SIGN_IN', {
        message: 'no password was given',
        hint: 'type it at the prompt, or give it on standard input',
      });
    },
    // Even with --json: nobody could sign in without seeing it.
    showCode: (prompt) => face.host.stderr.write(`${clean(prompt.message)}\n`),
    signal: face.host.interrupted,
  };
}

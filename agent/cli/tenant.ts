/** `laps tenant`: the Entra-compatible test tenant on its own, or (hidden) as the embedded one of a data folder. */
import { LapsError } from '../core/errors.ts';
import type { Face, Verb } from './face.ts';
import { existingPlaceOf, flag, placeOf, textOption } from './place.ts';
import { clean } from './render/display.ts';

function portOption(face: Face, name: string, words: string): number | undefined {
  const text = textOption(face, name);
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `${words} ${text} is no port`,
    hint: `${words} takes 0 (any free one) to 65535`,
  });
}

function limitOption(face: Face): number | undefined {
  const text = textOption(face, 'backupsPerHour');
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `--backups-per-hour ${text} is no number of backups`,
    hint: '--backups-per-hour takes 0 (no limit) to 999999',
  });
}

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Runs the Entra-compatible test tenant on its own, over HTTPS on this machine only: join, device token, LAPS backup, Graph recovery, roles, audit. Without --data-file it lives in memory and is gone with Ctrl-C.',
      )
      .option('--port <n>', 'HTTPS port; 0 takes any free one (8443)')
      .option('--admin-port <n>', 'port of the management listener (8444)')
      .option('--data-file <file>', 'keep the tenant in this SQLite file')
      .option('--seed <file>', 'users, applications and switches of a new tenant (fixtures/tenants/contoso.json)')
      .option(
        '--fault <spec>',
        'operation:effect[:count], for instance backup:drop-reply-after-store:1; repeatable',
        (spec: string, all: string[] = []) => [...all, spec],
      )
      .option('--backups-per-hour <n>', 'backups one device may send in an hour, 429 beyond it; 0 sets no limit (100)')
      .addOption(command.createOption('--embedded', 'used by laps run').hideHelp())
      .addHelpText(
        'after',
        '\nExit status: 0 ended in order, 2 words not understood, 3 could not run.\nExamples:\n  laps tenant --data-file ./contoso.db\n  laps tenant --port 0 --json --fault backup:throttle',
      );
  },
  async run(face) {
    const [port, adminPort] = [portOption(face, 'port', '--port'), portOption(face, 'adminPort', '--admin-port')];
    if (port !== undefined && port !== 0 && port === adminPort)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: `--port and --admin-port are both ${port}`,
        hint: 'each listener needs a port of its own; 0 takes a free one',
      });
    const embedded = flag(face, 'embedded');
    // Whoever starts the embedded one has opened the folder, and answers for it.
    const place = embedded ? await existingPlaceOf(face, { look: true, anyway: true }) : await placeOf(face);
    const { runTenant } = await import('../composeTenantProcess.ts');
    const faults = Array.isArray(face.options['fault']) ? face.options['fault'].map(String) : [];
    await runTenant(place, {
      embedded,
      port,
      adminPort,
      dataFile: textOption(face, 'dataFile'),
      seedFile: textOption(face, 'seed'),
      faults,
      backupsPerHour: limitOption(face),
      signal: face.host.interrupted,
      parentGone: embedded ? face.host.stdin.readAll().then(() => undefined) : undefined,
      ready(address) {
        if (face.json) face.outJson({ ready: true, ...address });
        else {
          face.out(`tenant ${address.domain} (${address.tenantId}) answers at ${address.url}\n`);
          face.out(
            `  trust it by      ${clean(address.caFile)}\n  passwords are in ${clean(address.credentialsFile)}\n`,
          );
          face.out(
            `  management at    ${address.adminUrl}, token in ${clean(address.adminTokenFile)}\n\nCtrl-C ends it.\n`,
          );
        }
      },
      line: (text) => face.say(`${clean(text)}\n`),
    });
    return 0;
  },
};

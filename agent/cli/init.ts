/**
 * `laps init`: a policy to start from, which an editor completes and checks while it is typed (contract 2).
 *
 * Promises: what it writes is silent under `laps validate` and under the CIS baseline, and works on every Windows that
 * has LAPS. Must never: overwrite a file.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { rootOfFileName } from '../core/policy/document.ts';
import type { SettingName } from '../core/policy/settings.ts';
import { shellWord } from '../core/shellWord.ts';
import type { Face, Verb } from './face.ts';
import { clean } from './render/display.ts';

const defaultFile = 'csp.json';

/** Backup to Entra ID for a named account, with values that every build knows (spec 2.1). */
export const startingPolicy: Partial<Record<SettingName, number | string>> = {
  BackupDirectory: 1,
  AdministratorAccountName: 'lapsadmin',
  PasswordAgeDays: 30,
  PasswordComplexity: 4,
  PasswordLength: 20,
  PostAuthenticationResetDelay: 8,
  PostAuthenticationActions: 3,
};

async function write(face: Face, path: string): Promise<void> {
  const { writeOutputFile, schemaReference } = await (await import('../composeAuthoring.ts')).authoring();
  const { cwd } = face.host;
  const policy = { $schema: await schemaReference({ path, cwd }), ...startingPolicy };
  const bytes = new TextEncoder().encode(`${JSON.stringify(policy, null, 2)}\n`);
  await writeOutputFile({ path, cwd, bytes, replace: false });
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description(
        'Write a policy to start from: backup to Entra ID, with a $schema by which editors complete and check it.',
      )
      .argument('[file]', `what to write (default ${defaultFile}, the name of the MDM root in a policy folder)`)
      .addHelpText('after', '\nAn existing file is never overwritten.\n\nExamples:\n  laps init\n  laps init gpo.json');
  },

  async run(face) {
    const path = face.args[0] ?? defaultFile;
    if (!/\.jsonc?$/i.test(path))
      throw new LapsError('ERR_LAPS_USAGE', {
        message: `${clean(path)} is no name for a JSON policy`,
        hint: 'end it in .json or .jsonc; laps convert writes the other shapes',
      });
    // The legacy root has settings of its own, and cannot back up to Entra ID.
    if (rootOfFileName(path) === 'Legacy')
      throw new LapsError('ERR_LAPS_USAGE', {
        message: `${clean(path)} is the name of the legacy root, which has no backup to Entra ID`,
        hint: 'write csp.json, gpo.json or local.json',
      });
    await write(face, path);
    if (face.json) {
      face.outJson({ path, settings: startingPolicy });
      return 0;
    }
    face.out(`${clean(path)} is written\n`);
    const word = shellWord(clean(path));
    face.say(
      [
        'Next:',
        `  the account ${String(startingPolicy.AdministratorAccountName)} must exist on the devices, or name another: LAPS does not create it`,
        `  laps explain ${word}                   what a device would do`,
        `  laps validate --baseline cis ${word}   check it after every change`,
        `  laps convert ${word} --to intune       the shape that Intune imports`,
        '',
      ].join('\n'),
    );
    return 0;
  },
};

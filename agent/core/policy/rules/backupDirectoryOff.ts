/** BackupDirectory 0 with a whole policy behind it: switched off on purpose or left over from a test. */
import { takenSetting, takenSettings } from './facts.ts';
import type { Rule } from './rule.ts';

export const backupDirectoryOff: Rule = {
  id: 'LAPS017',
  name: 'backup-directory-off',
  severity: 'warning',
  summary: 'BackupDirectory is 0, so the other settings of the file have no effect.',
  hint: 'write 1 (Entra ID) or 2 (Active Directory), or remove the other settings',
  documentation:
    'BackupDirectory 0 switches Windows LAPS off; every other setting is then irrelevant. A file that holds BackupDirectory 0 and nothing else is a plain way to switch off, and is not remarked upon.',
  roots: 'modern',
  check(context) {
    const directory = takenSetting(context, 'BackupDirectory');
    if (directory?.value !== 0) return [];
    const rest = takenSettings(context).length - 1;
    if (rest < 1) return [];
    return [
      {
        setting: 'BackupDirectory',
        message: `BackupDirectory 0 switches LAPS off: ${rest === 1 ? 'the other setting has' : `the ${rest} other settings have`} no effect`,
        effect: 'the device manages no account',
        place: directory.setting.valuePlace,
      },
    ];
  },
};

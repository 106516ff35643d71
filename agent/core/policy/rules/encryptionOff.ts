/** Encryption is on by default; a policy that switches it off leaves clear text in the directory (spec 2.3). */
import { backupDirectoryOf } from '../effective.ts';
import { takenSetting } from './facts.ts';
import type { Rule } from './rule.ts';

export const encryptionOff: Rule = {
  id: 'LAPS030',
  name: 'encryption-off',
  severity: 'warning',
  summary: 'ADPasswordEncryptionEnabled 0: the password is stored in Active Directory in clear text.',
  hint: 'write 1, or remove it; encryption needs a domain functional level of 2016 or later',
  documentation:
    'With encryption off the password is an attribute in clear text, protected by the access rights of the directory alone, and there is neither a history nor a backup of DSRM passwords. Encryption is on by default and needs a domain functional level of 2016 or later. Accept this finding with the reason while the domain is older.',
  roots: 'modern',
  check(context) {
    const encryption = takenSetting(context, 'ADPasswordEncryptionEnabled');
    if (encryption?.value !== 0 || backupDirectoryOf(context.policy) !== 'AD') return [];
    return [
      {
        setting: 'ADPasswordEncryptionEnabled',
        message: 'encryption is switched off',
        effect: 'the device stores the password in Active Directory in clear text',
        place: encryption.setting.valuePlace,
      },
    ];
  },
};

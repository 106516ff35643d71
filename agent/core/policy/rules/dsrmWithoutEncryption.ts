/** DSRM passwords are backed up encrypted or not at all (spec 2.3). */
import { backupDirectoryOf } from '../effective.ts';
import { brokenCondition, takenSetting } from './facts.ts';
import type { Rule } from './rule.ts';

export const dsrmWithoutEncryption: Rule = {
  id: 'LAPS034',
  name: 'dsrm-without-encryption',
  severity: 'warning',
  summary: 'ADBackupDSRMPassword is on while encryption is off.',
  hint: 'write ADPasswordEncryptionEnabled 1',
  documentation:
    "A domain controller's DSRM password is backed up only with encryption, and always for Domain Admins. With ADPasswordEncryptionEnabled 0 the setting has no effect.",
  roots: 'modern',
  check(context) {
    const dsrm = takenSetting(context, 'ADBackupDSRMPassword');
    if (dsrm?.value !== 1 || backupDirectoryOf(context.policy) !== 'AD') return [];
    if (brokenCondition(context, 'ADBackupDSRMPassword') === undefined) return [];
    return [
      {
        setting: 'ADBackupDSRMPassword',
        message: 'ADBackupDSRMPassword is not used: encryption is switched off',
        effect: 'a domain controller does not back its DSRM password up',
        place: dsrm.setting.namePlace,
      },
    ];
  },
};

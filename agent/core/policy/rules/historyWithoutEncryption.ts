/** What belongs to encryption, in a policy that switches encryption off (spec 2.1). */
import { backupDirectoryOf } from '../effective.ts';
import { brokenCondition, takenAmong } from './facts.ts';
import type { Rule } from './rule.ts';

const effects = {
  ADEncryptedPasswordHistorySize: 'the device keeps no history: the previous password is gone with each rotation',
  ADPasswordEncryptionPrincipal: 'the device encrypts nothing: who may read the attribute may read the password',
};
const names = ['ADEncryptedPasswordHistorySize', 'ADPasswordEncryptionPrincipal'] as const;

export const historyWithoutEncryption: Rule = {
  id: 'LAPS033',
  name: 'history-without-encryption',
  severity: 'warning',
  summary: 'A history of encrypted passwords, or a principal to decrypt them, while encryption is off.',
  hint: 'write ADPasswordEncryptionEnabled 1, or remove it',
  documentation:
    'ADEncryptedPasswordHistorySize and ADPasswordEncryptionPrincipal are read only while ADPasswordEncryptionEnabled is 1. Active Directory keeps no history of passwords in clear text.',
  roots: 'modern',
  check(context) {
    if (backupDirectoryOf(context.policy) !== 'AD') return [];
    return takenAmong(context, names)
      .filter(({ value }) => value !== 0 && value !== '')
      .filter(({ name }) => brokenCondition(context, name) !== undefined)
      .map(({ name, setting }) => ({
        setting: name,
        message: `${name} is not used: encryption is switched off`,
        effect: effects[name],
        place: setting.namePlace,
      }));
  },
};

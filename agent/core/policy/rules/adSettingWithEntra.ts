/** Settings about Active Directory do nothing for a password that goes to Entra ID (spec 2.1). */
import { backupDirectoryOf } from '../effective.ts';
import { settingNames, settingRows } from '../settings.ts';
import { takenAmong } from './facts.ts';
import type { Rule } from './rule.ts';

const forAdOnly = settingNames.filter((name) => !settingRows[name].directories.includes('Entra'));

/** Off is off: a switch or a count of 0 asks for nothing, so there is nothing it could fail to do. */
const asksForNothing = (name: string, value: number | string): boolean =>
  value === 0 && (name === 'ADBackupDSRMPassword' || name === 'ADEncryptedPasswordHistorySize');

const instead: Readonly<Record<string, string>> = {
  PasswordExpirationProtectionEnabled: 'with Entra ID the expiry cannot be moved, so there is nothing to protect',
  ADPasswordEncryptionEnabled: 'Entra ID encrypts what it stores by itself',
  ADPasswordEncryptionPrincipal: 'in Entra ID roles decide who may read the password',
  ADEncryptedPasswordHistorySize: 'Entra ID keeps a history of its own',
  ADBackupDSRMPassword: 'a DSRM password can be backed up to Active Directory only',
};

export const adSettingWithEntra: Rule = {
  id: 'LAPS018',
  name: 'ad-setting-with-entra',
  severity: 'warning',
  summary: 'A setting for Active Directory stands in a policy that backs up to Entra ID.',
  hint: 'remove it, or write BackupDirectory 2',
  documentation:
    'Expiration protection, encryption, its principal, the encrypted history and the DSRM password exist for Active Directory only. With BackupDirectory 1 they are ignored. Whoever wrote them expects something that will not happen; what Entra ID does in their place is told.',
  roots: 'modern',
  check(context) {
    if (backupDirectoryOf(context.policy) !== 'Entra') return [];
    return takenAmong(context, forAdOnly)
      .filter(({ name, value }) => !asksForNothing(name, value))
      .map(({ name, setting }) => ({
        setting: name,
        message: `${name} is not used: it is for Active Directory, and this policy backs up to Entra ID`,
        effect: `the device ignores it; ${instead[name] ?? 'Entra ID has no such thing'}`,
        place: setting.namePlace,
      }));
  },
};

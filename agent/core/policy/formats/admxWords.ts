/**
 * What the English Group Policy console calls the policies of LAPS and the boxes in them (LAPS.admx and AdmPwd.admx,
 * spec 2.3), which is all that a GPO report tells of them.
 *
 * Knows: display names, lower case and without a closing colon. Promises: one table a template. Must never: be asked for
 * a name in another language; the report says nothing else then.
 */
import type { PolicyRootName } from '../../ports.ts';

export type AdmxElement =
  | { readonly setting: string; readonly kind: 'number' | 'text' | 'check' }
  | { readonly setting: string; readonly kind: 'choice'; readonly words: ReadonlyMap<string, number> };

export interface AdmxPolicy {
  /** The setting that the policy's own state writes: 1 enabled, 0 disabled. */
  readonly switch?: string;
  readonly elements: ReadonlyMap<string, AdmxElement>;
}

const number = (setting: string): AdmxElement => ({ setting, kind: 'number' });
const text = (setting: string): AdmxElement => ({ setting, kind: 'text' });
const check = (setting: string): AdmxElement => ({ setting, kind: 'check' });
const choice = (setting: string, words: Readonly<Record<string, number>>): AdmxElement => ({
  setting,
  kind: 'choice',
  words: new Map(Object.entries(words)),
});
const policy = (elements: Readonly<Record<string, AdmxElement>>, own?: string): AdmxPolicy => ({
  ...(own !== undefined && { switch: own }),
  elements: new Map(Object.entries(elements)),
});

const complexity = choice('PasswordComplexity', {
  'large letters': 1,
  'large letters + small letters': 2,
  'large letters + small letters + numbers': 3,
  'large letters + small letters + numbers + specials': 4,
  'large letters + small letters + numbers + specials (improved readability)': 5,
  'passphrase (long words)': 6,
  'passphrase (short words)': 7,
  'passphrase (short words with unique prefixes)': 8,
});
const protection = 'do not allow password expiration time longer than required by policy';

const modern = new Map<string, AdmxPolicy>([
  [
    'configure password backup directory',
    policy({
      'backup directory': choice('BackupDirectory', {
        disabled: 0,
        'azure active directory': 1,
        'microsoft entra id': 1,
        'active directory': 2,
      }),
    }),
  ],
  [
    'password settings',
    policy({
      'password complexity': complexity,
      'password length': number('PasswordLength'),
      'password age (days)': number('PasswordAgeDays'),
      'passphrase length (words)': number('PassphraseLength'),
    }),
  ],
  [
    'name of administrator account to manage',
    policy({ 'administrator account name': text('AdministratorAccountName') }),
  ],
  [protection, policy({}, 'PasswordExpirationProtectionEnabled')],
  ['enable password encryption', policy({}, 'ADPasswordEncryptionEnabled')],
  [
    'configure authorized password decryptors',
    policy({ 'authorized password decryptor': text('ADPasswordEncryptionPrincipal') }),
  ],
  [
    'configure size of encrypted password history',
    policy({ 'encrypted password history size': number('ADEncryptedPasswordHistorySize') }),
  ],
  ['enable password backup for dsrm accounts', policy({}, 'ADBackupDSRMPassword')],
  [
    'post-authentication actions',
    policy({
      'grace period (hours)': number('PostAuthenticationResetDelay'),
      actions: choice('PostAuthenticationActions', {
        'disabled - take no actions': 0,
        'reset the password': 1,
        'reset the password and logoff the managed account': 3,
        'reset the password and reboot the device': 5,
        'reset the password and reboot': 5,
        'reset the password, logoff the managed account, and terminate any remaining processes': 11,
      }),
    }),
  ],
  [
    'configure automatic account management',
    policy(
      {
        'specify the target account to manage': choice('AutomaticAccountManagementTarget', {
          'manage the built-in admin account': 0,
          'manage a custom admin account': 1,
        }),
        'automatic account name (or name prefix)': text('AutomaticAccountManagementNameOrPrefix'),
        'enable the managed account': check('AutomaticAccountManagementEnableAccount'),
        'randomize the name of the managed account': check('AutomaticAccountManagementRandomizeName'),
      },
      'AutomaticAccountManagementEnabled',
    ),
  ],
]);

const legacy = new Map<string, AdmxPolicy>([
  ['enable local admin password management', policy({}, 'AdmPwdEnabled')],
  [
    'password settings',
    policy(
      {
        'password complexity': complexity,
        'password length': number('PasswordLength'),
        'password age (days)': number('PasswordAgeDays'),
      },
      'AdmPwdConfigured',
    ),
  ],
  [
    'name of administrator account to manage',
    policy({ 'administrator account name': text('AdminAccountName') }, 'AdminNameConfigured'),
  ],
  [protection, policy({}, 'PwdExpirationProtectionEnabled')],
]);

/** A policy of LAPS by its display name, as {@link AdmxPolicy}; undefined when the words are not known. */
export function admxPolicyOf(root: PolicyRootName, name: string): AdmxPolicy | undefined {
  return (root === 'Legacy' ? legacy : modern).get(name);
}

/** The root whose template has this category: `System/LAPS` is Windows LAPS, `LAPS` alone the legacy product. */
export function rootOfCategory(category: string): PolicyRootName | undefined {
  const path = category
    .trim()
    .split('/')
    .map((each) => each.trim().toLowerCase());
  if (path.at(-1) !== 'laps') return undefined;
  return path.length === 1 ? 'Legacy' : 'GPO';
}

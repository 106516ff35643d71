/**
 * May this caller do this, and why not.
 *
 * Knows: the built-in roles and permissions of wire 7.1, 4.6, 5, 6 and 9. Promises: pure; a verdict names what is
 * missing, for the log. Must never: trust a token for a role: roles come from the directory as it is now (wire 7.5).
 */

/** Template ids of wire 7.1, by the names of the seed's users. */
export const builtInRoles = {
  'Global Administrator': '62e90394-69f5-4237-9190-012177145e10',
  'Cloud Device Administrator': '7698a772-787b-4ac8-901f-60d6b08affd2',
  'Intune Administrator': '3a2c62db-5318-420d-8d74-23affee5d9d5',
  'Helpdesk Administrator': '729827e3-9c14-49f7-bb1b-9608f156bbb8',
  'Security Administrator': '194ae4cb-b126-40b2-bd5b-6091b380977d',
  'Security Reader': '5d6b6bb7-de71-4623-b4af-96380a352509',
  'Global Reader': 'f2ef992c-3afb-46b9-b7cf-a126ee74c451',
} as const;

export type BuiltInRole = keyof typeof builtInRoles;

/** What a caller may be allowed. */
export type Action =
  | 'readLapsMetadata'
  | 'readLapsPassword'
  | 'readDevices'
  | 'updateDevice'
  | 'enableOrDisableDevice'
  | 'deleteDevice'
  | 'readRegistrationPolicy'
  | 'writeRegistrationPolicy'
  | 'readAudits';

interface Rule {
  /** One of these delegated permissions … */
  readonly scopes: readonly string[];
  /** … and one of these roles; null: every member of the directory. */
  readonly roles: readonly BuiltInRole[] | null;
  /** One of these application permissions; none: not for applications. */
  readonly application: readonly string[];
}

const passwordReaders = ['Global Administrator', 'Cloud Device Administrator', 'Intune Administrator'] as const;
const allReaders = [
  ...passwordReaders,
  'Helpdesk Administrator',
  'Security Administrator',
  'Security Reader',
  'Global Reader',
] as const;
const lapsRead = 'DeviceLocalCredential.Read.All';
const lapsReadBasic = 'DeviceLocalCredential.ReadBasic.All';
const asUser = 'Directory.AccessAsUser.All';
const policyRead = 'Policy.Read.DeviceConfiguration';
const policyWrite = 'Policy.ReadWrite.DeviceConfiguration';
const deviceReads = ['Device.Read.All', 'Device.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'];

const rules: Readonly<Record<Action, Rule>> = {
  // wire 4.6, 7.1
  readLapsMetadata: {
    scopes: [lapsReadBasic, lapsRead],
    roles: allReaders,
    application: [lapsReadBasic, lapsRead],
  },
  readLapsPassword: { scopes: [lapsRead], roles: passwordReaders, application: [lapsRead] },
  // Every member may read device objects by default.
  readDevices: { scopes: [asUser, ...deviceReads], roles: null, application: deviceReads },
  // wire 9
  updateDevice: { scopes: [asUser], roles: passwordReaders, application: ['Device.ReadWrite.All'] },
  enableOrDisableDevice: {
    scopes: [asUser],
    roles: ['Global Administrator', 'Cloud Device Administrator'],
    application: ['Device.ReadWrite.All'],
  },
  deleteDevice: { scopes: [asUser], roles: passwordReaders, application: [] },
  // wire 5
  readRegistrationPolicy: {
    scopes: [policyRead, policyWrite],
    roles: [...passwordReaders, 'Global Reader', 'Security Administrator', 'Security Reader'],
    application: [policyRead, policyWrite],
  },
  writeRegistrationPolicy: {
    scopes: [policyWrite],
    roles: ['Global Administrator', 'Cloud Device Administrator'],
    application: [policyWrite],
  },
  // wire 6: the permission "plus a reader role"
  readAudits: {
    scopes: ['AuditLog.Read.All'],
    roles: [
      'Global Administrator',
      'Cloud Device Administrator',
      'Security Administrator',
      'Security Reader',
      'Global Reader',
    ],
    application: ['AuditLog.Read.All'],
  },
};

/** Every delegated permission some rule asks for. */
export const knownScopes: readonly string[] = [...new Set(Object.values(rules).flatMap((rule) => rule.scopes))].sort();

/** Who asks: permissions from the verified token, roles from the directory. */
export type Caller =
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly userPrincipalName: string;
      readonly scopes: readonly string[];
      readonly roleTemplateIds: readonly string[];
    }
  | {
      readonly kind: 'application';
      readonly id: string;
      readonly appId: string;
      readonly displayName: string;
      readonly permissions: readonly string[];
    };

export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly missing: string };

/** Pure: the same caller and action always have the same verdict. */
export function mayCaller(caller: Caller, action: Action): Verdict {
  const rule = rules[action];
  if (caller.kind === 'application') {
    return rule.application.some((permission) => caller.permissions.includes(permission))
      ? { allowed: true }
      : { allowed: false, missing: 'application permission' };
  }
  if (!rule.scopes.some((scope) => caller.scopes.includes(scope))) return { allowed: false, missing: 'scope' };
  if (rule.roles !== null && !rule.roles.some((role) => caller.roleTemplateIds.includes(builtInRoles[role]))) {
    return { allowed: false, missing: 'role' };
  }
  return { allowed: true };
}

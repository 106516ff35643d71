/**
 * The device registration policy: the tenant's switch, its quota, who may join (wire 5).
 *
 * Knows: the shape and the rules of a put. Promises: a new tenant has LAPS off; a put without `userDeviceQuota` sets it
 * to 0, as the service does. Must never: take a member it does not understand for a yes.
 */
import { cleanText, isJson, type Json, member, parseJson } from './plain.ts';
import type { MetaStore } from './store.ts';

export type Membership =
  | { readonly '@odata.type': '#microsoft.graph.allDeviceRegistrationMembership' }
  | { readonly '@odata.type': '#microsoft.graph.noDeviceRegistrationMembership' }
  | {
      readonly '@odata.type': '#microsoft.graph.enumeratedDeviceRegistrationMembership';
      readonly users: readonly string[];
      readonly groups: readonly string[];
    };

export interface RegistrationPolicy {
  readonly userDeviceQuota: number;
  readonly multiFactorAuthConfiguration: 'notRequired' | 'required';
  readonly azureADRegistration: { readonly isAdminConfigurable: boolean; readonly allowedToRegister: Membership };
  readonly azureADJoin: {
    readonly isAdminConfigurable: boolean;
    readonly allowedToJoin: Membership;
    readonly localAdmins: { readonly enableGlobalAdmins: boolean; readonly registeringUsers: Membership };
  };
  readonly localAdminPassword: { readonly isEnabled: boolean };
}

const everybody: Membership = { '@odata.type': '#microsoft.graph.allDeviceRegistrationMembership' };

/** What a new tenant has (wire 5, defaults). */
export const newTenantPolicy: RegistrationPolicy = {
  userDeviceQuota: 50,
  multiFactorAuthConfiguration: 'notRequired',
  azureADRegistration: { isAdminConfigurable: true, allowedToRegister: everybody },
  azureADJoin: {
    isAdminConfigurable: true,
    allowedToJoin: everybody,
    localAdmins: { enableGlobalAdmins: true, registeringUsers: everybody },
  },
  localAdminPassword: { isEnabled: false },
};

/** What the service says of the singleton itself; a put may repeat it, as one that follows a get does, not change it. */
export const fixedMembers = {
  id: 'deviceRegistrationPolicy',
  displayName: 'Device Registration Policy',
  description:
    'Tenant-wide policy that manages initial provisioning controls using quota restrictions, additional authentication and authorization checks',
} as const;

/** Every member there is; null ends the way. */
interface Shape {
  readonly [name: string]: Shape | null;
}
const membershipShape: Shape = { users: null, groups: null };
const shape: Shape = {
  id: null,
  displayName: null,
  description: null,
  userDeviceQuota: null,
  multiFactorAuthConfiguration: null,
  azureADRegistration: { isAdminConfigurable: null, allowedToRegister: membershipShape },
  azureADJoin: {
    isAdminConfigurable: null,
    allowedToJoin: membershipShape,
    localAdmins: { enableGlobalAdmins: null, registeringUsers: membershipShape },
  },
  localAdminPassword: { isEnabled: null },
};

/** The way to the first member that is not known, as `azureADJoin/x`; annotations (`@odata.…`) are not members. */
function strayIn(body: Json, known: Shape): string | undefined {
  for (const [name, value] of Object.entries(body)) {
    if (name.includes('@')) continue;
    const below = Object.hasOwn(known, name) ? known[name] : undefined;
    if (below === undefined) return name;
    const stray = below !== null && isJson(value) ? strayIn(value, below) : undefined;
    if (stray !== undefined) return `${name}/${stray}`;
  }
  return undefined;
}

export function readPolicy(meta: MetaStore): RegistrationPolicy {
  const kept = parseJson(meta.get('registrationPolicy') ?? '');
  const read = isJson(kept) ? policyOf(kept, newTenantPolicy) : undefined;
  return read === undefined || typeof read === 'string' ? newTenantPolicy : read;
}

export function writePolicy(meta: MetaStore, policy: RegistrationPolicy): void {
  meta.set('registrationPolicy', JSON.stringify(policy));
}

/**
 * What a put means: the members given, the others as in `present`, but the quota 0 where it is left out. A text says
 * what is wrong.
 */
export function policyOf(body: Json, present: RegistrationPolicy): RegistrationPolicy | string {
  const stray = strayIn(body, shape);
  if (stray !== undefined) return `Could not find a property named '${cleanText(stray)}' on deviceRegistrationPolicy.`;
  const changed = Object.entries(fixedMembers).find(([name, value]) => (member(body, name) ?? value) !== value);
  if (changed !== undefined) return `Property '${changed[0]}' is read-only and cannot be set.`;
  const quota = member(body, 'userDeviceQuota') ?? 0;
  if (typeof quota !== 'number' || !Number.isInteger(quota) || quota < 0 || quota > 2_147_483_647) {
    return 'userDeviceQuota must be a whole number from 0.';
  }
  const mfa = mfaOf(member(body, 'multiFactorAuthConfiguration') ?? present.multiFactorAuthConfiguration);
  if (mfa === undefined) return 'multiFactorAuthConfiguration must be notRequired or required.';
  const laps = member(body, 'localAdminPassword') ?? present.localAdminPassword;
  const isEnabled = isJson(laps) ? member(laps, 'isEnabled') : undefined;
  if (typeof isEnabled !== 'boolean') return 'localAdminPassword.isEnabled must be true or false.';
  const registration = member(body, 'azureADRegistration') ?? present.azureADRegistration;
  const join = member(body, 'azureADJoin') ?? present.azureADJoin;
  if (!isJson(registration) || !isJson(join)) return 'azureADRegistration and azureADJoin must be objects.';
  const allowedToRegister = membershipOf(member(registration, 'allowedToRegister') ?? everybody);
  const allowedToJoin = membershipOf(member(join, 'allowedToJoin') ?? everybody);
  const admins = member(join, 'localAdmins') ?? present.azureADJoin.localAdmins;
  const enableGlobalAdmins = isJson(admins) ? (member(admins, 'enableGlobalAdmins') ?? true) : undefined;
  if (!isJson(admins) || typeof enableGlobalAdmins !== 'boolean') {
    return 'azureADJoin.localAdmins must be an object with enableGlobalAdmins true or false.';
  }
  const registeringUsers = membershipOf(member(admins, 'registeringUsers') ?? everybody);
  if (allowedToRegister === undefined || allowedToJoin === undefined || registeringUsers === undefined) {
    return 'a membership must carry one of the three known @odata.type values.';
  }
  return {
    userDeviceQuota: quota,
    multiFactorAuthConfiguration: mfa,
    azureADRegistration: { isAdminConfigurable: true, allowedToRegister },
    azureADJoin: {
      isAdminConfigurable: true,
      allowedToJoin,
      localAdmins: {
        enableGlobalAdmins,
        registeringUsers,
      },
    },
    localAdminPassword: { isEnabled },
  };
}

/** Scripts also send the numbers, as text (wire 5). */
function mfaOf(value: unknown): RegistrationPolicy['multiFactorAuthConfiguration'] | undefined {
  if (value === 'notRequired' || value === '0' || value === 0) return 'notRequired';
  return value === 'required' || value === '1' || value === 1 ? 'required' : undefined;
}

function membershipOf(value: unknown): Membership | undefined {
  if (!isJson(value)) return undefined;
  const type = member(value, '@odata.type');
  if (
    type === '#microsoft.graph.allDeviceRegistrationMembership' ||
    type === '#microsoft.graph.noDeviceRegistrationMembership'
  ) {
    return { '@odata.type': type };
  }
  if (type !== '#microsoft.graph.enumeratedDeviceRegistrationMembership') return undefined;
  const list = (name: string): readonly string[] => {
    const ids = member(value, name);
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  };
  return { '@odata.type': type, users: list('users'), groups: list('groups') };
}

/** Groups are not kept by this tenant yet, so only named users are members of an enumeration. */
export function isMember(membership: Membership, userId: string): boolean {
  if (membership['@odata.type'] === '#microsoft.graph.allDeviceRegistrationMembership') return true;
  return 'users' in membership && membership.users.includes(userId);
}

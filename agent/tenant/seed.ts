/**
 * The tenant's first content: who there is, which applications, how the switch stands (contract 5).
 *
 * Knows: the seed's shape. Promises: a seed that does not fit is refused with the place named; passwords and secrets it
 * does not state are drawn here, written once to the credentials file (0600) and kept as verifiers only. Must never: log
 * one, or draw anew while the file and the data agree.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { type BuiltInRole, builtInRoles, knownScopes } from './access.ts';
import { TenantError } from './errors.ts';
import { member } from './plain.ts';
import { newTenantPolicy, type RegistrationPolicy, writePolicy } from './policy.ts';
import type { Store } from './store.ts';
import { chosenCost, drawnCost, verifierOf } from './verifiers.ts';

export interface Seed {
  readonly tenantId: string;
  readonly domain: string;
  readonly displayName?: string;
  readonly users: ReadonlyArray<{
    readonly id?: string;
    readonly userPrincipalName: string;
    readonly displayName: string;
    /** Names of built-in roles (wire 7.1). */
    readonly roles: readonly string[];
    readonly password?: string;
  }>;
  readonly applications: ReadonlyArray<{
    readonly appId: string;
    readonly displayName: string;
    /** Application permissions. */
    readonly roles: readonly string[];
    /** Delegated permissions; left out, a public client has consent for all this tenant knows. */
    readonly scopes?: readonly string[];
    readonly publicClient?: boolean;
    readonly secret?: string;
  }>;
  readonly deviceRegistrationPolicy?: Partial<RegistrationPolicy>;
}

/** The content of the credentials file. */
export interface Credentials {
  readonly users: ReadonlyArray<{ readonly userPrincipalName: string; readonly password: string }>;
  readonly applications: ReadonlyArray<{
    readonly appId: string;
    readonly displayName: string;
    readonly secret: string;
  }>;
}

/** What a tenant is that nobody described: one administrator, one public client, LAPS off. */
export function plainSeed(newId: () => string): Seed {
  const domain = 'tenant.test';
  return {
    tenantId: newId(),
    domain,
    users: [
      { userPrincipalName: `globaladmin@${domain}`, displayName: 'Global Admin', roles: ['Global Administrator'] },
    ],
    applications: [{ appId: newId(), displayName: 'Administrator sign-in', roles: [], publicClient: true }],
  };
}

/** Throws TENANT_SEED_INVALID naming the place (a JSON pointer) and what was expected there. */
export async function checkSeed(value: unknown): Promise<Seed> {
  // Needed once in a tenant's life.
  const { compileSeedSchema } = await import('./seedSchema.ts');
  const validate = compileSeedSchema<Seed>();
  if (!validate(value)) {
    const [first] = validate.errors ?? [];
    return invalid(first?.instancePath ?? '', first === undefined ? 'it is not valid' : sentenceOf(first));
  }
  const names = new Set<string>();
  for (const [index, user] of value.users.entries()) {
    const upn = user.userPrincipalName.toLowerCase();
    if (names.has(upn)) return invalid(`/users/${index}/userPrincipalName`, 'is there twice');
    names.add(upn);
    const role = user.roles.find((each) => !isBuiltIn(each));
    if (role !== undefined) {
      return invalid(
        `/users/${index}/roles`,
        `"${role}" is no built-in role; there are ${Object.keys(builtInRoles).join(', ')}`,
      );
    }
  }
  for (const [index, app] of value.applications.entries()) {
    if (names.has(app.appId.toLowerCase())) return invalid(`/applications/${index}/appId`, 'is there twice');
    names.add(app.appId.toLowerCase());
    if (app.publicClient === true && app.secret !== undefined) {
      return invalid(`/applications/${index}/secret`, 'a public client has none');
    }
  }
  return value;
}

/** What the judge found, in words for the author of the seed. */
function sentenceOf({ keyword, params, message }: Mistake): string {
  const told = (name: string): string => String(member(params, name));
  switch (keyword) {
    case 'additionalProperties':
      return `there is no member "${told('additionalProperty')}" here`;
    case 'required':
      return `the member "${told('missingProperty')}" is missing`;
    case 'type':
      return `it must be ${told('type') === 'integer' ? 'a whole number' : `of type ${told('type')}`}`;
    case 'pattern':
      return 'it does not have the right form';
    case 'minLength':
    case 'minItems':
      return 'it is empty';
    case 'maxLength':
      return `it is longer than ${told('limit')} characters`;
    case 'uniqueItems':
      return 'an entry is there twice';
    default:
      return `it ${message ?? 'is not valid'}`;
  }
}

interface Mistake {
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
}

function invalid(pointer: string, what: string): never {
  throw new TenantError('TENANT_SEED_INVALID', `the seed does not fit at ${pointer || '/'}: ${what}`, pointer);
}

function isBuiltIn(role: string): role is BuiltInRole {
  return Object.hasOwn(builtInRoles, role);
}

/** Drawn from letters and digits no one confuses, in groups: 20 × log2(55) is about 115 bits. */
export function drawPassword(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
  const group = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

/** 240 bits. */
export const drawAppSecret = (): string => randomBytes(30).toString('base64url');

/** The seed's credentials, drawn where it states none. */
export function drawCredentials(seed: Seed): Credentials {
  return {
    users: seed.users.map((user) => ({
      userPrincipalName: user.userPrincipalName,
      password: user.password ?? drawPassword(),
    })),
    applications: seed.applications
      .filter((app) => app.publicClient !== true)
      .map(({ appId, displayName, secret }) => ({
        appId: appId.toLowerCase(),
        displayName,
        secret: secret ?? drawAppSecret(),
      })),
  };
}

/** Fills an empty store, in one transaction. The credentials file must be on the disk before. */
export async function plantSeed(
  store: Store,
  seed: Seed,
  credentials: Credentials,
  newId: () => string,
): Promise<void> {
  const users = await Promise.all(
    seed.users.map(async (user, index) => ({
      user: {
        id: (user.id ?? newId()).toLowerCase(),
        userPrincipalName: user.userPrincipalName,
        displayName: user.displayName,
        verifier: await verifierOf(credentials.users[index]?.password ?? '', costOf(user.password)),
      },
      roles: user.roles.filter(isBuiltIn).map((role) => builtInRoles[role]),
    })),
  );
  const applications = await Promise.all(
    seed.applications.map(async (app) => {
      const drawn = credentials.applications.find((each) => each.appId === app.appId.toLowerCase());
      return {
        appId: app.appId.toLowerCase(),
        id: newId(),
        displayName: app.displayName,
        secretVerifier: drawn === undefined ? null : await verifierOf(drawn.secret, costOf(app.secret)),
        scopes: app.scopes ?? (app.publicClient === true ? knownScopes : []),
        roles: app.roles,
      };
    }),
  );
  store.transaction(() => {
    for (const { user, roles } of users) store.principals.addUser(user, roles);
    for (const application of applications) store.principals.addApplication(application);
    writePolicy(store.meta, { ...newTenantPolicy, ...seed.deviceRegistrationPolicy });
    store.meta.set('tenantId', seed.tenantId.toLowerCase());
    store.meta.set('domain', seed.domain);
    store.meta.set('displayName', seed.displayName ?? seed.domain);
    store.meta.set('seededPolicy', JSON.stringify({ ...newTenantPolicy, ...seed.deviceRegistrationPolicy }));
  });
}

function costOf(stated: string | undefined): number {
  return stated === undefined ? drawnCost : chosenCost;
}

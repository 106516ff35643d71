/**
 * Who may ask: users, applications, and the roles of both.
 *
 * Knows: rows. Promises: passwords and secrets of principals are held as verifiers only. Must never: judge; that is
 * `access.ts`.
 */
import { isJson } from '../plain.ts';
import { costOf } from '../verifiers.ts';
import type { Database, Row } from './database.ts';

export interface User {
  /** Directory object id. */
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  /** See `verifiers.ts`. */
  readonly verifier: string;
}

export interface Application {
  readonly appId: string;
  /** Object id of its service principal. */
  readonly id: string;
  readonly displayName: string;
  /** Null for a public client. */
  readonly secretVerifier: string | null;
  /** Delegated permissions it has consent for. */
  readonly scopes: readonly string[];
  /** Application permissions it was granted. */
  readonly roles: readonly string[];
}

export interface PrincipalStore {
  addUser(user: User, roleTemplateIds: readonly string[]): void;
  addApplication(application: Application): void;
  /** All of them, by name. */
  users(): readonly User[];
  applications(): readonly Application[];
  /** What the users' verifiers cost, each once: what a sign-in pays, whoever it is for. */
  userCosts(): readonly number[];
  setVerifier(userId: string, verifier: string): void;
  setSecretVerifier(appId: string, verifier: string): void;
  userByName(userPrincipalName: string): User | undefined;
  userById(id: string): User | undefined;
  application(appId: string): Application | undefined;
  /** Template ids of the tenant-wide built-in roles a principal holds now. */
  rolesOf(principalId: string): readonly string[];
  counts(): { readonly users: number; readonly applications: number };
}

export function createPrincipalStore(db: Database): PrincipalStore {
  const insertUser = db.prepare('insert into users (id, userPrincipalName, displayName, verifier) values (?, ?, ?, ?)');
  const insertRole = db.prepare('insert into roleAssignments (principalId, roleTemplateId) values (?, ?)');
  const insertApplication = db.prepare(
    'insert into applications (appId, id, displayName, secretVerifier, scopes, roles) values (?, ?, ?, ?, ?, ?)',
  );
  const byName = db.prepare('select * from users where userPrincipalName = ?');
  const byId = db.prepare('select * from users where id = ?');
  const application = db.prepare('select * from applications where appId = ?');
  const allUsers = db.prepare('select * from users order by userPrincipalName');
  const allApplications = db.prepare('select * from applications order by appId');
  const updateUser = db.prepare('update users set verifier = ? where id = ?');
  const updateApplication = db.prepare('update applications set secretVerifier = ? where appId = ?');
  const roles = db.prepare('select roleTemplateId from roleAssignments where principalId = ? order by roleTemplateId');
  const count = db.prepare(
    'select (select count(*) from users) as users, (select count(*) from applications) as applications',
  );
  /** Read once: the users are few and change with the seed alone. */
  let costs: readonly number[] | undefined;
  return {
    addUser(user, roleTemplateIds) {
      costs = undefined;
      insertUser.run(user.id, user.userPrincipalName, user.displayName, user.verifier);
      for (const role of roleTemplateIds) insertRole.run(user.id, role);
    },
    addApplication(app) {
      const lists = [JSON.stringify(app.scopes), JSON.stringify(app.roles)];
      insertApplication.run(app.appId, app.id, app.displayName, app.secretVerifier, ...lists);
    },
    users: () => allUsers.all().flatMap((row) => userOf(row) ?? []),
    applications: () => allApplications.all().map(applicationOf),
    userCosts() {
      costs ??= [...new Set(allUsers.all().map((row) => costOf(row.text('verifier'))))].sort((a, b) => a - b);
      return costs;
    },
    setVerifier(userId, verifier) {
      costs = undefined;
      updateUser.run(verifier, userId);
    },
    setSecretVerifier: (appId, verifier) => void updateApplication.run(verifier, appId),
    userByName: (name) => userOf(byName.get(name)),
    userById: (id) => userOf(byId.get(id)),
    application(appId) {
      const row = application.get(appId.toLowerCase());
      return row && applicationOf(row);
    },
    rolesOf: (principalId) => roles.all(principalId).map((row) => row.text('roleTemplateId')),
    counts() {
      const row = count.get();
      return { users: row?.int('users') ?? 0, applications: row?.int('applications') ?? 0 };
    },
  };
}

function userOf(row: Row | undefined): User | undefined {
  if (row === undefined) return undefined;
  return {
    id: row.text('id'),
    userPrincipalName: row.text('userPrincipalName'),
    displayName: row.text('displayName'),
    verifier: row.text('verifier'),
  };
}

function applicationOf(row: Row): Application {
  return {
    appId: row.text('appId'),
    id: row.text('id'),
    displayName: row.text('displayName'),
    secretVerifier: row.textOrNull('secretVerifier'),
    scopes: words(row.text('scopes')),
    roles: words(row.text('roles')),
  };
}

function words(text: string): readonly string[] {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) && !isJson(list) ? list.filter((word) => typeof word === 'string') : [];
}

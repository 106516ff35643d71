/**
 * The database itself: opening, its shape and version, transactions, rows as known types.
 *
 * Knows: SQLite through libsql (this folder is its one importer). Promises: in a file, a statement that returned is on
 * the disk (synchronous=FULL), the file is 0600 and nobody else has it open; a newer shape is refused, untouched. Must
 * never: put a row's content into an error.
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import Libsql from 'libsql';
import { TenantError } from '../errors.ts';
import { isJson, type Json, textMember } from '../plain.ts';

/** Raised with every change of the tables; an older one is brought up by `upgrades[version]`. */
export const schemaVersion = 1;

const schema = `
create table meta (name text primary key, value text not null);
create table users (
  id text primary key, userPrincipalName text not null unique collate nocase, displayName text not null, verifier text not null);
create table applications (
  appId text primary key, id text not null unique, displayName text not null, secretVerifier text, scopes text not null, roles text not null);
create table roleAssignments (principalId text not null, roleTemplateId text not null, primary key (principalId, roleTemplateId));
create table devices (
  deviceId text primary key, id text not null unique, displayName text not null collate nocase, accountEnabled integer not null,
  trustType text not null, joinType integer not null, operatingSystem text not null, operatingSystemVersion text not null,
  registeredBy text not null, registeredAt integer not null, lastSignInAt integer not null, thumbprint text not null,
  publicKey text not null, transportKey text not null, extra text not null);
create index devicesByName on devices (displayName);
create index devicesByUser on devices (registeredBy);
create table credentials (
  deviceId text not null, backupDateTime text not null, refreshDateTime text not null, accountName text not null,
  accountSid text not null, sealed text not null, primary key (deviceId, backupDateTime));
create table answeredBackups (
  deviceId text not null, requestId text not null, backupDateTime text not null, refreshDateTime text not null,
  primary key (deviceId, requestId));
create table audits (seq integer primary key autoincrement, id text not null unique, record text not null);
`;

type Cell = string | number | null;

/** A row whose columns are read by name and kind. */
export interface Row {
  text(name: string): string;
  textOrNull(name: string): string | null;
  int(name: string): number;
}

export interface Statement {
  run(...cells: Cell[]): number;
  get(...cells: Cell[]): Row | undefined;
  all(...cells: Cell[]): Row[];
}

export interface Database {
  prepare(sql: string): Statement;
  /** All or nothing; what it returned is durable when it returns. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** `file` undefined keeps everything in memory. */
export function openDatabase(file: string | undefined): Database {
  if (file !== undefined) {
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  }
  let db: Libsql.Database | undefined;
  let ours = false;
  try {
    db = new Libsql(file ?? ':memory:');
    if (file !== undefined) {
      refuseNewer(db);
      db.pragma('locking_mode=EXCLUSIVE');
      db.pragma('journal_mode=WAL');
      db.pragma('synchronous=FULL');
      ours = true;
      refuseDamaged(db);
    }
    prepareSchema(db);
  } catch (error) {
    if (ours && db !== undefined) release(db);
    else db?.close();
    throw asTenantError(error);
  }
  return databaseOver(db);
}

function databaseOver(db: Libsql.Database): Database {
  return {
    prepare(sql) {
      const statement = db.prepare(sql);
      return {
        run: (...cells) => statement.run(cells).changes,
        get: (...cells) => {
          const row = statement.get(cells);
          return row === undefined ? undefined : readable(row);
        },
        all: (...cells) => statement.all(cells).map(readable),
      };
    },
    transaction(work) {
      return db.transaction(work).immediate();
    },
    close: () => release(db),
  };
}

/**
 * Closing alone keeps the lock until every statement was collected as garbage, and the next start must not wait for
 * that. The lock can be given back only where there is no write-ahead log: one file is left, whole.
 */
function release(db: Libsql.Database): void {
  try {
    db.pragma('journal_mode=DELETE');
    db.pragma('locking_mode=NORMAL');
    db.prepare('select count(*) from sqlite_master').get([]);
  } catch {
    // Data that can no longer be written: the lock goes with the process.
  }
  db.close();
}

function refuseNewer(db: Libsql.Database): number {
  const version = readable(db.prepare('pragma user_version').get([])).int('user_version');
  if (version > schemaVersion) {
    throw new TenantError(
      'TENANT_DATA_NEWER',
      `the tenant's data file is of version ${version}; this program knows up to ${schemaVersion}`,
    );
  }
  return version;
}

/** Damage within a page would else show at the first request that touches it, as a failure nobody understands. */
function refuseDamaged(db: Libsql.Database): void {
  if (readable(db.prepare('pragma quick_check(1)').get([])).text('quick_check') !== 'ok')
    throw new TenantError('TENANT_DATA_DAMAGED', "the tenant's data file is damaged");
}

function prepareSchema(db: Libsql.Database): void {
  const version = refuseNewer(db);
  if (version === 0) db.exec(`begin immediate; ${schema} pragma user_version = ${schemaVersion}; commit;`);
  // Takes the lock now, so that a second tenant on one file fails at its start and not at its first backup.
  db.exec('begin immediate; commit;');
}

/** What SQLite says of the place where the file lies, not of the file: nothing of it is damaged. */
const refusals: ReadonlyArray<readonly [RegExp, string]> = [
  [/^SQLITE_FULL$/, 'the disk is full'],
  [/^SQLITE_READONLY(_|$)/, 'the file, its folder or the whole file system cannot be written'],
  [/^SQLITE_(CANTOPEN|PERM|AUTH)(_|$)/, 'the file or its folder cannot be opened'],
  [/^SQLITE_IOERR(_|$)/, 'the disk failed'],
  [/^SQLITE_NOMEM$/, 'there is no memory left'],
];

/** What SQLite threw, as this tenant says it; only what proves damage is called that. */
export function asTenantError(error: unknown): Error {
  if (error instanceof TenantError) return error;
  const code = isJson(error) ? textMember(error, 'code') : undefined;
  if (code === 'SQLITE_BUSY') {
    return new TenantError('TENANT_DATA_BUSY', 'another tenant has this data file open');
  }
  const refusal = refusals.find(([codes]) => code !== undefined && codes.test(code))?.[1];
  if (refusal !== undefined) return new TenantError('TENANT_DATA_REFUSED', `${refusal} (${code})`);
  return new TenantError('TENANT_DATA_DAMAGED', `the tenant's data file cannot be read (${code ?? 'unknown'})`);
}

function readable(row: unknown): Row {
  const cells: Json = isJson(row) ? row : {};
  const wrong = (name: string) => new TenantError('TENANT_DATA_DAMAGED', `column ${name} holds something else`);
  return {
    text(name) {
      const cell = cells[name];
      if (typeof cell !== 'string') throw wrong(name);
      return cell;
    },
    textOrNull(name) {
      const cell = cells[name];
      if (cell !== null && typeof cell !== 'string') throw wrong(name);
      return cell;
    },
    int(name) {
      const cell = cells[name];
      if (typeof cell !== 'number') throw wrong(name);
      return cell;
    },
  };
}

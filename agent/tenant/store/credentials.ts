/**
 * What devices backed up: at most a few credentials each, sealed.
 *
 * Knows: rows and the sealer; that a row's number (SQLite's rowid) is above those of all rows there are, so that it tells
 * the order of receipt, as a date does not while clocks are moved. Promises: what was received last is the newest, whatever
 * its date; the newest `historyDepth` stay (wire 3.1), whatever accounts they are for; no two entries of a device have one date. Must never: keep or return
 * a password in the clear but through `recover`, called for an authorised read; order by date.
 */
import { addDays, stampAfter, tickAfter } from '../instants.ts';
import type { Sealer } from '../seal.ts';
import type { Database } from './database.ts';

/** A device's LAPS record without any password (wire 4.2). */
export interface CredentialSummary {
  readonly deviceId: string;
  readonly deviceName: string;
  /** Seven fractional digits. */
  readonly lastBackupDateTime: string;
  readonly refreshDateTime: string;
}

export interface StoredCredential {
  readonly accountName: string;
  readonly accountSid: string;
  readonly backupDateTime: string;
  /** Clear text. */
  readonly password: string;
}

export interface BackupTimes {
  readonly backupDateTime: string;
  readonly refreshDateTime: string;
}

export interface Backup {
  readonly deviceId: string;
  readonly accountName: string;
  readonly accountSid: string;
  readonly password: string;
  readonly ageDays: number;
  /** Epoch ms. */
  readonly at: number;
  /** Remembered so that a repeat can be recognised; undefined when the caller sent none. */
  readonly requestId: string | undefined;
}

export interface CredentialStore {
  /** The caller runs it in a transaction with its audit record. */
  add(backup: Backup): BackupTimes;
  answered(deviceId: string, requestId: string): BackupTimes | undefined;
  summary(deviceId: string): CredentialSummary | undefined;
  summaries(): readonly CredentialSummary[];
  /** Newest first. */
  recover(deviceId: string): readonly StoredCredential[];
  count(): number;
}

export function createCredentialStore(
  db: Database,
  parts: { readonly sealer: Sealer; readonly tenantId: string; readonly historyDepth: number },
): CredentialStore {
  const newest = db.prepare('select backupDateTime from credentials where deviceId = ? order by rowid desc limit 1');
  const taken = db.prepare('select 1 from credentials where deviceId = ? and backupDateTime = ?');
  const insert = db.prepare(
    'insert into credentials (deviceId, backupDateTime, refreshDateTime, accountName, accountSid, sealed) values (?, ?, ?, ?, ?, ?)',
  );
  const trim = db.prepare(
    'delete from credentials where deviceId = ?1 and rowid not in (select rowid from credentials where deviceId = ?1 order by rowid desc limit ?2)',
  );
  const remember = db.prepare('insert or replace into answeredBackups values (?, ?, ?, ?)');
  const forget = db.prepare(
    'delete from answeredBackups where deviceId = ?1 and rowid not in (select rowid from answeredBackups where deviceId = ?1 order by rowid desc limit 50)',
  );
  const answered = db.prepare('select * from answeredBackups where deviceId = ? and requestId = ?');
  const summarySql = `select d.deviceId, d.displayName, c.backupDateTime, c.refreshDateTime from credentials c
    join devices d on d.deviceId = c.deviceId
    where c.rowid = (select max(rowid) from credentials where deviceId = c.deviceId)`;
  const one = db.prepare(`${summarySql} and d.deviceId = ?`);
  const every = db.prepare(`${summarySql} order by d.deviceId`);
  const list = db.prepare('select * from credentials where deviceId = ? order by rowid desc');
  const count = db.prepare('select count(*) as n from credentials');
  const about = (deviceId: string, sid: string, at: string) => `${parts.tenantId}|${deviceId}|${sid}|${at}`;

  return {
    add(backup) {
      const { deviceId, accountSid } = backup;
      let backupDateTime = stampAfter(backup.at, newest.get(deviceId)?.text('backupDateTime'));
      // The very tick of an earlier time, come again on a clock that was set back.
      while (taken.get(deviceId, backupDateTime) !== undefined) backupDateTime = tickAfter(backupDateTime);
      const refreshDateTime = addDays(backupDateTime, backup.ageDays);
      const sealed = parts.sealer.seal(backup.password, about(deviceId, accountSid, backupDateTime));
      insert.run(deviceId, backupDateTime, refreshDateTime, backup.accountName, accountSid, sealed);
      trim.run(deviceId, parts.historyDepth);
      if (backup.requestId !== undefined) {
        remember.run(deviceId, backup.requestId, backupDateTime, refreshDateTime);
        forget.run(deviceId);
      }
      return { backupDateTime, refreshDateTime };
    },
    answered(deviceId, requestId) {
      const row = answered.get(deviceId, requestId);
      return row && { backupDateTime: row.text('backupDateTime'), refreshDateTime: row.text('refreshDateTime') };
    },
    summary(deviceId) {
      const row = one.get(deviceId.toLowerCase());
      return row && summaryOf(row);
    },
    summaries: () => every.all().map(summaryOf),
    recover: (deviceId) =>
      list.all(deviceId.toLowerCase()).map((row) => {
        const accountSid = row.text('accountSid');
        const backupDateTime = row.text('backupDateTime');
        return {
          accountName: row.text('accountName'),
          accountSid,
          backupDateTime,
          password: parts.sealer.open(row.text('sealed'), about(row.text('deviceId'), accountSid, backupDateTime)),
        };
      }),
    count: () => count.get()?.int('n') ?? 0,
  };
}

function summaryOf(row: { text(name: string): string }): CredentialSummary {
  return {
    deviceId: row.text('deviceId'),
    deviceName: row.text('displayName'),
    lastBackupDateTime: row.text('backupDateTime'),
    refreshDateTime: row.text('refreshDateTime'),
  };
}

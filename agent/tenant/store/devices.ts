/**
 * The device objects of the directory (wire 9).
 *
 * Knows: rows. Promises: deleting a device takes its credentials with it, for ever (wire 3.1, 9). Must never: hand out
 * more than one device for a key.
 */
import { isJson, type Json, parseJson } from '../plain.ts';
import type { Database, Row } from './database.ts';

export type TrustType = 'AzureAd' | 'ServerAd' | 'Workplace';

export interface Device {
  /** The id of the registration service, the certificate and LAPS. */
  readonly deviceId: string;
  /** The directory object id, which is another one. */
  readonly id: string;
  readonly displayName: string;
  readonly accountEnabled: boolean;
  readonly trustType: TrustType;
  readonly joinType: number;
  readonly operatingSystem: string;
  readonly operatingSystemVersion: string;
  /** Object id of the user who joined it. */
  readonly registeredBy: string;
  /** Epoch ms. */
  readonly registeredAt: number;
  /** Epoch ms. */
  readonly lastSignInAt: number;
  /** SHA-1 of its certificate, 40 upper-case hexadecimal digits. */
  readonly thumbprint: string;
  /** SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
  readonly transportKey: string;
  /** Further Graph properties an administrator or a management system set. */
  readonly extra: Json;
}

export type DeviceChange = Partial<Pick<Device, 'accountEnabled' | 'displayName' | 'operatingSystem' | 'extra'>> &
  Partial<Pick<Device, 'operatingSystemVersion'>>;

export interface DeviceStore {
  add(device: Device): void;
  byDeviceId(deviceId: string): Device | undefined;
  byObjectId(id: string): Device | undefined;
  all(): readonly Device[];
  countOfUser(userId: string): number;
  count(): number;
  change(deviceId: string, change: DeviceChange): void;
  signedIn(deviceId: string, at: number): void;
  /** The caller runs it in a transaction with its audit record. */
  remove(deviceId: string): void;
  removeAll(): void;
}

export function createDeviceStore(db: Database): DeviceStore {
  const insert = db.prepare('insert into devices values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const byDeviceId = db.prepare('select * from devices where deviceId = ?');
  const byObjectId = db.prepare('select * from devices where id = ?');
  const all = db.prepare('select * from devices order by registeredAt, deviceId');
  const ofUser = db.prepare('select count(*) as n from devices where registeredBy = ?');
  const count = db.prepare('select count(*) as n from devices');
  const update = db.prepare(
    'update devices set displayName = ?, accountEnabled = ?, operatingSystem = ?, operatingSystemVersion = ?, extra = ? where deviceId = ?',
  );
  const seen = db.prepare('update devices set lastSignInAt = ? where deviceId = ?');
  const removals = ['devices', 'credentials', 'answeredBackups'].map((table) => ({
    one: db.prepare(`delete from ${table} where deviceId = ?`),
    every: db.prepare(`delete from ${table}`),
  }));
  const find = (deviceId: string) => deviceOf(byDeviceId.get(deviceId.toLowerCase()));
  return {
    add: (d) =>
      void insert.run(
        d.deviceId,
        d.id,
        d.displayName,
        d.accountEnabled ? 1 : 0,
        d.trustType,
        d.joinType,
        d.operatingSystem,
        d.operatingSystemVersion,
        d.registeredBy,
        d.registeredAt,
        d.lastSignInAt,
        d.thumbprint,
        d.publicKey,
        d.transportKey,
        JSON.stringify(d.extra),
      ),
    byDeviceId: find,
    byObjectId: (id) => deviceOf(byObjectId.get(id.toLowerCase())),
    all: () => all.all().flatMap((row) => deviceOf(row) ?? []),
    countOfUser: (userId) => ofUser.get(userId)?.int('n') ?? 0,
    count: () => count.get()?.int('n') ?? 0,
    change(deviceId, change) {
      const now = find(deviceId);
      if (now === undefined) return;
      const next = { ...now, ...change };
      const extra = JSON.stringify({ ...now.extra, ...change.extra });
      const { displayName, operatingSystem, operatingSystemVersion } = next;
      update.run(
        displayName,
        next.accountEnabled ? 1 : 0,
        operatingSystem,
        operatingSystemVersion,
        extra,
        now.deviceId,
      );
    },
    signedIn: (deviceId, at) => void seen.run(at, deviceId),
    remove(deviceId) {
      for (const removal of removals) removal.one.run(deviceId);
    },
    removeAll() {
      for (const removal of removals) removal.every.run();
    },
  };
}

function deviceOf(row: Row | undefined): Device | undefined {
  if (row === undefined) return undefined;
  const trust = row.text('trustType');
  const extra = parseJson(row.text('extra'));
  return {
    deviceId: row.text('deviceId'),
    id: row.text('id'),
    displayName: row.text('displayName'),
    accountEnabled: row.int('accountEnabled') === 1,
    trustType: trust === 'AzureAd' || trust === 'ServerAd' ? trust : 'Workplace',
    joinType: row.int('joinType'),
    operatingSystem: row.text('operatingSystem'),
    operatingSystemVersion: row.text('operatingSystemVersion'),
    registeredBy: row.text('registeredBy'),
    registeredAt: row.int('registeredAt'),
    lastSignInAt: row.int('lastSignInAt'),
    thumbprint: row.text('thumbprint'),
    publicKey: row.text('publicKey'),
    transportKey: row.text('transportKey'),
    extra: isJson(extra) ? extra : {},
  };
}

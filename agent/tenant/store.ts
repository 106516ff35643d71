/**
 * Everything the tenant remembers, in one place.
 *
 * Knows: the tables' keepers and the values that stand alone (meta). Promises: one transaction spans them all. Must
 * never: be opened twice on one file.
 */
import type { Sealer } from './seal.ts';
import { type AuditStore, createAuditStore } from './store/audits.ts';
import { type CredentialStore, createCredentialStore } from './store/credentials.ts';
import { openDatabase } from './store/database.ts';
import { createDeviceStore, type DeviceStore } from './store/devices.ts';
import { createPrincipalStore, type PrincipalStore } from './store/principals.ts';

/** Values that stand alone: the seed's marker, the keys (sealed), the registration policy. */
export interface MetaStore {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

export interface Store {
  readonly meta: MetaStore;
  readonly principals: PrincipalStore;
  readonly devices: DeviceStore;
  readonly audits: AuditStore;
  /** Needs the tenant's id, which the data itself may hold. */
  credentials(parts: {
    readonly sealer: Sealer;
    readonly tenantId: string;
    readonly historyDepth: number;
  }): CredentialStore;
  /** All or nothing, and on the disk when it returns. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** Throws TENANT_DATA_NEWER, _DAMAGED or _BUSY. `file` undefined keeps all in memory. */
export function openStore(file: string | undefined): Store {
  const db = openDatabase(file);
  const get = db.prepare('select value from meta where name = ?');
  const set = db.prepare('insert or replace into meta (name, value) values (?, ?)');
  return {
    meta: { get: (name) => get.get(name)?.text('value'), set: (name, value) => void set.run(name, value) },
    principals: createPrincipalStore(db),
    devices: createDeviceStore(db),
    audits: createAuditStore(db),
    credentials: (parts) => createCredentialStore(db, parts),
    transaction: (work) => db.transaction(work),
    close: () => db.close(),
  };
}

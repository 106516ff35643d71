/**
 * The directory audit journal (wire 6): append, read newest first, never change.
 *
 * Knows: rows. Promises: order of writing is kept. Must never: hold a password or a token.
 */
import { isJson, type Json, parseJson } from '../plain.ts';
import type { Database } from './database.ts';

export interface AuditEntry {
  readonly seq: number;
  readonly record: Json;
}

export interface AuditStore {
  add(id: string, record: Json): void;
  byId(id: string): Json | undefined;
  /** At most `limit` entries written before `beforeSeq`, newest first; or after it, oldest first. */
  page(from: { readonly beforeSeq: number } | { readonly afterSeq: number }, limit: number): readonly AuditEntry[];
  count(): number;
  removeAll(): void;
}

export function createAuditStore(db: Database): AuditStore {
  const insert = db.prepare('insert into audits (id, record) values (?, ?)');
  const byId = db.prepare('select seq, record from audits where id = ?');
  const before = db.prepare('select seq, record from audits where seq < ? order by seq desc limit ?');
  const after = db.prepare('select seq, record from audits where seq > ? order by seq limit ?');
  const count = db.prepare('select count(*) as n from audits');
  const clear = db.prepare('delete from audits');
  const recordOf = (text: string): Json => {
    const record = parseJson(text);
    return isJson(record) ? record : {};
  };
  return {
    add: (id, record) => void insert.run(id, JSON.stringify(record)),
    byId(id) {
      const row = byId.get(id);
      return row && recordOf(row.text('record'));
    },
    page(from, limit) {
      const rows = 'beforeSeq' in from ? before.all(from.beforeSeq, limit) : after.all(from.afterSeq, limit);
      return rows.map((row) => ({ seq: row.int('seq'), record: recordOf(row.text('record')) }));
    },
    count: () => count.get()?.int('n') ?? 0,
    removeAll: () => void clear.run(),
  };
}

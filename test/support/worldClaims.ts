/**
 * What a world claims at every moment: P1, P3 and P4 of rotation.md 6.
 *
 * Knows: the disk, the tenant and the account database as they stand, and what was posted. Must never: look into the
 * program that runs over them.
 */
import assert from 'node:assert/strict';
import type { JournalRecord } from '../../agent/core/rotation/journal.ts';
import { msPerDay } from '../../agent/core/time.ts';
import type { ModelMachine } from './fakes/accounts.ts';
import { type ModelFile, recordOn, stateOn } from './fakes/durable.ts';
import type { ModelLog } from './fakes/log.ts';
import { historyDepth, type ModelTenant } from './fakes/tenant.ts';

export const budget = historyDepth - 1;

export interface Claims {
  /** Of the moment after `call`. */
  check(call: string): void;
  /** After a call of a port: what was written may claim more, or void something. */
  afterStep(call: string): void;
  /** P4: what was posted before is applied, proven never stored, or abandoned by a named event. */
  checkOrder(rotationId: string): void;
  /** Whether a person's word is given with the cycle that runs. */
  accept(isGiven: boolean): void;
  /** Nothing is claimed for this account any more. */
  letGo(sid: string): void;
  /** Nothing is claimed for any. */
  voidAll(): void;
  /** As with a new device: nothing is claimed, and nothing was posted. */
  begin(): void;
}

export function createClaims({
  machine,
  tenant,
  log,
  journalFile,
  stateFile,
  now,
}: {
  readonly machine: ModelMachine;
  readonly tenant: ModelTenant;
  readonly log: ModelLog;
  readonly journalFile: ModelFile;
  readonly stateFile: ModelFile;
  readonly now: () => number;
}): Claims {
  let overridden = false;
  let accepting = false;
  let lastRecord: JournalRecord | undefined;
  let grantedAt: number | undefined;
  /** Accounts of devices for which P1 is claimed: `deviceId sid`. */
  const claims = new Set<string>();
  let lastPosted: { readonly rotationId: string; readonly at: number } | undefined;

  /** P1 and P3 of rotation.md 6, as things stand on disk, in the tenant and in the account database. */
  function check(call: string): void {
    const record = recordOn(journalFile);
    for (const claim of claims) {
      const [id, sid] = claim.split(' ');
      const account = machine.bySid(sid ?? '');
      if (account === undefined || id === undefined) continue;
      const kept = tenant.credentials(id);
      const place = kept.findIndex((each) => each.sid === sid && each.password === account.password);
      assert.ok(place >= 0, `P1 after ${call}: no credential of the tenant opens ${account.name}`);
      if (record === undefined || overridden) continue;
      assert.ok(
        place <= record.above,
        `P3 after ${call}: ${place} stand above the one that opens, disk: ${record.above}`,
      );
      assert.ok(record.above <= budget, `P3 after ${call}: ${record.above} in doubt`);
    }
  }

  function afterStep(call: string): void {
    const record = recordOn(journalFile);
    const pending = record?.pending ?? null;
    if (call === 'journal.write') {
      // Only a person's word or a day's hold opens the way beyond the budget, and voids what is claimed. The grant may
      // be written a step before the post it is for: another secret is drawn in between.
      const since = lastRecord?.heldSince ?? null;
      if (since !== null && now() - since >= msPerDay && record?.heldSince === now()) grantedAt = now();
      if (record !== undefined && record.above > budget && !overridden) {
        assert.ok(accepting || grantedAt === now(), 'P3: beyond the budget without a word or a wait');
        overridden = true;
        claims.clear();
      }
      if (record?.state === 'applied' && pending !== null)
        claims.add(`${pending.identity.deviceId} ${pending.account.sid}`);
      // Once another account is the managed one, with its password at rest, the former is let go.
      if (lastRecord?.state === 'applied' && record?.state === 'idle')
        for (const claim of claims) if (!claim.endsWith(` ${stateOn(stateFile)?.accountSid}`)) claims.delete(claim);
      if (record?.state === 'idle') overridden = false;
      lastRecord = record;
    }
    check(call);
  }

  function checkOrder(rotationId: string): void {
    if (lastPosted !== undefined && lastPosted.rotationId !== rotationId) {
      const before = lastPosted;
      const inDoubt = tenant.posts.some(
        (post) => post.rotationId === before.rotationId && (post.reply === 'unclear' || post.reply === 'stored'),
      );
      const applied = log.events.some((event) => event.id === 10020 && event.rotationId === before.rotationId);
      const named = log.events.slice(before.at).some((event) => [50004, 50009, 50011].includes(event.id));
      assert.ok(!inDoubt || applied || named, 'P4: a second secret is posted while the first is in doubt');
    }
    // From its first post on: a foreign change may have come before a later one.
    if (lastPosted?.rotationId !== rotationId) lastPosted = { rotationId, at: log.events.length };
  }

  return {
    check,
    afterStep,
    checkOrder,
    accept(isGiven) {
      accepting = isGiven;
    },
    letGo(sid) {
      for (const claim of claims) if (claim.endsWith(` ${sid}`)) claims.delete(claim);
    },
    voidAll: () => claims.clear(),
    begin() {
      claims.clear();
      lastPosted = undefined;
    },
  };
}

/**
 * The user half of a GPO. LAPS has no setting there, and what is set there under its key goes to the users' hives.
 *
 * Knows: that a preference item names its hive itself, and may reach the computer's from here. Promises: what is meant
 * for LAPS is a stray with its place, unless the half is switched off. Must never: take a user's value for policy.
 */
import type { PolicyRootName } from '../../ports.ts';
import { rootRows } from '../settings.ts';
import { type Collector, makeCollector } from './collector.ts';
import type { XmlElement } from './xml.ts';

export interface UserHalf {
  /** Whether it says that it is switched off. */
  isOff: boolean;
  collector(): Collector;
  /** A policy of the category of LAPS. */
  takePolicy(root: PolicyRootName, name: XmlElement | undefined): void;
  /** Hands what was found to the GPO, and is empty again. */
  close(holder: { collector(): Collector }): void;
}

export function makeUserHalf(): UserHalf {
  let own: Collector | undefined;
  const half: UserHalf = {
    isOff: false,
    collector() {
      own ??= makeCollector();
      return own;
    },
    takePolicy(root, name) {
      if (name === undefined) return;
      const where = rootRows[root].key.replace(/^HKLM/, 'HKCU');
      half.collector().addStray({ where, name: name.text.trim().slice(0, 100), place: name.contentPlace() });
    },
    close(holder) {
      const found = half.isOff ? undefined : own?.finish('gporeport');
      half.isOff = false;
      own = undefined;
      const { root, settings = [], strays = [] } = found ?? {};
      if (settings.length + strays.length === 0) return;
      const collector = holder.collector();
      for (const stray of strays) collector.addStray(stray);
      if (root !== undefined) for (const setting of settings) collector.add(root, setting);
    },
  };
  return half;
}

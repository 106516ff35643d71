/**
 * Walks the known causes of a failed backup in order and names the one that holds (the vendor's checklist).
 *
 * Promises: the finding is the first trouble met, because what comes after may follow from it; every check is told.
 */
import type { Check } from './check.ts';
import type { DoctorFacts } from './facts.ts';
import {
  accountCheck,
  daemonCheck,
  dataCheck,
  identityCheck,
  policyCheck,
  rotationCheck,
  scheduleCheck,
} from './machine.ts';
import { networkChecks } from './network.ts';
import { backupCheck, switchCheck, tokenCheck } from './tenant.ts';

export interface Diagnosis {
  readonly checks: readonly Check[];
  /** The first that is in trouble. */
  readonly finding: Check | undefined;
}

/** Judges everything that was found out. */
export function diagnose(facts: DoctorFacts): Diagnosis {
  const checks: readonly Check[] = [
    dataCheck(facts),
    daemonCheck(facts),
    identityCheck(facts),
    policyCheck(facts),
    accountCheck(facts),
    rotationCheck(facts),
    ...networkChecks(facts),
    tokenCheck(facts),
    switchCheck(facts),
    backupCheck(facts),
    scheduleCheck(facts),
  ];
  return { checks, finding: checks.find(({ result }) => result === 'trouble') };
}

/**
 * Walks the known causes of a failed backup in order and names the one that holds (the vendor's checklist).
 *
 * Promises: the finding is the first trouble met, because what comes after may follow from it; a hold ends, and a tenant
 * that asked for patience goes, by itself: they are the finding only where nothing else stands in the way; every check is
 * told.
 */
import type { LapsErrorCode } from '../errors.ts';
import type { Check } from './check.ts';
import type { DoctorFacts } from './facts.ts';
import {
  accountCheck,
  configurationCheck,
  daemonCheck,
  dataCheck,
  identityCheck,
  policyCheck,
  rotationCheck,
  scheduleCheck,
  signInsCheck,
  unaskedOf,
} from './machine.ts';
import { networkChecks } from './network.ts';
import { backupCheck, switchCheck, tokenCheck } from './tenant.ts';

export interface Diagnosis {
  readonly checks: readonly Check[];
  /** The one that holds; undefined when none is in trouble. */
  readonly finding: Check | undefined;
  /** Why no password is managed, where no policy asks for one. */
  readonly unasked: string | undefined;
}

const ending: readonly LapsErrorCode[] = ['ERR_LAPS_THROTTLED_UNTIL', 'ERR_LAPS_TENANT_THROTTLED', 'ERR_LAPS_HOLD'];
const endsByItself = ({ trouble }: Check): boolean => trouble !== undefined && ending.includes(trouble.code);

/** That nobody is there to rotate what is due comes last of all: what is due may be so because of patience. */
function findingOf(checks: readonly Check[]): Check | undefined {
  const troubled = checks.filter(({ result }) => result === 'trouble');
  const plain = troubled.find((check) => !endsByItself(check) && check.name !== 'schedule');
  return plain ?? troubled[0];
}

/** Judges everything that was found out. */
export function diagnose(facts: DoctorFacts): Diagnosis {
  const checks: readonly Check[] = [
    dataCheck(facts),
    configurationCheck(facts),
    daemonCheck(facts),
    identityCheck(facts),
    policyCheck(facts),
    accountCheck(facts),
    signInsCheck(facts),
    rotationCheck(facts),
    ...networkChecks(facts),
    tokenCheck(facts),
    switchCheck(facts),
    backupCheck(facts),
    scheduleCheck(facts),
  ];
  return { checks, finding: findingOf(checks), unasked: unaskedOf(facts) };
}

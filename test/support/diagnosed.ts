/**
 * Diagnoses of made-up facts, for the tests of `laps doctor`'s judgement.
 *
 * Must never: look at a machine.
 */
import type { CheckName } from '../../agent/core/diagnosis/check.ts';
import { type Diagnosis, diagnose } from '../../agent/core/diagnosis/diagnose.ts';
import type { DoctorFacts, Trouble } from '../../agent/core/diagnosis/facts.ts';
import type { LapsErrorCode } from '../../agent/core/errors.ts';
import { idleRecord, type JournalRecord } from '../../agent/core/rotation/journal.ts';
import { doctorFacts, doctorNow, wellState } from './doctorFacts.ts';

export const read = <T>(value: T) => ({ kind: 'read', value }) as const;
export const unreadable: Trouble = { code: 'ERR_LAPS_DISK', message: 'it cannot be read', hint: 'mend it' };
export const failed = { kind: 'failed', trouble: unreadable } as const;
export const journal = (more: Partial<JournalRecord>) => read({ ...idleRecord, ...more });
export const failure = (code: LapsErrorCode) => ({ code, message: 'as told', hresult: 0, at: doctorNow - 1000 });

export async function diagnosed(more: Partial<DoctorFacts> = {}): Promise<Diagnosis> {
  return diagnose(await doctorFacts(more));
}
export function resultOf({ checks }: Diagnosis, name: CheckName): string {
  return checks.find((check) => check.name === name)?.result ?? 'none';
}

export const otherMark = read({ kind: 'state', state: { ...wellState, mark: 'b'.repeat(64) } } as const);

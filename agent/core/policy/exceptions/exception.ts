/**
 * A finding that an author accepts, with the reason (contract 2; policies/README.md, "Accepting a finding").
 *
 * Knows: how an exception is worded, in a comment or in an ignore file. Promises: a wording that is not understood is
 * kept as such, so that it can be told. Must never: accept anything without a reason.
 */
import type { Place } from '../text.ts';

/** One exception as it is written. */
export interface Exception {
  /** Rule ids or names, as written; empty when the wording was not understood. */
  readonly rules: readonly string[];
  /** Why; empty when none is given, and then nothing is accepted. */
  readonly reason: string;
  /** Where it stands, for a person: `line 3`, `.lapsaccept:3`. */
  readonly where: string;
  /** What it is about in an ignore file, where it is then told what is wrong with it: a path; absent for a comment. */
  readonly about?: string;
  /** Where it stands, in the policy file or in the ignore file. */
  readonly place: Place;
  /** First and last line it covers; absent: the whole file. */
  readonly lines?: { readonly from: number; readonly to: number };
}

/** An exception after the other rules have spoken: one for each rule it names. */
export interface WeighedException {
  readonly exception: Exception;
  /** As written; empty when the wording was not understood. */
  readonly rule: string;
  readonly state:
    | 'used'
    | 'unused'
    | 'noFile'
    | 'noReason'
    | 'notUnderstood'
    | 'noColon'
    | 'noSuchRule'
    | 'notAcceptable';
  /** With `noColon`: the line as it was meant. */
  readonly meant?: string;
}

/** `the exception for LAPS036 (line 3)`, `the exception of *.pol for LAPS030`. */
export function exceptionText(rule: string, { about, where }: Exception): string {
  return about === undefined ? `the exception for ${rule} (${where})` : `the exception of ${about} for ${rule}`;
}

/** What stands after `laps-accept`: `LAPS036: the reason`, several rules separated by commas. */
export function wordingOf(text: string): { readonly rules: readonly string[]; readonly reason: string } {
  const found = /^\s*([\w./-]+(?:\s*,\s*[\w./-]+)*)\s*(?::\s*(.*?)\s*)?$/s.exec(text);
  if (found?.[1] === undefined) return { rules: [], reason: '' };
  return { rules: found[1].split(/\s*,\s*/), reason: found[2] ?? '' };
}

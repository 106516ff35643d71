/**
 * What a rule is given and what it says.
 *
 * Knows: shapes only. Promises: an id never changes its meaning and is never used again. Must never: hold a rule; each
 * has a file of its own, and rules.ts is the table.
 */
import type { JoinType, PolicyRootName } from '../../ports.ts';
import type { PolicyDocument } from '../document.ts';
import type { OsBuild } from '../os.ts';
import type { EffectivePolicy } from '../resolve.ts';
import type { Place } from '../text.ts';

export type Severity = 'error' | 'warning' | 'info';

export interface RuleContext {
  readonly document: PolicyDocument;
  readonly root: PolicyRootName;
  readonly os: OsBuild;
  /** Undefined when the author did not say. */
  readonly joinType: JoinType | undefined;
  /** What a device makes of this file alone. */
  readonly policy: EffectivePolicy;
  /** Paths of the other files that are judged in the same run. */
  readonly others: readonly string[];
}

/** What a rule found at one place. */
export interface Report {
  readonly setting?: string;
  readonly message: string;
  /** What the device would do. */
  readonly effect?: string;
  /** What the author can do. */
  readonly hint?: string;
  readonly place: Place;
}

export interface Rule {
  readonly id: `LAPS${number}`;
  readonly name: string;
  readonly severity: Severity;
  /** One sentence for the reference. */
  readonly summary: string;
  check(context: RuleContext): readonly Report[];
}

/** A report with the rule that made it, as contract 3 prints it. */
export interface Finding extends Report {
  readonly rule: string;
  readonly name: string;
  readonly severity: Severity;
}

/**
 * What a rule is given and what it says.
 *
 * Knows: shapes only. Promises: an id never changes its meaning and is never used again. Severity means: error, the
 * device will not do what the file says; warning, it will, but an author would want to know; info, worth knowing. Must
 * never: hold a rule; each has a file of its own, and rules.ts is the table.
 */
import type { JoinType, PolicyRootName } from '../../ports.ts';
import type { ParsedSetting, PolicyDocument } from '../document.ts';
import type { WeighedException } from '../exceptions/exception.ts';
import type { OsBuild } from '../os.ts';
import type { EffectivePolicy } from '../resolve.ts';
import type { SettingValue } from '../settings.ts';
import type { Place } from '../text.ts';
import type { JudgedSetting } from '../values.ts';

export type Severity = 'error' | 'warning' | 'info';

/** A setting whose value a device takes as it stands. */
export interface TakenSetting {
  readonly setting: ParsedSetting;
  readonly value: SettingValue;
}

/** An account's name. */
export interface GivenName extends TakenSetting {
  readonly value: string;
  /** Whether LAPS creates the account itself under this name. */
  readonly automatic: boolean;
}

/** A file of the run as a device of one build reads it. */
export interface FileView {
  readonly document: PolicyDocument;
  readonly root: PolicyRootName;
  /** What a device makes of this file alone. */
  readonly policy: EffectivePolicy;
  /** In the order of the text. */
  readonly settings: readonly JudgedSetting[];
  /** Those that a device does not take as they stand, where no later one of the name takes them back: mostly none. */
  readonly odd: readonly JudgedSetting[];
  /** By name; of a name that stands twice the last, whatever its value. */
  readonly given: ReadonlyMap<string, JudgedSetting>;
  /** The account names that a device would use, empty ones aside. */
  readonly names: readonly GivenName[];
  /** The root that the file's own name stands for in a policy folder. */
  readonly namedRoot: PolicyRootName | undefined;
}

/** The other files of the same folder that may reach the same device. */
export interface Neighbours {
  /** Files whose names stand for a root, as in a policy folder (contract 4). */
  readonly roots: readonly FileView[];
  /** Exports of Intune, in the order they were named. */
  readonly intune: readonly FileView[];
  /** The policies of this file, this one among them, where it holds more than one. */
  readonly siblings: readonly FileView[];
}

export interface RuleContext extends FileView {
  /** The build that is judged for; with several, a rule is asked once for each. */
  readonly os: OsBuild;
  /** All builds of the run, `os` among them: what one does not use another may. */
  readonly builds: readonly OsBuild[];
  /** Undefined when the author did not say. */
  readonly joinType: JoinType | undefined;
  readonly neighbours: Neighbours;
  /** The exceptions that concern this file; empty until every other rule has spoken. */
  readonly exceptions: readonly WeighedException[];
}

/** What a rule found at one place. */
export interface Report {
  readonly setting?: string;
  readonly message: string;
  /** What the device would do. */
  readonly effect?: string;
  /** What the author can do; absent: the rule's own hint. */
  readonly hint?: string;
  /** Where this case weighs less than the rule's others; absent: the rule's own. */
  readonly severity?: Severity;
  readonly place: Place;
}

/** What a rule says of itself, for `laps rules` and policies/README.md. */
export interface RuleText {
  readonly id: string;
  readonly name: string;
  readonly severity: Severity;
  /** One sentence for the table. */
  readonly summary: string;
  /** What to do about it, where a report says nothing better. */
  readonly hint: string;
  /** A paragraph or two: why it matters, what Windows does, from which source. */
  readonly documentation: string;
  /** Where a requirement comes from; the rules of a baseline have one. */
  readonly source?: string;
}

export interface Rule extends RuleText {
  /** Which roots it is about: `modern` are CSP, GPO and Local. */
  readonly roots: 'all' | 'modern' | 'legacy';
  /** False where a device refuses the file whatever an author accepts; absent: true. */
  readonly acceptable?: false;
  /** True for the rules about exceptions, which are asked when every other rule has spoken. */
  readonly last?: true;
  check(context: RuleContext): readonly Report[];
}

/** A rule about exceptions, asked when every other rule has spoken. */
export interface LateRule extends Rule {
  readonly last: true;
  check(context: Pick<RuleContext, 'exceptions'>): readonly Report[];
}

/** A report with the rule that made it, as contract 3 prints it. */
export interface Finding extends Report {
  readonly rule: string;
  readonly name: string;
  readonly severity: Severity;
  /** The policy it is about, as partText writes it, where the file holds more than one. */
  readonly policy?: string;
  /** The builds it concerns, where several were asked about and not all are. */
  readonly builds?: readonly string[];
  readonly source?: string;
}

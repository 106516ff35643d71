/** The form of a baseline (policies/baseline.schema.json). Knows: shapes only. Must never: read or judge. */
import type { Severity } from '../rules/rule.ts';
import type { SettingName } from '../settings.ts';

interface Common {
  /** Unique in the file; the rule's id is `name/id`. */
  readonly id: string;
  /** What the author of a policy is told: the requirement in words. */
  readonly because?: string;
  /** Absent: warning. */
  readonly severity?: Severity;
  /** Absent: the baseline's own. */
  readonly source?: string;
}

/** A setting held to a value, a list or bounds; judged by what the device uses, where it applies. */
export interface SettingRequirement extends Common {
  readonly setting: SettingName;
  readonly value?: number | string | boolean;
  readonly oneOf?: ReadonlyArray<number | string | boolean>;
  readonly minimum?: number;
  readonly maximum?: number;
  /** True: the file must say it itself; the default does not satisfy it. */
  readonly explicit?: boolean;
}

/** The strength of what is drawn, in bits as spec 3.4 counts them. */
export interface BitsRequirement extends Common {
  readonly minimumBits: number;
  /** Absent: both. */
  readonly when?: 'password' | 'passphrase';
}

export type Requirement = SettingRequirement | BitsRequirement;

export interface Baseline {
  readonly name: string;
  readonly title?: string;
  readonly source?: string;
  readonly requirements: readonly Requirement[];
}

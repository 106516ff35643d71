/**
 * The simulated machine's own password policy, which judges LAPS' passwords like anybody's (spec 3.2, 10027).
 *
 * Knows: minimum length, and Windows' complexity rule. Promises: the same verdict for the same candidate. Must never: put
 * the candidate into its answer.
 *
 * Complexity is off unless the accounts file switches it on. That is what a stand-alone Windows client has, and it is
 * what lets passphrases work out of the box: they have upper- and lower-case letters only (spec 3.3), two classes where
 * the rule wants three. Whether Windows then answers 10027 is not known (spec, open question O13); this machine does.
 */

/** As the accounts file holds it. */
export interface MachinePolicy {
  /** Characters. */
  readonly minimumLength: number;
  /** Windows' "password must meet complexity requirements". */
  readonly complexity: boolean;
  /** Wrong passwords in a row that lock an account; 0: never. */
  readonly lockoutThreshold: number;
  /** After which a locked account opens again by itself. */
  readonly lockoutMinutes: number;
}

export const defaultMachinePolicy: MachinePolicy = {
  minimumLength: 8,
  complexity: false,
  lockoutThreshold: 10,
  lockoutMinutes: 10,
};

/** Upper case, lower case, digits, other letters, and all the rest: three of them make a complex password. */
const classes = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /(?![\p{Lu}\p{Ll}])\p{L}/u, /[^\p{L}\p{Nd}]/u];

/** Undefined when acceptable, else what is wrong, in words that complete "the password …". */
export function objectionOf(policy: MachinePolicy, candidate: string, accountName: string): string | undefined {
  const length = [...candidate].length;
  if (length < policy.minimumLength) return `has fewer than ${policy.minimumLength} characters`;
  // The tenant's limit (contract 5), and scrypt must not be fed for ever.
  if (length > 256) return 'has more than 256 characters';
  if (!policy.complexity) return undefined;
  if (classes.filter((each) => each.test(candidate)).length < 3) return 'uses fewer than three kinds of characters';
  const name = accountName.toLowerCase();
  if (name.length > 2 && candidate.toLowerCase().includes(name)) return "contains the account's name";
  return undefined;
}

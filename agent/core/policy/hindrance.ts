/**
 * What in a policy keeps a device from backing up though the policy asks for it: an account's name under which no
 * account can be, a principal that Windows cannot map (spec 2.2, 2.3, 6.3).
 *
 * Knows: what a name or a principal as it stands in a file leads to. Promises: the one judgement of it, which the rules
 * report and explain and diff tell, so that they cannot contradict one another; what no source establishes is not held
 * for certain. Must never: look at the device (its join, its build); windowsDevice.ts does.
 */
import { characterText, forbiddenIn, isBuiltInName, isPadded, longestName, longestPrefix } from './accountName.ts';
import type { ParsedSetting, PolicyDocument } from './document.ts';
import { mistakeInPrincipal } from './rules/principal.ts';
import { inQuotes, withoutEnd } from './text.ts';
import { meantText, writtenText } from './written.ts';

export type HindranceKind = 'nameTooLong' | 'nameIllegal' | 'spacesAround' | 'principalUnmappable';

export interface Hindrance {
  readonly kind: HindranceKind;
  /** Where it stands. */
  readonly setting: ParsedSetting;
  readonly message: string;
  /** What the device does. */
  readonly effect: string;
  /** What the author can do, where something better is known than what the rule says. */
  readonly hint?: string;
  /** False: whether the device backs up is documented nowhere. */
  readonly certain: boolean;
  /** The event in which Windows tells it; absent where none is known. */
  readonly event?: 10013 | 10034 | 10035;
}

/** A text that a device looks at, as a file gives it. */
export interface UsedText {
  readonly setting: ParsedSetting;
  readonly value: string;
}

/** The texts of a policy that can hinder, each only where the device looks at it and it is not empty. */
export interface HinderingTexts {
  readonly document: Pick<PolicyDocument, 'format' | 'source'>;
  /** The account that is looked up by name. */
  readonly account: UsedText | undefined;
  /** The account that LAPS makes or takes over itself. */
  readonly automatic:
    | (UsedText & {
        readonly target: 'builtIn' | 'own';
        /** Whether random digits are added, which leaves of the name only its beginning. */
        readonly hasSuffix: boolean;
      })
    | undefined;
  /** Who may decrypt in Active Directory. */
  readonly principal: UsedText | undefined;
}

/** A value's text as it stands in the file, within one line; empty in a binary file. */
export function rawText({ source }: Pick<PolicyDocument, 'source'>, { valuePlace }: ParsedSetting): string {
  if (valuePlace.line !== valuePlace.endLine) return '';
  return source.line(valuePlace.line).slice(valuePlace.column - 1, valuePlace.endColumn - 1);
}

type Outcome = Pick<Hindrance, 'effect' | 'certain' | 'event'>;

const notFound: Outcome = {
  effect: 'the device finds no such account and backs nothing up (event 10013), though the policy shows as applied',
  certain: true,
  event: 10013,
};
const notTaken: Outcome = {
  effect:
    'the device manages the built-in Administrator, which cannot take this name; what it does instead is documented nowhere',
  certain: false,
};
const notMade: Outcome = {
  effect: 'the device cannot create an account of this name and backs nothing up',
  certain: true,
};
/** Spec 6.3 leaves it open; the template of Group Policy lets nobody write such a name. */
const notMadeSo: Outcome = {
  effect: 'whether the device cuts the name, or makes no account and backs nothing up, is documented nowhere',
  certain: false,
};
const perhapsMade: Outcome = {
  effect: 'whether the device makes an account of this name, and finds it again, is documented nowhere',
  certain: false,
};

interface Name extends UsedText {
  readonly hasSuffix: boolean;
  /** What to do where the name, its spaces aside, is the built-in Administrator's own; absent: as with any other. */
  readonly ifBuiltIn?: string;
  readonly outcomes: { readonly tooLong: Outcome; readonly illegal: Outcome; readonly padded: Outcome };
}

function namesIn({ account, automatic }: HinderingTexts): readonly Name[] {
  const names: Name[] = [];
  if (account !== undefined)
    names.push({
      ...account,
      hasSuffix: false,
      ifBuiltIn: 'remove the name: the built-in Administrator is then found whatever it is called',
      outcomes: { tooLong: notFound, illegal: notFound, padded: notFound },
    });
  if (automatic !== undefined) {
    const outcomes =
      automatic.target === 'builtIn'
        ? { tooLong: notTaken, illegal: notTaken, padded: notTaken }
        : { tooLong: notMadeSo, illegal: notMade, padded: perhapsMade };
    const ifBuiltIn = 'write another name, without spaces, or AutomaticAccountManagementTarget 0';
    names.push({
      ...automatic,
      ...(automatic.target === 'own' && !automatic.hasSuffix && { ifBuiltIn }),
      outcomes,
    });
  }
  return names;
}

type Mistake = Pick<Hindrance, 'message' | 'hint'>;

function illegalIn(name: Name, { format, source }: HinderingTexts['document']): Mistake | undefined {
  // A domain before the name, with a backslash that the shape took for something else, is a domain before the name.
  const whole = meantText(name.value, format, rawText({ source }, name.setting)) ?? name.value;
  // Digits stand behind a prefix, or in the place of its end: what no name may end with is no matter then.
  const value = name.hasSuffix ? whole.trim().slice(0, longestPrefix) : whole;
  const said = name.setting.name;
  if (!name.hasSuffix && /^[.\s]+$/.test(value)) return { message: `${said} is made of dots and spaces only` };
  const bare = (/^[^\\]*\\([^\\]+)$/.exec(value) ?? /^([^@]+)@[^@]+$/.exec(value))?.[1];
  if (bare !== undefined && forbiddenIn(bare).length === 0)
    return {
      message: `${said} names a domain or computer as well; a local account is named alone`,
      hint: `write ${bare}`,
    };
  const bad = forbiddenIn(value);
  if (bad.length > 0) {
    const words = [...new Set(bad.map(characterText))].join(' ');
    return { message: `${said} holds what no account name may hold: ${words}` };
  }
  if (!name.hasSuffix && value.trim().endsWith('.'))
    return {
      message: `${said} ends with a dot, as no account name may`,
      hint: `write ${withoutEnd(value.trim(), '.')}`,
    };
  return undefined;
}

function hindrancesOfName(name: Name, document: HinderingTexts['document']): Hindrance[] {
  const found: Hindrance[] = [];
  const { setting, outcomes } = name;
  const { length } = name.value.trim();
  if (length > longestName && !name.hasSuffix)
    found.push({
      kind: 'nameTooLong',
      setting,
      message: `${setting.name} has ${length} characters; a local account has at most ${longestName}`,
      ...outcomes.tooLong,
    });
  const illegal = illegalIn(name, document);
  if (illegal !== undefined) found.push({ kind: 'nameIllegal', setting, ...illegal, ...outcomes.illegal });
  if (isPadded(name.value)) {
    const told = padding(name, document);
    // One hint that ends the matter: without its spaces the name would be the next finding (LAPS029).
    const hint = isBuiltInName(name.value.trim()) ? name.ifBuiltIn : undefined;
    found.push({ kind: 'spacesAround', setting, ...told, ...(hint !== undefined && { hint }), ...outcomes.padded });
  }
  return found;
}

const padding = ({ setting, value }: UsedText, { format }: HinderingTexts['document']): Mistake => ({
  message: `${setting.name} has spaces around it: ${inQuotes(value)}`,
  hint: `write ${writtenText(value.trim(), format)}`,
});

function hindrancesOfPrincipal(principal: UsedText, document: HinderingTexts['document']): Hindrance[] {
  const found: Hindrance[] = [];
  const { setting, value } = principal;
  if (value.trim() === '') return found;
  const mistake = mistakeInPrincipal(value, document.format, rawText(document, setting));
  if (mistake !== undefined) found.push({ kind: 'principalUnmappable', setting, certain: true, ...mistake });
  if (isPadded(value))
    found.push({
      kind: 'spacesAround',
      setting,
      ...padding(principal, document),
      effect: 'the device may fail to find who shall decrypt, and then backs nothing up (event 10035)',
      certain: false,
      event: 10035,
    });
  return found;
}

const nothing: readonly Hindrance[] = [];

/** What hinders, in the order in which a device would meet it: the account before the directory (spec 4.3). */
export function hindrancesIn(texts: HinderingTexts): readonly Hindrance[] {
  const { document, account, automatic, principal } = texts;
  if (account === undefined && automatic === undefined && principal === undefined) return nothing;
  return [
    ...namesIn(texts).flatMap((name) => hindrancesOfName(name, document)),
    ...(principal === undefined ? nothing : hindrancesOfPrincipal(principal, document)),
  ];
}

/** Names that the account database refuses, so that no account can carry them. */

import { withoutEnd } from '../text.ts';
import { meantText } from '../written.ts';
import { rawText } from './facts.ts';
import { characterText, forbiddenIn, lookupFails } from './names.ts';
import type { GivenName, Report, Rule, RuleContext } from './rule.ts';

function mistakeIn(name: GivenName, context: RuleContext): Pick<Report, 'message' | 'hint'> | undefined {
  // A domain before the name, with a backslash that the shape took for something else, is a domain before the name.
  const value = meantText(name.value, context.document.format, rawText(context, name.setting)) ?? name.value;
  const said = name.setting.name;
  if (/^[.\s]+$/.test(value)) return { message: `${said} is made of dots and spaces only` };
  const qualified = /^[^\\]*\\([^\\]+)$/.exec(value) ?? /^([^@]+)@[^@]+$/.exec(value);
  const bare = qualified?.[1];
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
  if (value.trim().endsWith('.'))
    return {
      message: `${said} ends with a dot, as no account name may`,
      hint: `write ${withoutEnd(value.trim(), '.')}`,
    };
  return undefined;
}

export const accountNameIllegal: Rule = {
  id: 'LAPS026',
  name: 'account-name-illegal',
  severity: 'error',
  summary: 'An account name holds characters, or ends in a way, that no local account may have.',
  hint: 'write letters, digits, spaces inside, -, _ and dots inside',
  documentation:
    'A local account name may not hold any of " / \\ [ ] : ; | = , + * ? < > @ nor control characters, may not end with a dot, and may not be made of dots and spaces only. It stands alone: DOMAIN\\name, .\\name and name@domain are ways to sign in, not names. Under anything else the device finds no account (event 10013), or cannot create one.',
  roots: 'all',
  check(context) {
    return context.names.flatMap((name) => {
      const mistake = mistakeIn(name, context);
      if (mistake === undefined) return [];
      return [
        { setting: name.setting.name, ...mistake, effect: lookupFails(name, context), place: name.setting.valuePlace },
      ];
    });
  },
};

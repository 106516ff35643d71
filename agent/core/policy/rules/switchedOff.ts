/** A GPO's half or a preference item can be switched off and keep all it holds; it then looks like policy and is none. */
import type { Rule } from './rule.ts';

/** So many names are told; the rest are counted. */
const mostNames = 4;

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, mostNames);
  const more = names.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
}

export const switchedOff: Rule = {
  id: 'LAPS063',
  name: 'switched-off',
  severity: 'warning',
  summary: 'Settings stand in a part of the file that is switched off.',
  hint: 'switch it on in the Group Policy editor, or remove it',
  documentation:
    'A GPO can have its computer half disabled, and an item of Group Policy Preferences, or the collection around it, can be disabled by itself. All of it stays in the report or the file, and none of it reaches a device: nothing of it is judged here, shown by explain or written by convert.',
  roots: 'all',
  check({ document }) {
    return (document.switchedOff ?? []).map(({ what, names, place }) => ({
      message: `${what} is switched off: ${namesText(names)}`,
      effect: 'none of it reaches a device',
      place,
    }));
  },
};

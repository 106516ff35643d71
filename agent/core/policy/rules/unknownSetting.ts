/** A name that Windows does not know is passed over in silence; most are typing mistakes, so the nearest name is told. */
import type { IntuneSpot } from '../document.ts';
import { catalogPrefix } from '../formats/uri.ts';
import { foundBy } from '../lookUp.ts';
import { nearestName } from '../nearest.ts';
import { isLegacyName, isSettingName, type LegacyName, legacyRows, namesOf, rootRows } from '../settings.ts';
import { ageIdBeneath, isMistakenPlace } from '../strays.ts';
import { inQuotes } from '../text.ts';
import type { Rule, RuleContext } from './rule.ts';

/** In a file with more unknown names than this it is not the spelling that is wrong, and to look for each one's costs. */
const mostSuggestions = 50;
const general = 'laps settings lists all settings';

/** Names as people shorten them. */
const inFull = (name: string): string =>
  name.replace(/pwd/gi, 'Password').replace(/admin(?!istrator)/gi, 'Administrator');

/** The name that was meant: the nearest, as written or in full; else the only one that this is a part of. */
function meantName(name: string, names: readonly string[]): string | undefined {
  // Longer than anything that could be near, and a hostile file has many of them.
  if (name.length > 100) return undefined;
  const near = nearestName(name, names) ?? nearestName(inFull(name), names);
  if (near !== undefined) return near;
  const parts = foundBy(name, names, (each) => each);
  return parts.length === 1 && name.length > 4 ? parts[0] : undefined;
}

const isOnlyModern = (name: string): boolean => isSettingName(name) && !isLegacyName(name);
const isOnlyLegacy = (name: string): boolean => isLegacyName(name) && !isSettingName(name);

/** Whether all that can tell the two products apart is of the other one: then the root is wrong, and no name is. */
const isWholeOf = (
  { settings }: RuleContext,
  own: (name: string) => boolean,
  other: (name: string) => boolean,
): boolean => settings.some(({ setting }) => own(setting.name)) && !settings.some(({ setting }) => other(setting.name));

/** The name of a legacy value in a policy of Windows LAPS. */
function legacyHint(name: LegacyName, context: RuleContext): string {
  const { feeds } = legacyRows[name];
  const here = feeds === null ? 'BackupDirectory 1 or 2 switches management on' : `write ${feeds}`;
  // A name or a key says for which product the file is; without either it may be for the other.
  const isOpen = context.namedRoot === undefined && context.document.root === undefined;
  if (isOpen && isWholeOf(context, isOnlyLegacy, isOnlyModern))
    return `for a policy of legacy LAPS, say --root legacy; in Windows LAPS ${here}`;
  return feeds === null ? `${name} belongs to legacy LAPS; here ${here}` : `${name} is the legacy name; ${here}`;
}

/** The name of a setting of Windows LAPS in a legacy policy. */
function modernHint(name: string, context: RuleContext): string {
  const where = `it is read under ${rootRows.GPO.key} or by MDM`;
  if (!isModernWhole(context)) return `${name} is a Windows LAPS name; ${where}`;
  return context.namedRoot === 'Legacy'
    ? 'this is a policy of Windows LAPS: name the file csp, gpo or local'
    : 'this is a policy of Windows LAPS: judge it without --root legacy';
}

function hintFor(name: string, context: RuleContext, intune: IntuneSpot | undefined): string {
  const { root } = context;
  if (root !== 'Legacy' && isLegacyName(name)) return legacyHint(name, context);
  if (root === 'Legacy' && isSettingName(name)) return modernHint(name, context);
  const near = meantName(name, namesOf(root));
  if (near === undefined) return general;
  // What an author of an export has to write is the id of the definition, not the name of the value.
  if (intune === undefined) return `did you mean ${near}?`;
  const id = near === 'PasswordAgeDays' ? ageIdBeneath(intune.parent) : near.toLowerCase();
  return `did you mean ${catalogPrefix}${id}?`;
}

/** A name that begins or ends with a space stands in quotes, so that the space is seen. */
const shownName = (name: string): string =>
  name === '' ? 'an empty name' : name.trim() === name ? name : inQuotes(name);

/** Whether a file that is judged as a legacy policy is one of Windows LAPS, by all the names that tell. */
export const isModernWhole = (context: RuleContext): boolean => isWholeOf(context, isOnlyModern, isOnlyLegacy);

export const unknownSetting: Rule = {
  id: 'LAPS007',
  name: 'unknown-setting',
  severity: 'error',
  summary: 'No setting has this name.',
  hint: general,
  documentation:
    "Windows passes over a name it does not know and says nothing: the setting that was meant keeps its default. Names of the older Microsoft LAPS differ from today's, and each is read under its own key only. An unknown name alone never makes a root the active one.",
  roots: 'all',
  check(context) {
    const { odd, root, document } = context;
    // What is keyed for another root is no mistake of its names; mixed-roots tells it.
    if (document.root !== undefined && document.root !== root) return [];
    return odd
      .filter(({ setting, verdict }) => verdict.kind === 'unknown' && !isMistakenPlace(setting.name))
      .map(({ setting: { name, namePlace, intune } }, at) => ({
        setting: name,
        message: `${shownName(name)} is not a setting of ${root === 'Legacy' ? 'legacy LAPS' : 'Windows LAPS'}`,
        effect: 'the device ignores it',
        hint: at < mostSuggestions ? hintFor(name, context, intune) : general,
        place: namePlace,
      }));
  },
};

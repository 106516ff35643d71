/** A name that Windows does not know is passed over in silence; most are typing mistakes, so the nearest name is told. */
import type { PolicyRootName } from '../../ports.ts';
import { catalogPrefix } from '../formats/uri.ts';
import { foundBy } from '../lookUp.ts';
import { nearestName } from '../nearest.ts';
import { isLegacyName, isSettingName, legacyRows, namesOf, rootRows } from '../settings.ts';
import { isMistakenPlace } from '../strays.ts';
import type { Rule } from './rule.ts';

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

function hintFor(name: string, root: PolicyRootName, isCatalogId: boolean): string {
  if (root !== 'Legacy' && isLegacyName(name)) {
    const { feeds } = legacyRows[name];
    if (feeds !== null) return `${name} is the legacy name; write ${feeds}`;
    return `${name} belongs to legacy LAPS; here BackupDirectory 1 or 2 switches management on`;
  }
  if (root === 'Legacy' && isSettingName(name))
    return `${name} is a Windows LAPS name; it is read under ${rootRows.GPO.key} or by MDM`;
  const near = meantName(name, namesOf(root));
  if (near === undefined) return general;
  // What an author of an export has to write is the id of the definition, not the name of the value.
  return isCatalogId ? `did you mean ${catalogPrefix}${near.toLowerCase()}?` : `did you mean ${near}?`;
}

/** A name that begins or ends with a space stands in quotes, so that the space is seen. */
const shownName = (name: string): string =>
  name === '' ? 'an empty name' : name.trim() === name ? name : JSON.stringify(name);

export const unknownSetting: Rule = {
  id: 'LAPS007',
  name: 'unknown-setting',
  severity: 'error',
  summary: 'No setting has this name.',
  hint: general,
  documentation:
    "Windows passes over a name it does not know and says nothing: the setting that was meant keeps its default. Names of the older Microsoft LAPS differ from today's, and each is read under its own key only. An unknown name alone never makes a root the active one.",
  roots: 'all',
  check({ odd, root }) {
    return odd
      .filter(({ setting, verdict }) => verdict.kind === 'unknown' && !isMistakenPlace(setting.name))
      .map(({ setting: { name, namePlace, intune } }, at) => ({
        setting: name,
        message: `${shownName(name)} is not a setting of ${root === 'Legacy' ? 'legacy LAPS' : 'Windows LAPS'}`,
        effect: 'the device ignores it',
        hint: at < mostSuggestions ? hintFor(name, root, intune !== undefined) : general,
        place: namePlace,
      }));
  },
};

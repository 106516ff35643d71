/**
 * What a person means who asks for a setting or a rule by some word of it.
 *
 * Knows: the ways in which settings are named elsewhere (URI, registry key, Intune's ids, legacy values). Promises: an
 * exact name stands alone; else everything that the word is a part of, in the order of the table; a root asks for itself.
 * Must never: be used to read a policy; it only finds pages of the reference.
 */
import type { PolicyRootName } from '../ports.ts';
import { meaningOfKey, meaningOfUri } from './formats/roots.ts';
import { catalogPrefix } from './formats/uri.ts';
import {
  isLegacyName,
  type LegacyName,
  legacyNames,
  rootNames,
  type SettingName,
  settingNames,
  settingRows,
} from './settings.ts';
import { meantPlace } from './strays.ts';
import { withoutEnd } from './text.ts';

/** A word without case, spaces and joints; `pwd` is how people write password. */
const plain = (word: string): string =>
  word
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
    .replaceAll('pwd', 'password');

/** The name at the end of a URI, a key or an Intune id; a word that is none of them stays as it is. */
function bare(word: string): string {
  const last = word.trim().split(/[\\/]/).at(-1) ?? '';
  const lower = last.toLowerCase();
  if (!lower.startsWith(catalogPrefix)) return last;
  return lower.slice(catalogPrefix.length).replace(/_(aad|true|false|\d+)$/, '');
}

/** Rows of which the word is a part, by what is said of each: the first way of saying it that finds any counts. */
export function foundBy<Row>(
  word: string,
  rows: readonly Row[],
  ...ways: ReadonlyArray<(row: Row) => string>
): readonly Row[] {
  const wanted = plain(word);
  if (wanted.length < 2) return [];
  for (const way of ways) {
    const found = rows.filter((row) => plain(way(row)).includes(wanted));
    if (found.length > 0) return found;
  }
  return [];
}

export type SettingAnswer =
  | { readonly kind: 'settings'; readonly names: readonly SettingName[] }
  | { readonly kind: 'legacy'; readonly name: LegacyName }
  | { readonly kind: 'root'; readonly root: PolicyRootName }
  /** A key or URI that looks like LAPS and is none; `meant` is the one to write. */
  | { readonly kind: 'stray'; readonly meant: string }
  | { readonly kind: 'nothing' };

const sameName = <Name extends string>(names: readonly Name[], word: string): Name | undefined =>
  names.find((name) => name.toLowerCase() === word.toLowerCase());

/** What a word is to the roots: the name of one, its key or its URI, or one of those mistyped. */
function rootMeant(word: string): SettingAnswer | undefined {
  const place = withoutEnd(word.trim(), '\\/');
  const called = sameName(rootNames, place);
  if (called !== undefined) return { kind: 'root', root: called };
  if (!/[\\/]/.test(place)) return undefined;
  const key = meaningOfKey(place);
  if (key.kind === 'root') return { kind: 'root', root: key.root };
  const uri = meaningOfUri(place);
  if (uri.kind === 'allSettings') return { kind: 'root', root: 'CSP' };
  return key.kind === 'stray' && uri.kind !== 'unrelated' ? { kind: 'stray', meant: meantPlace(place) } : undefined;
}

/** Which settings, or which root, a word asks for. */
export function settingsMeant(word: string): SettingAnswer {
  const root = rootMeant(word);
  if (root?.kind === 'root') return root;
  const name = bare(word);
  const exact = sameName(settingNames, name);
  if (exact !== undefined) return { kind: 'settings', names: [exact] };
  const legacy = sameName(legacyNames, name);
  if (legacy !== undefined && isLegacyName(legacy)) return { kind: 'legacy', name: legacy };
  if (root !== undefined) return root;
  const names = foundBy(
    name,
    settingNames,
    (each) => each,
    (each) => [settingRows[each].summary, ...(settingRows[each].values ?? []).map(({ words }) => words)].join(' '),
  );
  return names.length === 0 ? { kind: 'nothing' } : { kind: 'settings', names };
}

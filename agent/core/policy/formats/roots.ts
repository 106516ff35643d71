/**
 * Where LAPS policy lives: registry keys and OMA-URIs to the root they stand for (spec 1.1, 2).
 *
 * Knows: the four roots by key and the CSP's URI; what merely looks like one of them. Promises: keys and value names
 * ignore case, as the registry does; URIs do not. Must never: call a key of something else a near miss.
 */
import type { PolicyRootName } from '../../ports.ts';
import type { Stray } from '../document.ts';
import { legacyNames, rootNames, rootRows, settingNames } from '../settings.ts';
import { hasUnseen, isNearPlace, looksLikeLaps } from '../strays.ts';
import { type Place, withoutEnd } from '../text.ts';
import { cspPrefix, deviceUri } from './uri.ts';

/** What a key or URI is to LAPS. `stray`: it looks like one, but no Windows reads policy from it. */
export type KeyMeaning =
  | { readonly kind: 'root'; readonly root: PolicyRootName }
  | { readonly kind: 'stray' }
  | { readonly kind: 'unrelated' };

const unrelated: KeyMeaning = { kind: 'unrelated' };
const stray: KeyMeaning = { kind: 'stray' };
/** The one action that changes something: a reset of the password, now (spec 7). */
const resetAction = cspPrefix.replace(/Policies$/, 'Actions/ResetPassword');

/** A key without hive synonyms, doubled or trailing backslashes and case. */
export const normalKey = (key: string): string =>
  withoutEnd(key, '\\')
    .replace(/^(HKEY_LOCAL_MACHINE|MACHINE)\\/i, 'HKLM\\')
    .toLowerCase();

const rootByKey = new Map<string, PolicyRootName>(rootNames.map((root) => [normalKey(rootRows[root].key), root]));

/** The root whose values stand right under a key; a list of one or none. */
export function rootsAt(key: string): readonly PolicyRootName[] {
  const root = rootByKey.get(normalKey(key));
  return root === undefined ? [] : [root];
}

/** The roots that go when a whole key goes. */
export function rootsBelow(key: string): readonly PolicyRootName[] {
  const normal = normalKey(key);
  return rootNames.filter((root) => `${normalKey(rootRows[root].key)}\\`.startsWith(`${normal}\\`));
}

/** Longer than any key of LAPS and its near misses; not worth a look. */
const longestKey = 1024;
/** The last key asked for: a file asks for the same one at each of its values, and may hold a million of them. */
let last: { readonly key: string; readonly meaning: KeyMeaning } = { key: '', meaning: unrelated };

function freshMeaning(key: string): KeyMeaning {
  if (key.length > longestKey) return unrelated;
  const root = rootByKey.get(normalKey(key));
  if (root !== undefined) return { kind: 'root', root };
  return looksLikeLaps(key) ? stray : unrelated;
}

/** The meaning of a full key, hive included. */
export function meaningOfKey(key: string): KeyMeaning {
  if (last.key !== key) last = { key, meaning: freshMeaning(key) };
  return last.meaning;
}

/** Value names that only LAPS has, so that one of them under a foreign key is a near miss. */
const unmistakable = new Set(
  [...settingNames, ...legacyNames]
    .filter((name) =>
      /^(ADPassword|ADEncrypted|ADBackup|AdmPwd|Passphrase|PostAuth|AutomaticAcc|Pwd|PasswordExp)/.test(name),
    )
    .map((name) => name.toLowerCase()),
);

const spelling = (names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(names.map((name) => [name.toLowerCase(), name]));
const modernSpelling = spelling(settingNames);
const legacySpelling = spelling(legacyNames);

/** The meaning of a value under a key: a name that only LAPS has gives away a wrong key, any of its names a near one. */
export function meaningOfValue(key: string, name: string): KeyMeaning {
  const meaning = meaningOfKey(key);
  if (meaning.kind !== 'unrelated') return meaning;
  const lower = name.toLowerCase();
  if (unmistakable.has(lower)) return stray;
  return (modernSpelling.has(lower) || legacySpelling.has(lower)) && isNearPlace(key) ? stray : unrelated;
}

/** A value name in the table's own spelling; a name that is in no table stays as it is. */
export function spelledName(root: PolicyRootName, name: string): string {
  return (root === 'Legacy' ? legacySpelling : modernSpelling).get(name.toLowerCase()) ?? name;
}

export type UriMeaning =
  | { readonly kind: 'setting'; readonly name: string }
  | { readonly kind: 'allSettings' }
  /** A command (spec 7), not policy. */
  | { readonly kind: 'action' }
  | { readonly kind: 'stray' }
  | { readonly kind: 'unrelated' };

/**
 * The meaning of an OMA-URI, in either spelling. Nodes that only answer, such as an action's status, are unrelated. A
 * setting's URI with a space or a slash at its end names another node, which no device has.
 */
export function meaningOfUri(uri: string): UriMeaning {
  const spelled = deviceUri(uri);
  const full = withoutEnd(spelled.trim(), '/');
  if (full === cspPrefix) return spelled.trim() === spelled ? { kind: 'allSettings' } : { kind: 'stray' };
  if (full.startsWith(`${cspPrefix}/`)) {
    const name = full.slice(cspPrefix.length + 1);
    return name.includes('/') || full !== spelled ? { kind: 'stray' } : { kind: 'setting', name };
  }
  if (full === resetAction) return { kind: 'action' };
  if (/^\.\/Device\/Vendor\/MSFT\/LAPS(\/Actions(\/.*)?)?$/.test(full)) return { kind: 'unrelated' };
  return looksLikeLaps(full) ? { kind: 'stray' } : { kind: 'unrelated' };
}

/** A stray URI as the author has to see it: the node above and the setting, or the whole where its end is what is wrong. */
export function strayOfUri(uri: string, place: Place): Stray {
  const cut = uri.lastIndexOf('/');
  if (hasUnseen(uri) || cut === uri.length - 1) return { where: uri, name: '', place };
  return { where: uri.slice(0, cut), name: uri.slice(cut + 1), place };
}

/**
 * Keys, URIs and ids of Intune that look like LAPS but that no device reads (spec 1.1).
 *
 * Knows: the four roots, and how they are mistyped. Promises: a real root never counts as a stray; what is no kin of
 * LAPS is not looked at, so that a Registry.pol of a thousand other values stays quiet. Must never: read a policy.
 */
import { catalogPrefix } from './formats/uri.ts';
import { editDistance, nearestName } from './nearest.ts';
import { rootNames, rootRows, settingNames } from './settings.ts';
import { withoutEnd } from './text.ts';

/** Longer than any key of LAPS and what is mistaken for one; not worth a look. */
const longest = 1024;

/** What stands unseen beside a name: spaces, and what has no width at all. */
const unseen = '[\\s\\u00ad\\u200b-\\u200f\\u2060\\ufeff]{1,200}';
const unseenBeside = new RegExp(`^${unseen}|${unseen}$|(?<=\\\\)${unseen}|${unseen}(?=\\\\)`, 'g');

/** Whether a path has what is not seen before, after or between its names. */
export const hasUnseen = (path: string): boolean => path.replaceAll('/', '\\').search(unseenBeside) !== -1;

/** A key or URI in one spelling: backslashes, `HKLM`, lower case, no end mark, nothing unseen beside a name. */
const plain = (path: string): string =>
  withoutEnd(
    path
      .replaceAll('/', '\\')
      .replace(unseenBeside, '')
      .replace(/\\{2,}/g, '\\'),
    '\\',
  )
    .replace(/^(?:computer\\)?(?:hkey_local_machine|machine|hklm):?(?=\\)/i, 'HKLM')
    .toLowerCase();

const uri = rootRows.CSP.prefix ?? '';
/** Each root's place by its plain spelling, the hive left out as well: Registry.pol names its keys so. */
const meant = new Map<string, string>(
  rootNames.flatMap((root) => {
    const { key } = rootRows[root];
    return [plain(key), plain(key).replace(/^hklm\\/, '')].map((path): [string, string] => [path, key]);
  }),
);
const rootKeys = rootNames.map((root) => ({ key: rootRows[root].key, path: plain(rootRows[root].key) }));

/** Every place that is read, as the readers take it: keys in any case, URIs in theirs, the older one included. */
const read = new Set([...rootKeys.map(({ path }) => path), uri, uri.replace('/Device', '')]);
const isRead = (path: string): boolean => {
  const whole = withoutEnd(path, '\\/');
  return read.has(whole) || read.has(whole.replace(/^HKEY_LOCAL_MACHINE\\/i, 'HKLM\\').toLowerCase());
};

/** What belongs to LAPS but is no policy: the client's own state, the CSP's actions, the legacy extension itself. */
const others = /\\(laps\\state|laps\\actions(\\\w+)?|gpextensions\\.*)$/;

/** Whether a key or URI (without the value's name) looks like LAPS's own without being one that a device reads. */
export function looksLikeLaps(path: string): boolean {
  if (path.length > longest || !/[\\/]/.test(path) || isRead(path)) return false;
  const said = plain(path);
  if (!said.includes('\\') || others.test(said)) return false;
  if (/\\(?:adm(?:in)? ?pwd|local ?admin(?:istrator)? ?password ?solution)(\\|$)/.test(said)) return true;
  return /(^|[\\ ])(windows ?)?laps(\\|$)/.test(said);
}

/** The key that was meant by one a letter or two away from it, or by the one right above it. */
function nearKey(path: string): string | undefined {
  if (path.length > longest || isRead(path)) return undefined;
  const said = plain(path);
  return rootKeys.find(({ path: known }) =>
    known.startsWith(`${said}\\`)
      ? !known.slice(said.length + 1).includes('\\')
      : Math.abs(known.length - said.length) <= 2 && editDistance(said, known) <= 2,
  )?.key;
}

/**
 * Whether a key may be meant for one of LAPS though it does not say so. Other products live there as well: only together
 * with the name of a setting is it a mistake.
 */
export const isNearPlace = (path: string): boolean => nearKey(path) !== undefined;

/** Whether the name of a member in JSON is a key or URI that a device does not read, though LAPS is meant by it. */
export const isMistakenPlace = (name: string): boolean =>
  looksLikeLaps(name) || (/[\\/]/.test(name) && isNearPlace(name));

const idNames = new Set([...settingNames.map((name) => name.toLowerCase()), 'passwordagedays_aad']);

/** The setting's name at the end of an id of Intune's settings catalog; undefined where none of ours stands there. */
function nameInId(id: string): string | undefined {
  const cut = id.lastIndexOf('_', id.endsWith('_aad') ? id.length - 5 : id.length);
  const name = id.slice(cut + 1);
  return idNames.has(name) ? name : undefined;
}

/** An id as the catalog would join its parts: a URI, or hyphens between them, are mistakes of their own. */
const joined = (id: string): string =>
  id
    .toLowerCase()
    .replace(/^[.\\/\s]{1,9}/, '')
    .replace(/[-.\\/\s]{1,9}/g, '_');

/**
 * Whether what stands as an id of the settings catalog is mistyped for one of LAPS: the setting's URI or its bare name,
 * or before its name stands what no other node of a device has, or nearly what stands there in ours.
 */
export function isNearId(written: string): boolean {
  if (written.length > 200 || written.toLowerCase().startsWith(catalogPrefix)) return false;
  const id = joined(written);
  if (/(?:^|_)(?:vendor_msft_(?:policy_config_)?laps_(?!actions)|laps_policies_)/.test(id)) return true;
  const name = nameInId(id);
  return name !== undefined && (id === name || editDistance(id.slice(0, id.length - name.length), catalogPrefix) <= 4);
}

/** The id of the age beneath an option of BackupDirectory; each directory has its own (spec 12.2). */
export const ageIdBeneath = (parent: string | undefined): string =>
  parent?.endsWith('backupdirectory_1') === true ? 'passwordagedays_aad' : 'passwordagedays';

/** The id to write instead of a mistyped one, and beneath which option it stands. */
export function meantId(written: string, parent?: string): string {
  const id = joined(written);
  const found = nameInId(id) ?? nearestName(id.slice(id.lastIndexOf('_') + 1), [...idNames]);
  if (found === undefined) return `an id that begins with ${catalogPrefix}`;
  return `${catalogPrefix}${found === 'passwordagedays' ? ageIdBeneath(parent) : found}`;
}

/**
 * The key or URI to write instead. Never the CSP's key, unless it is that one but for its spelling: what is meant for MDM
 * is written as a URI, and everything else belongs to Group Policy, unless it says that it is local configuration.
 */
export function meantPlace(path: string): string {
  if (!/[\\/]/.test(path)) return meantId(path);
  const said = plain(path);
  const known = meant.get(said) ?? nearKey(path);
  if (known !== undefined) return known;
  if (/\bvendor\\/.test(said) || /\bmsft\b/.test(said)) {
    const name = settingNames.find((each) => said.endsWith(`\\${each.toLowerCase()}`));
    return name === undefined ? uri : `${uri}/${name}`;
  }
  if (/\\adm(?:in)? ?pwd/.test(said)) return rootRows.Legacy.key;
  return rootRows[/config/.test(said) ? 'Local' : 'GPO'].key;
}

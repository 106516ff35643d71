/**
 * Keys and URIs that look like LAPS but that no device reads (spec 1.1).
 *
 * Knows: the four roots, and how they are mistyped. Promises: a real root never counts as a stray; what is no kin of
 * LAPS is not looked at, so that a Registry.pol of a thousand other values stays quiet. Must never: read a policy.
 */
import type { PolicyRootName } from '../ports.ts';
import { rootNames, rootRows, settingNames } from './settings.ts';
import { withoutEnd } from './text.ts';

/** A key or URI in one spelling: backslashes, `HKLM`, lower case, no end mark. */
const plain = (path: string): string =>
  withoutEnd(path.replaceAll('/', '\\').replace(/\\{2,}/g, '\\'), '\\')
    .replace(/^(hkey_local_machine|machine|computer\\hkey_local_machine|hklm:)(?=\\)/i, 'HKLM')
    .toLowerCase();

const uri = rootRows.CSP.prefix ?? '';
/** Every place that a device reads, with the root it belongs to. A Registry.pol names its keys without the hive. */
const places: ReadonlyArray<{ readonly root: PolicyRootName; readonly path: string }> = [
  ...rootNames.map((root) => ({ root, path: rootRows[root].key })),
  { root: 'CSP', path: uri },
  // The older spelling of the same (formats/uri.ts).
  { root: 'CSP', path: uri.replace('/Device', '') },
];
const known = new Map(
  places.flatMap(({ root, path }) => [
    [plain(path), root],
    [plain(path).replace(/^hklm\\/, ''), root],
  ]),
);

/** What belongs to LAPS but is no policy: the client's own state, the CSP's actions, the legacy extension itself. */
const others = /\\(laps\\state|laps\\actions(\\\w+)?|gpextensions\\.*)$/;

/** Whether a key or URI (without the value's name) looks like LAPS's own without being one that a device reads. */
export function looksLikeLaps(path: string): boolean {
  const said = plain(path);
  if (!/[\\]/.test(said) || known.has(said) || others.test(said)) return false;
  return /(^|[\\ ])(windows ?)?laps(\\|$)/.test(said) || /\\adm ?pwd(\\|$)/.test(said);
}

/**
 * The key or URI to write instead. Never the CSP's key: what is meant for MDM is written as a URI, and everything else
 * belongs to Group Policy, unless it says that it is local configuration.
 */
export function meantPlace(path: string): string {
  const said = plain(path);
  if (/\bvendor\\/.test(said) || /\bmsft\b/.test(said)) {
    const name = settingNames.find((each) => said.endsWith(`\\${each.toLowerCase()}`));
    return name === undefined ? uri : `${uri}/${name}`;
  }
  if (/adm ?pwd/.test(said)) return rootRows.Legacy.key;
  return rootRows[/config/.test(said) ? 'Local' : 'GPO'].key;
}

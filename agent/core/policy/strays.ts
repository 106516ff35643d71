/**
 * Keys and URIs that look like LAPS but that no device reads (spec 1.1).
 *
 * Knows: the four roots, and how they are mistyped. Promises: a real root never counts as a stray; what is no kin of
 * LAPS is not looked at, so that a Registry.pol of a thousand other values stays quiet. Must never: read a policy.
 */
import type { PolicyRootName } from '../ports.ts';
import { nearestName } from './nearest.ts';
import { rootNames, rootRows } from './settings.ts';

/** A key or URI in one spelling: backslashes, `HKLM`, lower case, no end mark. */
const plain = (path: string): string =>
  path
    .replaceAll('/', '\\')
    .replace(/\\{2,}/g, '\\')
    .replace(/\\+$/, '')
    .replace(/^(hkey_local_machine|machine|computer\\hkey_local_machine|hklm:)(?=\\)/i, 'HKLM')
    .toLowerCase();

const uri = rootRows.CSP.prefix ?? '';
/** Every place that a device reads, with the root it belongs to. A Registry.pol names its keys without the hive. */
const places: ReadonlyArray<{ readonly root: PolicyRootName; readonly path: string }> = [
  ...rootNames.map((root) => ({ root, path: rootRows[root].key })),
  { root: 'CSP', path: uri },
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

/** The key or URI that was probably meant: the nearest real one of the same kind. */
export function meantPlace(path: string): string {
  const said = plain(path);
  if (/^\.?\\?(device\\|user\\)?vendor\\/.test(said) || /\bmsft\b/.test(said)) return uri;
  if (/adm ?pwd/.test(said)) return rootRows.Legacy.key;
  const keys = rootNames.map((root) => rootRows[root].key);
  const full = said.startsWith('hklm\\') || said.startsWith('hk') ? said : `hklm\\${said}`;
  return nearestName(full, keys) ?? rootRows.GPO.key;
}

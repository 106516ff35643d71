/**
 * The native shape: JSON with the Windows setting names, flat or keyed by where it lives (contract 4).
 *
 * Knows: OMA-URIs and registry keys that name a root. Promises: every setting with its place, duplicates included; a
 * file that is broken, crowded or speaks for two roots yields no settings at all (never half-applied). Must never:
 * judge a value.
 */
import type { PolicyRootName } from '../../ports.ts';
import type { ParsedSetting, Reading, ReadingProblem } from '../document.ts';
import { isLegacyName, isSettingName, namesOf, rootNames, rootRows } from '../settings.ts';
import { looksLikeLaps, meantPlace } from '../strays.ts';
import { type Place, type SourceText, shortName, withoutEnd } from '../text.ts';
import { tooDeepAt } from './depth.ts';
import { type JsonMember, type JsonNode, type JsonTree, maxMembers, pointerOf, readJson } from './json.ts';
import { readPlainJson } from './plainJson.ts';
import { isCutText } from './shape.ts';
import { cspPrefix, deviceUri } from './uri.ts';

interface Group {
  /** Undefined for flat settings. */
  readonly root: PolicyRootName | undefined;
  readonly member: JsonMember;
  readonly members: readonly JsonMember[];
  /** Registry value names ignore case; OMA-URIs and the flat form do not. */
  readonly ignoresCase: boolean;
}

const normalKey = (key: string): string =>
  withoutEnd(key, '\\/')
    .replace(/^HKEY_LOCAL_MACHINE\\/i, 'HKLM\\')
    .toLowerCase();
const rootByKey = new Map(rootNames.map((root) => [normalKey(rootRows[root].key), root]));

const marks = /"(settingDefinitionId|settingInstance|omaUri|omaSettings)"|\\"(settingDefinitionId|omaUri)\\*"/;

/** Whether JSON is an export of Intune rather than a policy of ours; it says so by its members (spec 12.4). */
function foreignShape(root: JsonNode, text: string): 'intune' | 'omauri' | undefined {
  // A list or a text is never a policy of ours; either may wrap an export.
  if (root.members === undefined) return marks.test(text) ? 'intune' : undefined;
  const { members } = root;
  const typed = members.find((member) => member.name === '@odata.type')?.node?.value;
  const isList = (name: string): boolean =>
    members.some((member) => member.name === name && member.node?.value instanceof Object);
  if (isList('omaSettings') || (typeof typed === 'string' && /windows10CustomConfiguration/i.test(typed)))
    return 'omauri';
  const isCut = members.some(
    ({ name, node }) => name === 'settings' && typeof node?.value === 'string' && isCutText(node.value),
  );
  if (isCut || isList('settings') || isList('settingInstance') || isList('templateReference')) return 'intune';
  if (typeof typed === 'string' && /deviceManagementConfiguration/i.test(typed)) return 'intune';
  const context = members.find((member) => member.name === '@odata.context')?.node?.value;
  if (typeof context === 'string' && /deviceManagement\/configurationPolicies/i.test(context)) return 'intune';
  const ours = members.some(({ name }) => isSettingName(name) || isLegacyName(name) || isKeyOrUri(name));
  return !ours && marks.test(text) ? 'intune' : undefined;
}

/** What no name of a setting holds, and every key and URI does. */
const isPath = (name: string): boolean => name.includes('/') || name.includes('\\');

const isKeyOrUri = (name: string): boolean =>
  isPath(name) && (rootByKey.has(normalKey(name)) || deviceUri(name).startsWith(cspPrefix));

function groupOf(member: JsonMember): Group {
  const { name, node } = member;
  const members = node?.members;
  const key = rootByKey.get(normalKey(name));
  if (key !== undefined) return { root: key, member, members: members ?? [], ignoresCase: true };
  const uri = deviceUri(name);
  if (withoutEnd(uri, '/') === cspPrefix) return { root: 'CSP', member, members: members ?? [], ignoresCase: false };
  if (uri.startsWith(`${cspPrefix}/`)) {
    const short: JsonMember = { ...member, name: uri.slice(cspPrefix.length + 1) };
    return { root: 'CSP', member, members: [short], ignoresCase: false };
  }
  return { root: undefined, member, members: [member], ignoresCase: false };
}

/** Reads one native file. `Reading.format` names another shape when the JSON turns out to be an Intune export. */
export function readNative(source: SourceText): Reading {
  const fail = (problem: ReadingProblem): Reading => ({ format: 'native', settings: [], problems: [problem] });
  const plain = readPlainJson(source.text);
  const deep = plain === undefined ? tooDeepAt(source.text) : undefined;
  if (deep !== undefined)
    return fail({
      kind: 'tooDeep',
      message: 'nested too deep to be a policy',
      hint: 'a policy is one flat object of settings',
      place: source.placeOf(deep, 1),
    });
  const tree: JsonTree =
    plain === undefined ? readJson(source.text) : { root: plain, mistake: undefined, crowdedAt: undefined };
  if (tree.mistake !== undefined) {
    const { message, hint, offset, length } = tree.mistake;
    return fail({ kind: 'unreadable', message, ...(hint && { hint }), place: source.placeOf(offset, length) });
  }
  const { root } = tree;
  const foreign = root === undefined ? undefined : foreignShape(root, source.text);
  if (foreign !== undefined) return { format: foreign, settings: [], problems: [] };
  if (root?.members === undefined)
    return fail({
      kind: 'unreadable',
      message: 'a policy is one JSON object of settings',
      hint: 'write { "BackupDirectory": 1, ... }',
      place: source.placeOf(root?.offset ?? 0, Math.min(root?.length ?? 0, 1)),
    });
  if (tree.crowdedAt !== undefined)
    return fail({
      kind: 'tooLarge',
      message: `more than ${maxMembers} members: this is no policy`,
      place: source.placeOf(tree.crowdedAt, 1),
    });

  const members = root.members.filter((member) => member.name !== '$schema');
  if (!members.some(({ name }) => isPath(name)))
    return {
      format: 'native',
      settings: members.flatMap((member) => settingAt(member.name, [member.name], member, source)),
      problems: [],
    };
  const groups = members.map(groupOf);
  const broken = conflictOf(groups, source);
  if (broken !== undefined) return fail(broken);
  const spoken = groups[0]?.root;
  const settings = groups.flatMap((group) => group.members.flatMap((member) => settingOf(member, group, source)));
  return { format: 'native', ...(spoken && { root: spoken }), settings, problems: [] };
}

/** One file speaks for one root, once (contract 4: one policy file per root, never merged). */
function conflictOf(groups: readonly Group[], source: SourceText): ReadingProblem | undefined {
  const first = groups[0];
  const seen = new Map<string, Group>();
  for (const group of groups) {
    const place = (): Place => source.placeOf(group.member.nameOffset, group.member.nameLength);
    const isKey = group.root !== undefined && group.members[0]?.nameOffset !== group.member.nameOffset;
    if (isKey && group.member.node?.members === undefined)
      return { kind: 'unreadable', message: 'an object of settings belongs under this key', place: place() };
    const odd = [first, group].find((each) => each?.root === undefined && isPath(each?.member.name ?? ''));
    if (group.root !== first?.root && odd !== undefined)
      return {
        kind: 'mixedRoots',
        message: `no device reads ${shortName(odd.member.name)}, which stands beside a key that one reads`,
        hint: looksLikeLaps(odd.member.name) ? `write ${JSON.stringify(meantPlace(odd.member.name))}` : 'remove it',
        place: source.placeOf(odd.member.nameOffset, odd.member.nameLength),
      };
    if (group.root !== first?.root)
      return {
        kind: 'mixedRoots',
        message:
          group.root === undefined || first?.root === undefined
            ? 'flat settings and settings under a key stand in one file'
            : `this file speaks for two roots, ${first.root} and ${group.root}`,
        hint: 'one file per root: csp.json, gpo.json, local.json, legacy.json',
        place: place(),
      };
    if (isKey) {
      const key = normalKey(deviceUri(group.member.name));
      if (seen.has(key)) return { kind: 'mixedRoots', message: 'this key stands in the file twice', place: place() };
      seen.set(key, group);
    }
  }
  return undefined;
}

function settingOf(member: JsonMember, group: Group, source: SourceText): ParsedSetting[] {
  const spelled =
    group.ignoresCase && group.root !== undefined
      ? namesOf(group.root).find((name) => name.toLowerCase() === member.name.toLowerCase())
      : undefined;
  const path = group.member.nameOffset === member.nameOffset ? [group.member.name] : [group.member.name, member.name];
  return settingAt(spelled ?? member.name, path, member, source);
}

/** A member as a setting; a name without a value is a parse error, and those have ended the reading already. */
function settingAt(name: string, path: readonly string[], member: JsonMember, source: SourceText): ParsedSetting[] {
  const { node, nameOffset, nameLength } = member;
  if (node === undefined) return [];
  return [
    {
      name,
      value: node.value,
      namePlace: source.placeOf(nameOffset, nameLength),
      valuePlace: source.placeOf(node.offset, node.length),
      pointer: pointerOf(path),
    },
  ];
}

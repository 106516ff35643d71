/**
 * A policy file once it is read: the common word of every format, of resolve and of the rules.
 *
 * Knows: shapes only. Promises: every setting keeps where it stands; what makes a file unreadable is a problem with a
 * place, never an exception. Must never: say what a value means; that is the judgement of values.ts.
 */
import type { PolicyRootName } from '../ports.ts';
import type { Place, SourceText } from './text.ts';

/** The shapes that can be written as well as read (contract 2, `convert`). */
export type WritableFormat = 'native' | 'reg' | 'pol' | 'syncml' | 'omauri' | 'intune' | 'lgpo';

/** The shapes a policy file may have (contract 3); Policy Analyzer rules and GPO reports are read only. */
export type PolicyFormat = WritableFormat | 'policyrules' | 'gporeport';

/**
 * A value as the file holds it. Objects and arrays are never values of a setting, so only their kind is kept; a
 * registry value of a type that no setting has (REG_QWORD, REG_BINARY, ...) keeps its type and a short text of its data.
 */
export type GivenValue =
  | string
  | number
  | boolean
  | null
  | { readonly kind: 'object' | 'array' }
  | { readonly kind: 'registry'; readonly type: string; readonly shown: string }
  /** In a settings catalog, a value in the member of the other kind of setting, or called another kind by an @odata.type. */
  | { readonly kind: 'catalog'; readonly member: CatalogMember; readonly shown: string; readonly called?: CalledKind };

/** Where the settings catalog keeps the value of a choice, and that of a number or a text (spec 12.4). */
export type CatalogMember = 'choiceSettingValue' | 'simpleSettingValue';

/** The kind that a settings catalog's @odata.type names, by the last part of its name, and the whole one that belongs there. */
export interface CalledKind {
  readonly given: string;
  readonly wanted: string;
}

export interface ParsedSetting {
  /** The setting's name; under a registry key in the table's own spelling, since those names ignore case. */
  readonly name: string;
  readonly value: GivenValue;
  readonly namePlace: Place;
  readonly valuePlace: Place;
  /** Where it stands in an Intune export; the rules about parents look at it (spec 12.2). */
  readonly intune?: IntuneSpot;
  /** The value's JSON pointer (RFC 6901), in JSON. */
  readonly pointer?: string;
  /** Where the file put it, in the file's own words: a registry key, an OMA-URI or an Intune setting definition id. */
  readonly key?: string;
  /** The type that the file names for the value: REG_DWORD, int, omaSettingInteger. Absent where it names none. */
  readonly storedAs?: string;
  /** Where it names that type, in the shapes in which a rule points at it. */
  readonly storedAsPlace?: Place;
  /** A Registry.pol sets it only where no value stands yet; for the file alone it is a value like any other. */
  readonly soft?: true;
}

/** A deletion that the file orders: after it the value is not set, which is not the same as being set to 0. */
export interface ParsedDeletion {
  readonly kind: 'value' | 'allValues' | 'key';
  /** The setting that is deleted; absent when all of the root's are. */
  readonly name?: string;
  readonly root: PolicyRootName;
  readonly key: string;
  readonly place: Place;
  /** Settings of the same file that it undoes: they stand earlier and are not in `Reading.settings`. */
  readonly undoes: readonly ParsedSetting[];
}

/** An Intune setting's definition, and the option it stands beneath, both without `device_vendor_msft_laps_policies_`. */
export interface IntuneSpot {
  /** `passwordagedays_aad`. */
  readonly definition: string;
  /** `backupdirectory_1`; absent for a setting at the top. */
  readonly parent?: string;
}

/** A value under a key or URI that looks like LAPS but that no device reads; `looksLikeLaps` of strays.ts tells them. */
export interface Stray {
  /** The key or URI as the file spells it, without the value's name. */
  readonly where: string;
  /** The value's name; empty when only the key is there. */
  readonly name: string;
  /** In an export of Intune, the member that `where` is misspelt for. With neither, `where` is a key, a URI or an id. */
  readonly meant?: string;
  /** In an export of Intune, the member that belongs around what stands in `where`. */
  readonly missing?: string;
  /** `where` stands as a setting's id in an export of Intune, and this is the id to write. */
  readonly id?: string;
  readonly place: Place;
}

/** A command to LAPS that an MDM sends beside a policy, such as `Actions/ResetPassword` (spec 7): nothing is set by it. */
export interface ParsedAction {
  readonly uri: string;
  readonly place: Place;
}

/** Settings of LAPS inside something that its own file says is switched off: they reach no device. */
export interface SwitchedOff {
  /** `the computer half of this GPO`. */
  readonly what: string;
  /** The settings in it, in order. */
  readonly names: readonly string[];
  /** Where the file says so. */
  readonly place: Place;
}

/** What a report of a GPO tells of its links, where none that is on is among them. */
export interface Unlinked {
  /** `off`: there are links, and all of them are switched off. */
  readonly kind: 'off' | 'none';
  /** Where the links that are switched off lead, as the report names it. */
  readonly paths: readonly string[];
  readonly place: Place;
}

/** Why a file cannot be read as policy at all. A device that meets one keeps what it had (contract 4). */
export interface ReadingProblem {
  readonly kind: 'unreadable' | 'tooLarge' | 'tooDeep' | 'mixedRoots';
  readonly message: string;
  readonly hint?: string;
  /** The setting that it is about; absent: the file, or what stands there is none. */
  readonly setting?: string;
  readonly place: Place;
}

/** What a format's reader gives. */
export interface Reading {
  readonly format: PolicyFormat;
  /** The root that the content itself names; absent for flat settings. */
  readonly root?: PolicyRootName;
  readonly settings: readonly ParsedSetting[];
  readonly problems: readonly ReadingProblem[];
  /** Absent: none. A reader that skips foreign keys keeps those that look like LAPS here, for the author. */
  readonly strays?: readonly Stray[];
  /** What it sets for legacy LAPS below the root that counts, as a GPO with both templates does; absent: nothing. */
  readonly shadowed?: readonly ParsedSetting[];
  /** What the file deletes; absent: nothing. */
  readonly deletions?: readonly ParsedDeletion[];
  /** Commands that stand beside the policy; absent: none. */
  readonly actions?: readonly ParsedAction[];
  /** What the file holds and has switched off; absent: nothing. */
  readonly switchedOff?: readonly SwitchedOff[];
  /** Absent: it is linked, or the shape does not tell. */
  readonly unlinked?: Unlinked;
  /** The policies, where the file holds more than one; `settings` are then those of all, in order. */
  readonly policies?: readonly PolicyPart[];
}

/** Which of a file's policies is meant. */
export interface PartName {
  /** As the file calls it; absent where it does not. */
  readonly title?: string;
  /** Its place among the policies of LAPS in the file, from 1. */
  readonly number: number;
}

/** One of several policies that stand side by side in a file, as in an export of many. */
export interface PolicyPart extends Omit<Reading, 'policies'>, PartName {}

export interface PolicyDocument extends Reading {
  /** As a person would type it. */
  readonly path: string;
  readonly source: SourceText;
  /** Present for one policy out of a file of several (parts.ts). */
  readonly part?: PartName;
}

/** The largest policy file that is looked at, in bytes. */
export const maxPolicyBytes = 16 * 1024 * 1024;

const rootsByFileName: Readonly<Record<string, PolicyRootName>> = {
  csp: 'CSP',
  gpo: 'GPO',
  local: 'Local',
  legacy: 'Legacy',
};

/** The root that a file's own name stands for (`csp.json`, `GPO.reg`), as in a policy folder (contract 4). */
export function rootOfFileName(path: string): PolicyRootName | undefined {
  const found = /(?:^|[\\/])(csp|gpo|local|legacy)\.(?:json|jsonc|reg|pol|xml|txt)$/i.exec(path);
  return found?.[1] === undefined ? undefined : rootsByFileName[found[1].toLowerCase()];
}

/**
 * The root a file speaks for: what the caller says, else what the content says, else what its name says, else CSP.
 */
export function rootOf(document: PolicyDocument, told?: PolicyRootName): PolicyRootName {
  return told ?? document.root ?? rootOfFileName(document.path) ?? 'CSP';
}

/**
 * The root a file is judged as: its name before its content, as in a policy folder, so that a file named for one root
 * and keyed for another is told before a device refuses it.
 */
export function rootJudgedAs(document: PolicyDocument, told?: PolicyRootName): PolicyRootName {
  return rootOf(document, told ?? rootOfFileName(document.path));
}

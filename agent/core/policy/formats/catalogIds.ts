/**
 * Setting definition ids of Intune's settings catalog: LAPS (spec 12.2) and legacy LAPS by its ADMX (spec 1.4).
 *
 * Knows: which id is which setting, its option texts and the option it stands under. Promises: an id that begins as
 * LAPS's own but names no setting is kept by its own name, so that the author is told. Must never: judge a value.
 */
import type { PolicyRootName } from '../../ports.ts';
import type { CalledKind, CatalogMember, GivenValue, ParsedSetting } from '../document.ts';
import { isSettingName, type SettingName, type SettingRow, settingNames, settingRows } from '../settings.ts';
import { isNearId, meantId } from '../strays.ts';
import { shortName } from '../text.ts';
import type { Collector } from './collector.ts';
import { lostValue } from './lostValue.ts';
import { placed, type Scalar, type Slip } from './scalar.ts';
import { catalogPrefix } from './uri.ts';

/** One setting instance of an export. */
export interface CatalogInstance {
  readonly definition: Scalar & { readonly value: string };
  readonly value: Scalar | undefined;
  /** Where the value stands; undefined where the export keeps it right beside the id. */
  readonly member: CatalogMember | undefined;
  /** The kinds that the export names: of the setting, and of its value. */
  readonly types: { readonly instance: Scalar | undefined; readonly value: Scalar | undefined };
  /** A member that may have been meant for the value's. */
  readonly slip: Slip | undefined;
  /** The option of a choice that it stands under, in lower case; undefined at the top. */
  parent: string | undefined;
}

const nameOfId = new Map<string, SettingName>([
  ...settingNames.map((name): [string, SettingName] => [name.toLowerCase(), name]),
  ['passwordagedays_aad', 'PasswordAgeDays'],
]);

/** The part of legacy LAPS's ids after `..._admpwd_`: its ADMX policies and their elements, to the value they write. */
const legacyIds: ReadonlyMap<string, { readonly name: string; readonly also?: string }> = new Map([
  ['pol_admpwd_enabled', { name: 'AdmPwdEnabled' }],
  ['pol_admpwd_dontallowpwdexpirationbehindpolicy', { name: 'PwdExpirationProtectionEnabled' }],
  ['pol_admpwd', { name: 'AdmPwdConfigured' }],
  ['pol_admpwd_adminname', { name: 'AdminNameConfigured' }],
  ['pol_admpwd_elem_admpwd_passwordcomplexity', { name: 'PasswordComplexity' }],
  ['pol_admpwd_elem_admpwd_passwordlength', { name: 'PasswordLength' }],
  ['pol_admpwd_elem_admpwd_passwordagedays', { name: 'PasswordAgeDays' }],
  ['pol_admpwd_adminname_elem_admpwd_adminname', { name: 'AdminAccountName' }],
]);

/** What an id of the ADMX stands for; element names vary with the template's edition, so their tails are looked at. */
function legacyNameOf(id: string): string | undefined {
  // No id is longer; the expression below may look back and forth in one.
  if (id.length > 256) return undefined;
  const found =
    /^device_vendor_msft_policy_config_(?:[a-z0-9_~-]*~)?(?:admx_)?[a-z0-9]*admpwd[a-z0-9]*(?:~[a-z0-9_~-]*)?_(pol_admpwd.*)$/.exec(
      id,
    );
  const tail = found?.[1];
  if (tail === undefined) return undefined;
  const exact = legacyIds.get(tail)?.name;
  if (exact !== undefined) return exact;
  if (/passwordcomplexity$/.test(tail)) return 'PasswordComplexity';
  if (/passwordlength$/.test(tail)) return 'PasswordLength';
  if (/passwordage(days)?$/.test(tail)) return 'PasswordAgeDays';
  if (/admin(istrator)?(account)?name$/.test(tail)) return 'AdminAccountName';
  return undefined;
}

/** `14` and `true` as the option texts spell them. */
function scalarOf(text: string): GivenValue {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}

/**
 * The value of an option id is what follows the definition's id; anything else stays a text, and so does the end of an
 * option that the catalog does not have: a switch has `_true` and `_false` alone, and no number begins with a 0.
 */
function optionValue(definition: string, value: GivenValue, row: SettingRow | undefined): GivenValue {
  if (typeof value !== 'string') return value;
  const lower = value.toLowerCase();
  if (!lower.startsWith(`${definition}_`)) return value;
  const end = lower.slice(definition.length + 1);
  const isNoOption = row !== undefined && /^\d/.test(end) && (row.type === 'boolean' || /^0\d/.test(end));
  return isNoOption ? end : scalarOf(end);
}

/** A value, and where what is said of it stands. */
interface Found {
  readonly value: GivenValue;
  readonly at: Scalar;
}

const kindPrefix = '#microsoft.graph.deviceManagementConfiguration';

/** The kind that the export names where another belongs. */
function wrongKind(
  type: Scalar | undefined,
  kind: string,
): { readonly called: CalledKind; readonly at: Scalar } | undefined {
  if (typeof type?.value !== 'string') return undefined;
  const given = type.value.replace(/^#?(?:microsoft\.graph\.)?(?:deviceManagementConfiguration)?/i, '');
  if (given.toLowerCase() === kind.toLowerCase()) return undefined;
  return { called: { given: shortName(given), wanted: `${kindPrefix}${kind}` }, at: type };
}

/**
 * A choice is made by an option in a choiceSettingValue, numbers and texts are simple values (spec 12.2), and the kinds
 * that the export names say the same. What stands in the member of the other kind, or under the name of another kind, is
 * kept as such: the service knows no such setting, and no device would get it.
 */
function valueIn(
  { member, types, value: given }: CatalogInstance & { readonly value: Scalar },
  known: Known,
  id: string,
): Found {
  const row = known.root === 'CSP' && isSettingName(known.name) ? settingRows[known.name] : undefined;
  const raw = given.value;
  const value = optionValue(id, raw, row);
  if (member === undefined || row === undefined) return { value, at: given };
  const isChoice = row.values !== undefined || row.type === 'boolean';
  // A text that is no option is wrong for a choice wherever it stands, and is told as it is.
  if (isChoice && value === raw && typeof raw === 'string') return { value, at: given };
  const shown = shortName(String(value));
  const fits = isChoice ? member === 'choiceSettingValue' && typeof raw === 'string' : member === 'simpleSettingValue';
  if (!fits) return { value: { kind: 'catalog', member, shown }, at: given };
  const isText = row.type === 'text';
  // A value of the wrong type is told as that.
  if (!isChoice && typeof raw !== (isText ? 'string' : 'number')) return { value, at: given };
  const wrong =
    wrongKind(types.value, `${isChoice ? 'Choice' : isText ? 'String' : 'Integer'}SettingValue`) ??
    wrongKind(types.instance, `${isChoice ? 'Choice' : 'Simple'}SettingInstance`);
  return wrong === undefined
    ? { value, at: given }
    : { value: { kind: 'catalog', member, shown, called: wrong.called }, at: wrong.at };
}

interface Known {
  readonly root: PolicyRootName;
  readonly name: string;
  readonly definition: string;
}

function knownOf(id: string): Known | undefined {
  if (id.startsWith(catalogPrefix)) {
    const definition = id.slice(catalogPrefix.length);
    return { root: 'CSP', name: nameOfId.get(definition) ?? definition, definition };
  }
  const legacy = legacyNameOf(id);
  return legacy === undefined ? undefined : { root: 'Legacy', name: legacy, definition: id };
}

/** What a definition id of LAPS, modern or legacy, sets; of one that is mistyped the id itself; undefined of any other. */
export function nameOfDefinition(id: string): string | undefined {
  const lower = id.toLowerCase();
  return knownOf(lower)?.name ?? (isNearId(lower) ? id : undefined);
}

const spotOf = (definition: string, parent: string | undefined): Pick<ParsedSetting, 'intune'> => ({
  intune: { definition, ...(parent !== undefined && { parent: parent.replace(catalogPrefix, '') }) },
});

/** Sorts one instance: a setting of the CSP, of legacy LAPS, or of something else. */
export function takeInstance(instance: CatalogInstance, collector: Collector): void {
  const id = instance.definition.value.toLowerCase();
  const known = knownOf(id);
  const { definition, value } = instance;
  if (known === undefined) {
    if (isNearId(id))
      collector.addStray({
        where: definition.value,
        name: '',
        id: meantId(id, instance.parent),
        place: placed(definition),
      });
    return;
  }
  if (value === undefined) {
    collector.addProblem(lostValue(known.name, placed(definition), instance.slip));
    return;
  }
  const found = valueIn({ ...instance, value }, known, id);
  collector.add(known.root, {
    name: known.name,
    value: found.value,
    namePlace: placed(definition),
    valuePlace: found.at.place,
    pointer: found.at.pointer,
    key: definition.value,
    ...(known.root === 'CSP' && spotOf(known.definition, instance.parent)),
  });
}

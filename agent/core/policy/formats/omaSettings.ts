/**
 * The rows of an Intune custom profile: an OMA-URI and a typed value (spec 12.1).
 *
 * Knows: the types omaSetting*. Promises: base64 types are read as the text they carry; a value that the export hides is
 * a problem with its place, not a text of asterisks. Must never: turn a text into a number.
 */
import type { GivenValue, ParsedSetting } from '../document.ts';
import { shortName } from '../text.ts';
import type { Collector } from './collector.ts';
import { lostValue } from './lostValue.ts';
import { meaningOfUri, strayOfUri } from './roots.ts';
import { placed, type Scalar, type Slip } from './scalar.ts';

export interface OmaSetting {
  readonly uri: Scalar & { readonly value: string };
  readonly type: Scalar | undefined;
  readonly encrypted: boolean;
  readonly value: Scalar | undefined;
  /** A member that may have been meant for the value's. */
  readonly slip: Slip | undefined;
}

/** `omaSettingString` for `#microsoft.graph.omaSettingString`; undefined when the row names no type. */
function typeOf(setting: OmaSetting): string | undefined {
  const given = setting.type?.value;
  return typeof given === 'string' ? given.replace(/^#?microsoft\.graph\./, '') : undefined;
}

/** The text behind base64, or undefined when it is none. */
export function textOfBase64(given: string): string | undefined {
  const plain = given.replace(/\s+/g, '');
  if (!/^[a-z0-9+/]*={0,2}$/i.test(plain) || plain.length % 4 !== 0) return undefined;
  try {
    const bytes = Uint8Array.from(atob(plain), (each) => each.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function plainValue(type: string | undefined, value: GivenValue): GivenValue {
  const isBase64 = type === 'omaSettingBase64' || type === 'omaSettingStringXml';
  return isBase64 && typeof value === 'string' ? (textOfBase64(value) ?? value) : value;
}

/** Sorts one row: a setting, a stray, or nothing of LAPS. */
export function takeOmaSetting(setting: OmaSetting, collector: Collector): void {
  const { uri, value } = setting;
  const meaning = meaningOfUri(uri.value);
  if (meaning.kind === 'stray') {
    collector.addStray(strayOfUri(uri.value, placed(uri)));
    return;
  }
  if (meaning.kind === 'action') collector.addAction({ uri: uri.value, place: placed(uri) });
  if (meaning.kind !== 'setting') return;
  const type = typeOf(setting);
  if (value === undefined) {
    collector.addProblem(lostValue(meaning.name, placed(uri), setting.slip));
    return;
  }
  if (setting.encrypted && typeof value.value === 'string' && /^\**$/.test(value.value)) {
    collector.addProblem({
      kind: 'unreadable',
      setting: meaning.name,
      message: `the export hides the value of ${shortName(meaning.name)}`,
      hint: 'ask Graph for it (getOmaSettingPlainTextValue) and write it in place of the asterisks',
      place: placed(value),
    });
    return;
  }
  const parsed: ParsedSetting = {
    name: meaning.name,
    value: plainValue(type, value.value),
    namePlace: placed(uri),
    valuePlace: value.place,
    pointer: value.pointer,
    key: uri.value,
    ...(type !== undefined && { storedAs: type }),
    ...(setting.type !== undefined && { storedAsPlace: placed(setting.type) }),
  };
  collector.add('CSP', parsed);
}

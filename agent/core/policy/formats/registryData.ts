/**
 * Registry data: bytes and type numbers to values, and back (winnt.h numbers, as MS-GPREG 2.2.1 uses them).
 *
 * Knows: REG_SZ, REG_EXPAND_SZ and REG_DWORD, the only types a setting has (spec 1.3); every other type is kept by its
 * name. Promises: any bytes give a value; text keeps lone surrogates. Must never: guess a number out of another type.
 */
import type { GivenValue } from '../document.ts';

const typeNames: readonly string[] = [
  'REG_NONE',
  'REG_SZ',
  'REG_EXPAND_SZ',
  'REG_BINARY',
  'REG_DWORD',
  'REG_DWORD_BIG_ENDIAN',
  'REG_LINK',
  'REG_MULTI_SZ',
  'REG_RESOURCE_LIST',
  'REG_FULL_RESOURCE_DESCRIPTOR',
  'REG_RESOURCE_REQUIREMENTS_LIST',
  'REG_QWORD',
];

/** The largest number a REG_DWORD holds. */
export const maxDword = 0xffff_ffff;

/** `REG_SZ` for 1; a number that has no name is shown as it is. */
export const registryTypeName = (type: number): string => typeNames[type] ?? `registry type ${type}`;

/** UTF-16LE without any repair, up to the first NUL. Odd bytes at the end are left out. */
export function utf16Text(bytes: Uint8Array): string {
  const parts: string[] = [];
  let units: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const unit = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    if (unit === 0) break;
    units.push(unit);
    if (units.length === 4096) {
      parts.push(String.fromCharCode(...units));
      units = [];
    }
  }
  return parts.join('') + String.fromCharCode(...units);
}

/** UTF-16LE bytes of a text, without mark or end. */
export function utf16Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    bytes[at * 2] = unit & 0xff;
    bytes[at * 2 + 1] = unit >> 8;
  }
  return bytes;
}

const hex = (bytes: Uint8Array): string => {
  const shown = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > 8 ? `${shown} ...` : shown;
};

function shownData(type: number, bytes: Uint8Array): string {
  if (type === 11 && bytes.length === 8)
    return String(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (type === 7) {
    const first = utf16Text(bytes);
    return first.length > 40 ? `${first.slice(0, 40)}...` : first;
  }
  return hex(bytes);
}

/** What a setting would find in a registry value of this type with this data. */
export function valueOfData(type: number, bytes: Uint8Array): GivenValue {
  if (type === 1 || type === 2) return utf16Text(bytes);
  if (type === 4 && bytes.length === 4) return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const name = type === 4 ? `REG_DWORD of ${bytes.length} bytes` : registryTypeName(type);
  return { kind: 'registry', type: name, shown: shownData(type, bytes) };
}

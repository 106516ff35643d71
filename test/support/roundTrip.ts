/**
 * One policy through one shape and back.
 *
 * `.reg` and `Registry.pol` are read a second time here, by readers written from the formats' public description and
 * sharing nothing with the product. Reasons for a refusal are judged anew as well.
 */
import assert from 'node:assert/strict';
import { rootOf, type WritableFormat } from '../../agent/core/policy/document.ts';
import { writableFormats, writePolicy } from '../../agent/core/policy/formats/write.ts';
import { rootRows } from '../../agent/core/policy/settings.ts';
import { seeded } from './policies.ts';
import { deviceValue, type RandomPolicy, randomPolicy } from './randomPolicies.ts';
import { documentFrom } from './readers.ts';

/** `.reg` as its description has it: a header, keys in brackets, "name"=data; data quoted, dword: or hex(1):. */
function independentReg(bytes: Uint8Array): { key: string; values: Map<string, unknown> } {
  const text = Buffer.from(bytes).toString('utf16le');
  assert.ok(text.startsWith('\ufeffWindows Registry Editor Version 5.00\r\n\r\n'));
  const values = new Map<string, unknown>();
  let key = '';
  for (const line of text.split('\r\n').slice(2)) {
    const head = /^\[(.*)\]$/.exec(line);
    if (head !== null) key = head[1] ?? '';
    const pair = /^"((?:[^"\\]|\\.)*)"=(.*)$/s.exec(line);
    if (pair === null) continue;
    const [, name = '', data = ''] = pair;
    const plain = (quoted: string): string => quoted.replace(/\\(["\\])/g, '$1');
    if (data.startsWith('"')) values.set(plain(name), plain(data.slice(1, -1)));
    else if (data.startsWith('dword:')) values.set(plain(name), Number.parseInt(data.slice(6), 16));
    else {
      assert.match(data, /^hex\(1\):([0-9a-f]{2},)*00,00$/);
      values.set(
        plain(name),
        Buffer.from(data.slice(7).replaceAll(',', ''), 'hex').subarray(0, -2).toString('utf16le'),
      );
    }
  }
  return { key, values };
}

/** Registry.pol as MS-GPREG has it: signature, version, then [key;value;type;size;data] in UTF-16LE. */
function independentPol(bytes: Uint8Array): { keys: Set<string>; values: Map<string, unknown> } {
  const file = Buffer.from(bytes);
  assert.equal(file.readUInt32LE(0), 0x67655250);
  assert.equal(file.readUInt32LE(4), 1);
  let at = 8;
  const mark = (character: string): void => {
    assert.equal(file.toString('utf16le', at, at + 2), character);
    at += 2;
  };
  const text = (): string => {
    let end = at;
    while (file.readUInt16LE(end) !== 0) end += 2;
    const found = file.toString('utf16le', at, end);
    at = end + 2;
    return found;
  };
  const number = (): number => {
    at += 4;
    return file.readUInt32LE(at - 4);
  };
  const keys = new Set<string>();
  const values = new Map<string, unknown>();
  while (at < file.length) {
    mark('[');
    keys.add(text());
    mark(';');
    const name = text();
    mark(';');
    const type = number();
    mark(';');
    const size = number();
    mark(';');
    const data = file.subarray(at, at + size);
    at += size;
    mark(']');
    if (type === 4) values.set(name, data.readUInt32LE(0));
    else {
      assert.equal(type, 1);
      assert.equal(data.readUInt16LE(size - 2), 0);
      values.set(name, data.toString('utf16le', 0, size - 2));
    }
  }
  return { keys, values };
}

const isMdm = (format: WritableFormat): boolean => ['syncml', 'omauri', 'intune'].includes(format);

/** Whether the reason a setting was refused for holds, judged anew. */
function mayRefuse(format: WritableFormat, policy: RandomPolicy, name: string): boolean {
  const value = policy.settings.find((each) => each.name === name)?.value;
  const given = (other: string): unknown => deviceValue(policy.settings.find((each) => each.name === other)?.value);
  const text = typeof value === 'string' ? value : '';
  if (isMdm(format) && policy.root === 'Legacy') return true;
  if (isMdm(format) && (name === 'ADBackupDSRMPassword' || (name === 'PostAuthenticationActions' && value === 0)))
    return true;
  switch (format) {
    case 'lgpo':
      return /[\r\n]|\p{Surrogate}/u.test(text);
    case 'syncml':
      return (
        /\p{Surrogate}|\ufffe|\uffff/u.test(text) || [...text].some((each) => each < ' ' && !'\t\r\n'.includes(each))
      );
    case 'intune': {
      const directory = given('BackupDirectory');
      if (name === 'PasswordAgeDays') return directory === 1 ? Number(value) < 7 : directory !== 2;
      if (/^AD|^PasswordExpiration/.test(name)) return directory !== 2;
      if (name === 'PassphraseLength') return ![6, 7, 8].includes(Number(given('PasswordComplexity')));
      return /^AutomaticAccountManagement(?!Enabled)/.test(name) && given('AutomaticAccountManagementEnabled') !== 1;
    }
    default:
      return false;
  }
}

function sameValues(found: ReadonlyMap<string, unknown>, expected: ReadonlyMap<string, unknown>): void {
  assert.equal(found.size, expected.size);
  for (const [name, value] of expected) assert.equal(found.get(name), value, name);
}

function checkIndependently(
  format: 'reg' | 'pol',
  bytes: Uint8Array,
  root: RandomPolicy['root'],
  expected: ReadonlyMap<string, unknown>,
): void {
  const key = rootRows[root].key.replace(/^HKLM\\/, '');
  if (format === 'reg') {
    const { key: found, values } = independentReg(bytes);
    sameValues(values, expected);
    if (expected.size > 0) assert.equal(found, `HKEY_LOCAL_MACHINE\\${key}`);
  } else {
    const { keys, values } = independentPol(bytes);
    sameValues(values, expected);
    if (expected.size > 0) assert.deepEqual([...keys], [key]);
  }
}

/** Whether the shape could say all of the policy; throws when what it did say does not come back the same. */
export function survives(format: WritableFormat, policy: RandomPolicy): boolean {
  const written = writePolicy({ format, ...policy });
  const refused = new Set(written.notExpressed.map((each) => each.setting));
  for (const name of refused) assert.ok(mayRefuse(format, policy, name), name);
  if (isMdm(format) && policy.root === 'Legacy') return false;
  const expected = new Map<string, unknown>();
  for (const { name, value } of policy.settings) if (!refused.has(name)) expected.set(name, deviceValue(value));
  const document = documentFrom(written.bytes);
  assert.equal(document.problems.length, 0, document.problems[0]?.message);
  assert.equal(document.format, format);
  assert.equal(document.settings.length, expected.size);
  for (const { name, value } of document.settings) assert.equal(deviceValue(value), expected.get(name), name);
  if (expected.size > 0) assert.equal(rootOf(document), written.root);
  if (format === 'reg' || format === 'pol') checkIndependently(format, written.bytes, written.root, expected);
  return refused.size === 0;
}

/** Random legal policies, each through two of the shapes, in turn; `npm run fuzz` takes each through all of them. */
export function surviveEverywhere({ rounds, seed }: { readonly rounds: number; readonly seed: number }): void {
  const pick = seeded(seed);
  const whole = new Map<WritableFormat, number>();
  for (let round = 0; round < rounds; round += 1) {
    const policy = randomPolicy(pick);
    for (const turn of [round, round + 3]) {
      const format = writableFormats[turn % writableFormats.length] ?? 'native';
      // Building a message costs more than the check; it is built only for what fails.
      try {
        if (survives(format, policy)) whole.set(format, (whole.get(format) ?? 0) + 1);
      } catch (error) {
        throw new Error(`round ${round}, ${format}: ${JSON.stringify(policy)}`, { cause: error });
      }
    }
  }
  for (const format of writableFormats)
    assert.ok((whole.get(format) ?? 0) > rounds / 50, `${format} could say only ${whole.get(format)} of them in full`);
}

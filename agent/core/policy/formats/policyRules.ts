/**
 * Policy Analyzer rules (`.PolicyRules`) of Microsoft's Security Compliance Toolkit. Read only.
 *
 * Knows: ComputerConfig and UserConfig elements with Key, Value, RegType and RegData. Promises: security templates and
 * audit rows are passed over; what the user half has of LAPS never counts as policy. Must never: take a text for a number.
 */
import type { GivenValue, Reading } from '../document.ts';
import type { SourceText } from '../text.ts';
import { type Holder, makeHolders } from './policyHolders.ts';
import { maxDword } from './registryData.ts';
import { meaningOfValue } from './roots.ts';
import { walkXml, type XmlElement } from './xml.ts';

/** A value as these files write it: type by name, data as text. Undefined for a number that is none. */
export function typedText(type: string, data: string): GivenValue | undefined {
  const name = type.trim().toUpperCase();
  if (name === 'REG_SZ' || name === 'REG_EXPAND_SZ') return data;
  const plain = data.trim();
  if (name !== 'REG_DWORD') return { kind: 'registry', type: name.slice(0, 40), shown: plain.slice(0, 40) };
  if (!/^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(plain) || Number(plain) > maxDword) return undefined;
  return Number(plain);
}

/** The elements that hold one value each, with the hive that theirs is written to. */
const hives: ReadonlyMap<string, string> = new Map([
  ['ComputerConfig', 'HKLM'],
  ['UserConfig', 'HKCU'],
]);

function take(fields: ReadonlyMap<string, XmlElement>, rule: XmlElement, hive: string, holder: Holder): void {
  const [keyField, nameField, type, data] = ['Key', 'Value', 'RegType', 'RegData'].map((each) => fields.get(each));
  if (keyField === undefined || nameField === undefined) return;
  const key = `${hive}\\${keyField.text.trim()}`;
  const name = nameField.text.trim();
  if (meaningOfValue(key, name).kind === 'unrelated') return;
  const collector = holder.collector();
  const namePlace = nameField.contentPlace();
  const storedAs = type?.text.trim() ?? '';
  const text = data?.text ?? '';
  const deleted = /^\*\*del\.(.*)$/i.exec(name)?.[1] ?? (/^DELETE$/i.test(storedAs) ? name : undefined);
  if (/^\*\*delvals/i.test(name) || /^DELETEALLVALUES$/i.test(storedAs))
    collector.deleteAll('allValues', key, namePlace);
  else if (deleted !== undefined) collector.deleteValue(key, deleted, namePlace);
  else if (name !== '')
    // A number that is none stays the text it is, and is then of the wrong type.
    collector.setValue({
      key,
      name,
      value: typedText(storedAs, text) ?? text,
      storedAs,
      namePlace,
      valuePlace: data?.contentPlace() ?? rule.tagPlace(),
    });
}

/** Reads one rules file. */
export function readPolicyRules(source: SourceText): Reading {
  const holders = makeHolders();
  const byName = new Map<string, Holder>();
  /** Rules of several policies may stand in one file, each with the name of its own. */
  const holderOf = (name: string): Holder => {
    if (name === '') return holders.loose;
    const holder = byName.get(name) ?? holders.open();
    holder.title = name;
    byName.set(name, holder);
    return holder;
  };
  let fields = new Map<string, XmlElement>();
  const problem = walkXml(source, {
    open(element) {
      if (hives.has(element.name)) fields = new Map();
    },
    close(element) {
      const hive = hives.get(element.name);
      if (hive !== undefined) take(fields, element, hive, holderOf(fields.get('PolicyName')?.text.trim() ?? ''));
      else if (hives.has(element.parent?.name ?? '')) fields.set(element.name, element);
    },
  });
  if (problem !== undefined) holders.loose.collector().addProblem(problem);
  return holders.finish('policyrules');
}

/**
 * The XML report of a GPO (`Get-GPOReport -ReportType Xml`, `gpresult /x`), and Group Policy Preferences' registry items,
 * alone or inside such a report. Read only.
 *
 * Knows: policies by the words of the English console, which is all that a report holds of them; registry settings and
 * preference items by key. Promises: a LAPS policy in words that are not known is a problem with its place, never
 * dropped; other categories are passed over, and what the user half holds of LAPS or what is switched off is kept apart. Must never: guess from a similar word.
 */
import type { PolicyRootName } from '../../ports.ts';
import type { GivenValue, Reading } from '../document.ts';
import { type Place, type SourceText, withoutEnd } from '../text.ts';
import { type AdmxElement, admxPolicyOf, rootOfCategory } from './admxWords.ts';
import { type Collector, maxValues } from './collector.ts';
import { type GpoLinks, watchLinks } from './gpoLinks.ts';
import { type Holder, makeHolders } from './policyHolders.ts';
import { typedText } from './policyRules.ts';
import { meaningOfValue } from './roots.ts';
import { makeUserHalf } from './userHalf.ts';
import { walkXml, type XmlElement } from './xml.ts';

/** One row of a policy: a box of the editor. */
interface Part {
  readonly kind: string;
  readonly name: XmlElement | undefined;
  readonly state: XmlElement | undefined;
  readonly value: XmlElement | undefined;
}

interface Draft {
  readonly name: XmlElement | undefined;
  readonly state: XmlElement | undefined;
  readonly category: XmlElement | undefined;
  readonly parts: readonly Part[];
}

const boxes = new Set(['DropDownList', 'Numeric', 'EditText', 'CheckBox']);
const plainWord = (text: string): string => withoutEnd(text.trim(), ':').trimEnd().replace(/\s+/g, ' ').toLowerCase();

/** A box's value as the registry would hold it; a word that is not known stays the word, and is then of the wrong type. */
function valueOfPart(part: Part, element: AdmxElement): GivenValue {
  const text = part.value?.text ?? '';
  switch (element.kind) {
    case 'choice':
      return element.words.get(plainWord(text)) ?? text;
    case 'number':
      return /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : text;
    case 'check':
      return /^enabled$/i.test(part.state?.text.trim() ?? '') ? 1 : 0;
    case 'text':
      return text;
  }
}

/** Where values go: a GPO, or the user half of one. */
type Holding = Pick<Holder, 'collector'>;

function takePolicy(draft: Draft, root: PolicyRootName, collector: Collector): void {
  const { name, state, parts } = draft;
  if (name === undefined || state === undefined) return;
  const namePlace = name.contentPlace();
  const policy = admxPolicyOf(root, plainWord(name.text));
  if (policy === undefined) {
    collector.addProblem({
      kind: 'unreadable',
      message: 'this policy of LAPS is named in words that are not known',
      hint: 'a report holds only the words of the console it was made in: make it on an English one, or use the Registry.pol',
      place: namePlace,
    });
    return;
  }
  const key = `policy ${name.text.trim().slice(0, 100)}`;
  const enabled = /^enabled$/i.test(state.text.trim());
  if (!enabled && !/^disabled$/i.test(state.text.trim())) return;
  const statePlace = state.contentPlace();
  if (policy.switch !== undefined)
    collector.add(root, { name: policy.switch, value: enabled ? 1 : 0, namePlace, valuePlace: statePlace, key });
  // A disabled policy deletes the values of its boxes.
  if (!enabled) for (const each of policy.elements.values()) collector.deleteFrom(root, each.setting, key, statePlace);
  if (!enabled) return;
  for (const part of parts) {
    const element = policy.elements.get(plainWord(part.name?.text ?? ''));
    const at = part.name?.contentPlace() ?? namePlace;
    if (element === undefined) {
      collector.addProblem({
        kind: 'unreadable',
        message: 'this part of a LAPS policy is named in words that are not known',
        hint: 'make the report on an English console, or use the Registry.pol',
        place: at,
      });
      continue;
    }
    const shown = element.kind === 'check' ? part.state : part.value;
    // A box that is empty or disabled inside an enabled policy writes nothing.
    if (shown === undefined) continue;
    const valuePlace = shown.contentPlace();
    collector.add(root, { name: element.setting, value: valueOfPart(part, element), namePlace: at, valuePlace, key });
  }
}

/** A `RegistrySetting`: a key and one or more values that no template describes. */
function takeRegistry(fullKey: string, value: ReadonlyMap<string, XmlElement>, holder: Holding): void {
  const name = value.get('Name');
  if (name === undefined || name.text.trim() === '') return;
  const [number, string] = [value.get('Number'), value.get('String')];
  const data = number ?? string ?? value.get('Binary') ?? name;
  const type = number !== undefined ? 'REG_DWORD' : string !== undefined ? 'REG_SZ' : 'REG_BINARY';
  const key = fullKey.trim();
  if (meaningOfValue(key, name.text.trim()).kind === 'unrelated') return;
  holder.collector().setValue({
    key,
    name: name.text.trim(),
    value: typedText(type, data.text) ?? data.text,
    storedAs: type,
    namePlace: name.contentPlace(),
    valuePlace: data.contentPlace(),
  });
}

/** The preference item, or the collection or list around it, that is switched off. */
function switchedOffAround(element: XmlElement): XmlElement | undefined {
  for (let each = element.parent; each !== undefined; each = each.parent)
    if (each.attributes['disabled'] === '1') return each;
  return undefined;
}

/** `Properties` of a preference item. Its action D deletes; the others set. */
function takePreference(element: XmlElement, holder: Holding): void {
  const { hive = '', key = '', name = '', type = '', value = '', action = 'U' } = element.attributes;
  if (hive === '' || key === '') return;
  const fullKey = `${hive}\\${key}`;
  const place = element.tagPlace();
  const isDeletion = /^d$/i.test(action);
  // A key that goes may lie above one of LAPS; every other row is about its own.
  if (!(isDeletion && name === '') && meaningOfValue(fullKey, name).kind === 'unrelated') return;
  const off = switchedOffAround(element);
  if (off !== undefined) {
    const what = off.name === 'Registry' ? 'this preference item' : 'this collection of preference items';
    holder.collector().addSwitchedOff(what, name === '' ? fullKey : name, off.tagPlace());
    return;
  }
  if (isDeletion) {
    const collector = holder.collector();
    if (name === '') collector.deleteAll('key', fullKey, place);
    else collector.deleteValue(fullKey, name, place);
    return;
  }
  if (name === '') return;
  // Preferences keep a REG_DWORD in hexadecimal, without a mark.
  const isHex = /^REG_DWORD$/i.test(type) && /^[0-9a-f]{1,8}$/i.test(value);
  holder.collector().setValue({
    key: fullKey,
    name,
    value: typedText(type, isHex ? `0x${value}` : value) ?? value,
    storedAs: type,
    namePlace: place,
    valuePlace: place,
  });
}

/** The half of a GPO, or of a result, that is about users. */
const isUserHalf = ({ name, parent }: XmlElement): boolean =>
  name === 'UserResults' || (name === 'User' && ['GPO', 'Rsop'].includes(parent?.name ?? ''));

const saysNo = ({ text }: XmlElement): boolean => /^\s*(false|0)\s*$/i.test(text);

/** A GPO of a report holds its settings; one inside a policy or a result only says where that came from. */
const isReport = (parent: XmlElement | undefined): boolean =>
  parent === undefined || /^(gpos|report)$/i.test(parent.name);

/** Reads one report. */
export function readGpoReport(source: SourceText): Reading {
  const holders = makeHolders();
  /** The GPO that is open; in a report of what a device got, the settings stand in none. */
  let holder: Holder = holders.loose;
  let gpo: XmlElement | undefined;
  let links: GpoLinks | undefined;
  /** Children of the elements that are open, by their owner: a policy, a box, a value. */
  const children = new Map<XmlElement, Map<string, XmlElement>>();
  const parts = new Map<XmlElement, Part[]>();
  const registryValues = new Map<XmlElement, Array<ReadonlyMap<string, XmlElement>>>();
  const owners = new Set(['Policy', 'RegistrySetting', 'Value', ...boxes]);
  let userDepth = 0;
  const user = makeUserHalf();
  /** Where the open GPO says that its computer half is switched off. */
  let disabledAt: Place | undefined;
  const childrenOf = (element: XmlElement): ReadonlyMap<string, XmlElement> => children.get(element) ?? new Map();

  const closePolicy = (element: XmlElement): void => {
    const own = childrenOf(element);
    const category = own.get('Category');
    const root = rootOfCategory(category?.text ?? '');
    const draft = { name: own.get('Name'), state: own.get('State'), category, parts: parts.get(element) ?? [] };
    if (root === undefined) return;
    if (userDepth > 0) user.takePolicy(root, draft.name);
    else takePolicy(draft, root, holder.collector());
  };
  const closeBox = (element: XmlElement): void => {
    const own = childrenOf(element);
    const value = own.get('Value');
    const inner = value === undefined ? undefined : children.get(value)?.get('Name');
    const owner = element.parent;
    if (owner?.name !== 'Policy') return;
    const list = parts.get(owner) ?? [];
    // What the box held is in hand now; a report of a million boxes must not keep them all.
    children.delete(element);
    if (value !== undefined) children.delete(value);
    if (list.length >= maxValues) crowded(element);
    else list.push({ kind: element.name, name: own.get('Name'), state: own.get('State'), value: inner ?? value });
    parts.set(owner, list);
  };

  const crowded = (element: XmlElement): void => {
    const message = `more than ${maxValues} values in one place: this is no policy`;
    holder.collector().addProblem({ kind: 'tooLarge', message, place: element.tagPlace() });
  };
  const keepValue = (owner: XmlElement, value: XmlElement): void => {
    const list = registryValues.get(owner) ?? [];
    if (list.length < maxValues) list.push(childrenOf(value));
    else crowded(value);
    registryValues.set(owner, list);
    children.delete(value);
  };

  const problem = walkXml(source, {
    open(element) {
      if (isUserHalf(element)) userDepth += 1;
      if (element.name === 'GPO' && isReport(element.parent)) {
        gpo = element;
        links = watchLinks(element);
        holder = holders.open();
      }
      if (owners.has(element.name)) children.set(element, new Map());
    },
    close(element) {
      const { parent } = element;
      if (isUserHalf(element)) {
        userDepth -= 1;
        if (userDepth === 0) user.close(holder);
      } else if (element.name === 'Enabled' && parent !== undefined && isUserHalf(parent)) user.isOff = saysNo(element);
      if (element.name === 'Enabled' && parent?.name === 'Computer' && parent.parent === gpo)
        disabledAt = saysNo(element) ? element.contentPlace() : undefined;
      // The half of a GPO that is switched off reaches no device, whatever it holds.
      if (element.name === 'Computer' && gpo !== undefined && parent === gpo && disabledAt !== undefined) {
        holder.collector().switchOff('the computer half of this GPO', disabledAt);
        disabledAt = undefined;
      }
      if (element.name === 'Name' && gpo !== undefined && parent === gpo) holder.title = element.text.trim();
      const [hive, half] = userDepth === 0 ? ['HKLM', holder] : ['HKCU', user];
      if (element.name === 'Policy') closePolicy(element);
      else if (boxes.has(element.name)) closeBox(element);
      else if (element.name === 'Properties') takePreference(element, half);
      else if (element.name === 'Value' && parent?.name === 'RegistrySetting') keepValue(parent, element);
      else if (element.name === 'RegistrySetting')
        for (const value of registryValues.get(element) ?? [])
          takeRegistry(`${hive}\\${childrenOf(element).get('KeyPath')?.text ?? ''}`, value, half);
      links?.close(element);
      if (element === gpo) {
        holder.unlinked = links?.finish();
        gpo = undefined;
        links = undefined;
        holder = holders.loose;
      }
      if (parent !== undefined) children.get(parent)?.set(element.name, element);
      // A value's own children are still asked for when its box closes; everything goes with the policy.
      if (element.name === 'Policy' || element.name === 'RegistrySetting') {
        children.clear();
        parts.clear();
        registryValues.clear();
      }
    },
  });
  if (problem !== undefined) holders.loose.collector().addProblem(problem);
  return holders.finish('gporeport');
}

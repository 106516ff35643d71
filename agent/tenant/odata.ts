/**
 * The part of OData that the tenant's collections understand: $filter, $orderby, $select, $top, $count, $skiptoken.
 *
 * Knows: the grammar, not the entities. Promises: what is not understood or not offered for a property is refused in
 * words, never passed over; pages are keyed by the last row shown, so that rows added meanwhile shift nothing. Must
 * never: run anything the query says.
 */
import { isGuid, isJson, type Json, member, parseJson } from './plain.ts';

type Comparison = 'eq' | 'ge' | 'le';
export type Operator = Comparison | 'startswith';

/** What a collection lets its callers ask, by property path; `any:` marks a collection's member. */
export interface Offer {
  readonly filters: Readonly<Record<string, readonly Operator[]>>;
  readonly orders: readonly string[];
  readonly selects: readonly string[];
  /** Without this member `$count` is understood. */
  readonly counts?: false;
}

export type Test = (row: Json) => boolean;

export interface ListQuery {
  readonly test: Test;
  readonly order: { readonly by: string; readonly descending: boolean } | undefined;
  readonly select: readonly string[] | undefined;
  readonly top: number;
  readonly count: boolean;
  /** What the token of the page before said; undefined on the first page. */
  readonly after: Json | undefined;
}

/** A query that is refused, in words for the caller. */
export interface Refused {
  readonly refused: string;
}

export const defaultPage = 100;
export const largestPage = 999;
const known = [
  '$filter',
  '$orderby',
  '$select',
  '$top',
  '$count',
  '$skiptoken',
  '$search',
  '$expand',
  '$skip',
  '$format',
];

export function readListQuery(query: URLSearchParams, offer: Offer): ListQuery | Refused {
  for (const name of query.keys()) {
    if (name.startsWith('$') && !known.includes(name)) return { refused: `The query option ${name} is not known.` };
    if (['$search', '$expand', '$skip', '$format'].includes(name)) {
      return { refused: `The query option ${name} is not supported on this resource.` };
    }
  }
  const topText = query.get('$top');
  const top = topText === null ? defaultPage : Number(topText);
  if (!Number.isInteger(top) || top < 1 || top > largestPage) {
    return { refused: `$top must be a whole number from 1 to ${largestPage}.` };
  }
  const select = readSelect(query, offer);
  if (isRefused(select)) return select;
  const order = readOrder(query.get('$orderby'), offer);
  if (isRefused(order)) return order;
  const filter = query.get('$filter');
  const test = filter === null ? () => true : parseFilter(filter, offer);
  if (isRefused(test)) return test;
  const token = query.get('$skiptoken');
  const after = token === null ? undefined : parseJson(Buffer.from(token, 'base64url'));
  if (token !== null && !isJson(after)) return { refused: '$skiptoken is not one of ours.' };
  const counted = query.get('$count') ?? 'false';
  if (counted !== 'true' && counted !== 'false') return { refused: '$count must be true or false.' };
  const count = counted === 'true';
  if (count && offer.counts === false) return { refused: 'The query option $count is not supported on this resource.' };
  return { test, order: order.order, select: select.names, top, count, after: isJson(after) ? after : undefined };
}

export function isRefused(value: object): value is Refused {
  return 'refused' in value;
}

/** $select of a single entity or a list; names undefined selects the default members. */
export function readSelect(
  query: URLSearchParams,
  offer: Pick<Offer, 'selects'>,
): { readonly names: readonly string[] | undefined } | Refused {
  const text = query.get('$select');
  if (text === null) return { names: undefined };
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !offer.selects.includes(name));
  return unknown === undefined ? { names } : { refused: `Could not find a property named '${unknown}'.` };
}

function readOrder(text: string | null, offer: Offer): { readonly order: ListQuery['order'] } | Refused {
  if (text === null) return { order: undefined };
  const [, by, direction] = /^\s*([\w/]+)(?:\s+(asc|desc))?\s*$/.exec(text) ?? [];
  if (by === undefined || !offer.orders.includes(by)) return { refused: `$orderby is not supported for '${text}'.` };
  return { order: { by, descending: direction === 'desc' } };
}

/** Rows in the asked order from the token on, with what the next page's token must say. */
export function pageOf(
  rows: readonly Json[],
  query: ListQuery,
  key: string,
): { readonly page: readonly Json[]; readonly next: string | undefined; readonly total: number } {
  const by = query.order?.by ?? key;
  const sign = query.order?.descending === true ? -1 : 1;
  const compare = (a: Json, b: Json) => sign * (order(at(a, by), at(b, by)) || order(at(a, key), at(b, key)));
  const found = rows.filter(query.test).sort(compare);
  const last = query.after;
  const rest = last === undefined ? found : found.filter((row) => compare(row, last) > 0);
  const page = rest.slice(0, query.top);
  const end = page.at(-1);
  const next =
    rest.length > page.length && end !== undefined ? tokenOf({ [key]: at(end, key), [by]: at(end, by) }) : undefined;
  return { page, next, total: found.length };
}

export function tokenOf(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function order(a: unknown, b: unknown): number {
  const [left, right] = [String(a).toLowerCase(), String(b).toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The member at `a/b/c`; undefined where the way ends. Names compare as Graph does: case ignored at the first letter. */
function at(row: Json, path: string): unknown {
  let value: unknown = row;
  for (const name of path.split('/')) value = isJson(value) ? member(value, name) : undefined;
  return value;
}

/** The selected members, in the entity's own order. */
export function selected(row: Json, names: readonly string[] | undefined): Json {
  return names === undefined ? row : Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}

// --- $filter ---------------------------------------------------------------------------------------------------

class Problem extends Error {}

const tokenPattern =
  /\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w/]*)|(\d{4}-\d\d-\d\dT[\d:.]+Z)|([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})|(-?\d+(?:\.\d+)?)(?![\w.])|([(),:])|(\S))/y;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const pattern = new RegExp(tokenPattern.source, 'y');
  while (pattern.lastIndex < text.trimEnd().length) {
    // A GUID may begin with a letter: tried before names.
    const guid = text.slice(pattern.lastIndex).trimStart().slice(0, 36);
    if (isGuid(guid)) {
      pattern.lastIndex += text.slice(pattern.lastIndex).length - text.slice(pattern.lastIndex).trimStart().length + 36;
      tokens.push(guid);
      continue;
    }
    const found = pattern.exec(text);
    if (found === null || found[7] !== undefined)
      throw new Problem(`unexpected character at position ${Math.max(pattern.lastIndex - 1, 0)}`);
    tokens.push(found[0].trim());
  }
  return tokens;
}

/** Recursive descent: or < and < (group | any | startswith | comparison). */
function parseFilter(text: string, offer: Offer): Test | Refused {
  if (text.length > 2_000) return { refused: 'Invalid filter clause: too long.' };
  try {
    const tokens = tokensOf(text);
    let position = 0;
    let depth = 0;
    const peek = () => tokens[position]?.toLowerCase();
    const take = (expected?: string): string => {
      const token = tokens[position];
      position += 1;
      if (token === undefined || (expected !== undefined && token.toLowerCase() !== expected)) {
        throw new Problem(
          `expected ${expected ?? 'more'} and found ${token === undefined ? 'the end' : 'something else'}`,
        );
      }
      return token;
    };
    const chain = (word: 'and' | 'or', part: () => Test): Test => {
      const tests = [part()];
      while (peek() === word) {
        take();
        tests.push(part());
      }
      return word === 'and' ? (row) => tests.every((test) => test(row)) : (row) => tests.some((test) => test(row));
    };
    const either = (): Test => {
      depth += 1;
      if (depth > 20) throw new Problem('nested too deeply');
      const test = chain('or', () => chain('and', () => single('')));
      depth -= 1;
      return test;
    };
    const single = (prefix: string): Test => {
      if (peek() === '(' && prefix === '') {
        take();
        const inside = either();
        take(')');
        return inside;
      }
      const name = take();
      if (name.toLowerCase() === 'startswith') {
        take('(');
        const path = pathOf(take(), prefix, offer, 'startswith');
        take(',');
        const value = literal(take()).toLowerCase();
        take(')');
        return (row) =>
          String(at(row, path) ?? '')
            .toLowerCase()
            .startsWith(value);
      }
      if (name.endsWith('/any') && prefix === '') return anyOf(name.slice(0, -4));
      const operator = take().toLowerCase();
      if (operator !== 'eq' && operator !== 'ge' && operator !== 'le')
        throw new Problem(`'${operator}' is no operator`);
      return comparing(pathOf(name, prefix, offer, operator), operator, literal(take()));
    };
    const anyOf = (collection: string): Test => {
      take('(');
      const variable = take();
      take(':');
      // The variable stands for `collection/any` in the offer's paths.
      const member = chain('and', () => single(`${variable}>${collection}`));
      take(')');
      return (row) => {
        const members = at(row, collection);
        return Array.isArray(members) && members.some((one) => isJson(one) && member(one));
      };
    };
    const test = either();
    if (position !== tokens.length) throw new Problem('text after its end');
    return test;
  } catch (error) {
    if (error instanceof Problem) return { refused: `Invalid filter clause: ${error.message}.` };
    throw error;
  }
}

function pathOf(name: string, prefix: string, offer: Offer, operator: Operator): string {
  const [variable, collection] = prefix.split('>');
  const inside = collection !== undefined && name.startsWith(`${variable}/`);
  const path = inside ? name.slice(`${variable}/`.length) : name;
  const wanted = inside ? `${collection}/any/${path}` : path;
  const offered = Object.keys(offer.filters).find((each) => each.toLowerCase() === wanted.toLowerCase());
  if (offered === undefined || (prefix !== '' && !inside)) throw new Problem(`'${name}' cannot be filtered by`);
  if (offer.filters[offered]?.includes(operator) !== true)
    throw new Problem(`'${name}' cannot be used with ${operator}`);
  return inside ? offered.slice(`${collection}/any/`.length) : offered;
}

function literal(token: string): string {
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (/^(true|false|null)$/.test(token) || isGuid(token) || /^\d{4}-/.test(token)) return token;
  throw new Problem('a value must be quoted text, an instant, a GUID, true, false or null');
}

function comparing(path: string, operator: Comparison, value: string): Test {
  const wanted = comparable(value);
  return (row) => {
    const found = comparable(String(at(row, path) ?? 'null'));
    return operator === 'eq' ? found === wanted : operator === 'ge' ? found >= wanted : found <= wanted;
  };
}

/** Instants of any precision in one spelling, all else in lower case. */
function comparable(text: string): string {
  const [, second, fraction] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z$/.exec(text) ?? [];
  return second === undefined ? text.toLowerCase() : `${second}.${(fraction ?? '').padEnd(7, '0')}`;
}

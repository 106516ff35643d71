/**
 * Readers of untrusted JSON values: each gives back the typed value or throws a Misfit that names the member.
 *
 * Knows: shapes, bounds and nothing of what they are for. Promises: an object has exactly the members asked for, in the
 * order asked for; the message names the place and never quotes what stood there. Must never: default, trim or convert.
 */

/** What does not fit; the message says where, as `record.pending.posts is no whole number …`. */
export class Misfit extends Error {}

/** Reads `value`, which stands at `path`, or throws a {@link Misfit}. */
export type Reader<T> = (value: unknown, path: string) => T;

type Shape = Readonly<Record<string, Reader<unknown>>>;
type Read<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> };

/** An object with exactly these members; the result has them in this order, whatever the order given. */
export function object<S extends Shape>(shape: S): Reader<Read<S>> {
  const names = Object.keys(shape);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misfit(`${path} is no object`);
    // The stray name itself is not told: it is the file's text, and may be anything.
    if (Object.keys(value).length > names.length) throw new Misfit(`${path} has a member too many`);
    const given = new Map<string, unknown>(Object.entries(value));
    const read = Object.entries(shape).map(([name, reader]) => {
      if (!given.has(name)) throw new Misfit(`${path}.${name} is missing`);
      return [name, reader(given.get(name), `${path}.${name}`)] as const;
    });
    // The parse boundary: every member of the shape was read above by its own reader.
    return Object.fromEntries(read) as Read<S>;
  };
}

/** A list of at most `max` of what `read` reads. */
export function listOf<T>(read: Reader<T>, max: number): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > max) throw new Misfit(`${path} is no list of at most ${max}`);
    return value.map((each, index) => read(each, `${path}[${index}]`));
  };
}

/** Text of a pattern; `what` completes "is no …". */
export function matching(pattern: RegExp, what: string): Reader<string> {
  return (value, path) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw new Misfit(`${path} is no ${what}`);
  };
}

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number): Reader<number> {
  return (value, path) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new Misfit(`${path} is no whole number from ${min} to ${max}`);
  };
}

/** Null, or what `read` reads. */
export function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : read(value, path));
}

/** One of a few values, exactly. */
export function oneOf<const T extends string | number>(values: readonly T[]): Reader<T> {
  return (value, path) => {
    const found = values.find((each) => each === value);
    if (found === undefined) throw new Misfit(`${path} is none of ${values.join(', ')}`);
    return found;
  };
}

/** True or false. */
export const flag: Reader<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw new Misfit(`${path} is neither true nor false`);
};

/** Base64 of `min` to `max` characters. */
export function base64(min: number, max: number): Reader<string> {
  return matching(new RegExp(`^(?=.{${min},${max}}$)[A-Za-z0-9+/]*={0,2}$`), 'base64');
}

export const guid = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'lower-case GUID');
export const sid = matching(/^S-1(-\d{1,10}){2,15}$/, 'SID');
/** An account's name: at most 64 characters as the tenant's limit is (contract 5), no control characters, no half surrogates. */
export const accountName = matching(/^[^\p{Cc}\p{Cs}]{1,64}$/u, 'name');
/** Epoch ms of any date a calendar holds: a clock set wrong must not make a record unwritable, so not narrower. */
export const instant = wholeNumber(-8.64e15, 8.64e15);

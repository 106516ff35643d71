/**
 * Reads JSON that came over the network: the parse boundary of the clients.
 *
 * Promises: an object or nothing, members by type or nothing; an answer that is HTML, cut short or nested absurdly is
 * simply not an object. Must never: throw, or look at a member through the prototype.
 */

/** An object read from JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object a text holds, or undefined. */
export function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function own(object: JsonObject | undefined, name: string): unknown {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A non-empty text member, or undefined. */
export function textIn(object: JsonObject | undefined, name: string): string | undefined {
  const value = own(object, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An object member, or undefined. */
export function objectIn(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = own(object, name);
  return isObject(value) ? value : undefined;
}

/** A list member, or undefined. */
export function listIn(object: JsonObject | undefined, name: string): readonly unknown[] | undefined {
  const value = own(object, name);
  return Array.isArray(value) ? value : undefined;
}

/** A number that is one or is written as one: the v1 token endpoint writes its numbers as text (wire 2.3). */
export function numberIn(object: JsonObject | undefined, name: string): number | undefined {
  const value = own(object, name);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

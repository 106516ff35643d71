/**
 * A secret is a type, not a string (design law 3).
 *
 * Knows: one string it will not give away by accident. Promises: printing, serialising, inspecting, comparing or
 * concatenating a `Secret` never shows what it holds. Must never: be revealed anywhere but at the two edges that need
 * the plain text (the account database and the request body to the tenant) and where a person plainly asked to see it.
 */

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A password or key. Read it only with {@link Secret.reveal}. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain text. Every call of this is a place a reviewer looks at. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect](): string {
    return '[secret]';
  }
}

/**
 * Reading `fixtures/wire`: filling names, matching replies against patterns (fixtures/wire/README.md).
 *
 * Knows: the fixtures' own language. Promises: a mismatch is told with the path of the member. Must never: know what
 * any operation means.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { asRecord } from './foreignJson.ts';

export interface WireFixture {
  /** `backup/ok` */
  readonly name: string;
  readonly given: readonly string[];
  readonly jwt: { readonly header: object; readonly payload: object } | undefined;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly rawBody?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly absent?: readonly string[];
  };
}

/** Every fixture, in the order of its name. */
export function wireFixtures(): readonly WireFixture[] {
  const root = new URL('../../fixtures/wire/', import.meta.url);
  return readdirSync(root, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => {
      // The one parse boundary: the fixtures are this project's own data, judged by the tests that walk them.
      const read = JSON.parse(readFileSync(new URL(path, root), 'utf8')) as Omit<WireFixture, 'name'>;
      return { ...read, name: path.replace(/\.json$/, ''), given: read.given ?? [], jwt: read.jwt };
    });
}

/** `{name}` replaced everywhere in a value; an unknown name throws. */
export function fill<T>(value: T, names: Readonly<Record<string, string>>): T {
  return JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
    typeof each === 'string' ? fillText(each, names) : each,
  );
}

function fillText(text: string, names: Readonly<Record<string, string>>): string {
  return text.replace(/\{([a-z][A-Za-z0-9]*)\}/g, (_found, name: string) => {
    const value = names[name];
    if (value === undefined) throw new Error(`the fixture names {${name}}, which nothing fills`);
    return value;
  });
}

/** The names in braces a value uses. */
export function namesIn(value: unknown): readonly string[] {
  return [...JSON.stringify(value ?? null).matchAll(/\{([a-z][A-Za-z0-9]*)\}/g)].map((match) => match[1] ?? '');
}

const patterns: Readonly<Record<string, string>> = {
  '<any-guid>': '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  '<any-text>': '[\\s\\S]*',
  '<instant>': '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{7}Z',
  '<second-instant>': '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d',
  '<utc-second>': '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ',
  '<decimal>': '\\d+',
  '<jwt>': '[\\w-]+\\.[\\w-]+\\.[\\w-]+',
  '<base64>': '[A-Za-z0-9+/]+={0,2}',
  '<sha1>': '[0-9A-Fa-f]{40}',
  '<sid>': 'S-1-[0-9-]+',
};

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .split(/(<[a-z0-9-]+>)/)
    .map((part) => patterns[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^${source}$`).test(text);
}

/** What does not fit, each as `path: …`; members not shown in the fixture may be there. */
export function mismatches(expected: unknown, actual: unknown, path = ''): readonly string[] {
  if (expected === '<int>') return Number.isInteger(actual) ? [] : [`${path}: not an integer`];
  if (typeof expected === 'string') {
    return typeof actual === 'string' && matches(expected, actual)
      ? []
      : [`${path}: expected ${expected}, found ${JSON.stringify(actual)}`];
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [`${path}: not a list`];
    if (expected.length > actual.length) return [`${path}: ${actual.length} entries, expected ${expected.length}`];
    // Lists are whole, but for those of names a service may extend.
    const whole = expected.some((each) => typeof each === 'object') && expected.length !== actual.length;
    const rest =
      whole && path !== '/keys' && !path.endsWith('additionalDetails') ? [`${path}: more entries than shown`] : [];
    return [...rest, ...expected.flatMap((each, index) => mismatches(each, actual[index], `${path}/${index}`))];
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${path}: not an object`];
    const found = asRecord(actual);
    return Object.entries(expected).flatMap(([name, each]) => mismatches(each, found[name], `${path}/${name}`));
  }
  return expected === actual ? [] : [`${path}: expected ${String(expected)}, found ${JSON.stringify(actual)}`];
}

/** Whether a dotted path leads anywhere. */
export function isThere(value: unknown, path: string): boolean {
  let here: unknown = value;
  for (const name of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return false;
    here = asRecord(here)[name];
  }
  return true;
}

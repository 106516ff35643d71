/**
 * Reads fixtures/wire for the clients' tests: fills the names in braces, gives the patterns in angles a value, and
 * compares a request that was really sent with the one written down.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { StubReply, StubRequest } from './stubServer.ts';

interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Readonly<Record<string, unknown>>;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

const patterns: Readonly<Record<string, string>> = {
  'any-guid': '5b0e1d2c-0000-4000-8000-00000000abcd',
  'any-text': '',
  instant: '2026-01-05T10:20:30.1234567Z',
  'second-instant': '2026-01-05T10:20:30',
  'utc-second': '2026-01-05 10:20:30Z',
  decimal: '3599',
  jwt: `eyJhbGciOiJub25lIn0.${'e30'.repeat(4)}.c2ln`,
  base64: 'AAAA',
  sha1: 'A'.repeat(40),
  sid: 'S-1-12-1-1-2-3-4',
};

function fill(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    if (value === '<int>') return 3599;
    return value
      .replace(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole)
      .replace(/<([\w-]+)>/g, (whole, name: string) => patterns[name] ?? whole);
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, names));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item, names)]));
  return value;
}

/** One exchange, `operation/name`, filled in. */
export function wireFixture(path: string, names: Readonly<Record<string, string>>): Exchange {
  const url = new URL(`../../fixtures/wire/${path}.json`, import.meta.url);
  return fill(JSON.parse(readFileSync(url, 'utf8')), names) as Exchange;
}

/** The fixture's response, for the stub server; members of `body` may be set. */
export function replyOf(exchange: Exchange, body: Readonly<Record<string, unknown>> = {}): StubReply {
  const { status, headers } = exchange.response;
  return { status, headers, body: { ...(exchange.response.body as object), ...body } };
}

/** The real request says what the fixture says; query parameters in any order, further headers allowed. */
export function assertRequest(
  real: StubRequest | undefined,
  { request }: Exchange,
  except: readonly string[] = [],
): void {
  assert.ok(real, 'a request arrived');
  assert.equal(real.method, request.method);
  const [realUrl, url] = [new URL(real.path, 'https://x'), new URL(request.path, 'https://x')];
  assert.equal(realUrl.pathname, url.pathname);
  assert.deepEqual(Object.fromEntries(realUrl.searchParams), Object.fromEntries(url.searchParams));
  for (const [name, value] of Object.entries(request.headers))
    if (!except.includes(name)) assert.equal(real.headers[name], value, `header ${name}`);
  if (request.body === undefined) return;
  const form = real.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const body: Record<string, unknown> = form
    ? Object.fromEntries(new URLSearchParams(real.body))
    : JSON.parse(real.body === '' ? '{}' : real.body);
  for (const [name, value] of Object.entries(request.body))
    if (!except.includes(name)) assert.deepEqual(body[name], value, `member ${name}`);
}

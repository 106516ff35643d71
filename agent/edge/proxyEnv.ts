/**
 * Which proxy the environment asks for (HTTPS_PROXY, ALL_PROXY, NO_PROXY, in either case).
 *
 * Promises: loopback never goes through a proxy, whatever the environment says: the embedded tenant lives there, and a
 * proxy could only ever refuse it or read it. Must never: print a proxy's credentials.
 */
import { BlockList, isIP } from 'node:net';

/** The process's environment, as much as was given. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A proxy as a person may be told of it. */
export interface NamedProxy {
  /** Host and port, never its credentials; undefined where the address could not be read. */
  readonly address: string | undefined;
  /** The variable that names it, as it is spelt there. */
  readonly variable: string;
  /** Whether a user is named in it. */
  readonly hasUser: boolean;
}

/** `none`: go directly. `unusable`: the environment asks for something that cannot be done; nothing may be sent. */
export type ProxyChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'proxy'; readonly url: URL; readonly named: NamedProxy }
  | { readonly kind: 'unusable'; readonly problem: string; readonly named: NamedProxy };

/** Lower case first, as curl does. */
function variable(env: Env, name: string): { readonly name: string; readonly value: string } | undefined {
  const lower = name.toLowerCase();
  const spelt = env[lower] === undefined ? name : lower;
  const value = env[spelt]?.trim() ?? '';
  return value === '' ? undefined : { name: spelt, value };
}

/** Host without brackets, lower case, without a root dot. */
function plainHost(host: string): string {
  return host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** localhost, anything under it, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(host: string): boolean {
  const name = plainHost(host);
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const family = isIP(name);
  if (family === 4) return name.startsWith('127.');
  return family === 6 && (name === '::1' || /^::ffff:(127\.|7f[0-9a-f]{2}:)/.test(name));
}

function inSubnet(entry: string, host: string): boolean {
  const [base = '', bits = ''] = entry.split('/');
  const family = isIP(base);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const prefix = Number(bits);
  if (prefix > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(base, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function excludes(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inSubnet(entry, host);
  const withPort = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(entry);
  if (withPort !== null && Number(withPort[2]) !== port) return false;
  const name = plainHost(withPort?.[1] ?? entry).replace(/^\*?\./, '');
  return name !== '' && (host === name || (isIP(host) === 0 && host.endsWith(`.${name}`)));
}

/** A proxy's port, also where its address names none. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** Decides for one https host and port. */
export function proxyFor(host: string, port: number, env: Env): ProxyChoice {
  if (isLoopbackHost(host)) return { kind: 'none' };
  const asked = variable(env, 'HTTPS_PROXY') ?? variable(env, 'ALL_PROXY');
  if (asked === undefined) return { kind: 'none' };
  const exceptions = (variable(env, 'NO_PROXY')?.value ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  if (exceptions.some((entry) => excludes(entry.toLowerCase(), plainHost(host), port))) return { kind: 'none' };
  const text = asked.value.includes('://') ? asked.value : `http://${asked.value}`;
  const unusable = (problem: string): ProxyChoice => ({
    kind: 'unusable',
    problem,
    named: { address: undefined, variable: asked.name, hasUser: false },
  });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') return unusable('it is no address of the form http://host:port');
  // The host would be a part of the user's name, and of the password be said.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@'))
    return unusable('a / ? or # of its user or password has to be written in percent form');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return unusable(`a ${url.protocol.slice(0, -1)} proxy is not supported, only http and https`);
  const address = `${url.hostname}:${portOf(url)}`;
  return { kind: 'proxy', url, named: { address, variable: asked.name, hasUser: url.username !== '' } };
}

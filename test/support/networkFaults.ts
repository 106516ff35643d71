/**
 * The networks of real life, each as a fault that can be brought about and healed (issue: networks as they are).
 *
 * Knows: which of the ways (networkFaultWays.ts) each is, and which event Windows has for it. Promises: whoever runs the
 * list (the suite, the table of faults) tries the same things. Must never: judge; networkWorld.ts tells what came of it.
 */
import {
  afterwards,
  answering,
  blackHole,
  brokenAt,
  html,
  never,
  noProxy,
  noTenant,
  onLinux,
  oversized,
  patience,
  patienceOfGateway,
  portal,
  proxyAnswering,
  proxyDoing,
  redirecting,
  replaced,
  showing,
  silence,
  trickle,
  unclearAt,
  untrusted,
  withoutNetwork,
} from './networkFaultWays.ts';
import type { NetworkFault } from './networkWorld.ts';
import { refusedPort } from './stubServer.ts';

/**
 * Faults of one kind. What is content with one of a kind takes the last.
 */
function oneOf(kind: readonly NetworkFault[]): readonly NetworkFault[] {
  return kind.map((fault, index) => (index < kind.length - 1 ? { ...fault, besideAnother: true } : fault));
}

export const networkFaults: readonly NetworkFault[] = [
  {
    name: 'the name is not known',
    how: 'tenant.test without the proxy that knows it',
    way: 'proxied',
    events: [10025],
    code: 'ERR_LAPS_NAME_NOT_RESOLVED',
    hresult: '0x80072ee7',
    begin: () => ({ env: { HTTPS_PROXY: '' }, end: () => {} }),
  },
  {
    name: 'NO_PROXY keeps the tenant from its proxy',
    how: 'NO_PROXY=.test',
    way: 'proxied',
    events: [10025],
    code: 'ERR_LAPS_NAME_NOT_RESOLVED',
    hresult: '0x80072ee7',
    begin: () => ({ env: { NO_PROXY: '.test' }, end: () => {} }),
  },
  {
    name: 'the connection is refused',
    how: 'nobody listens',
    ...noTenant,
    hresult: '0x80072efd',
    async begin({ door }) {
      await door.down();
      return { end: () => door.up() };
    },
  },
  {
    name: 'no network at all',
    how: 'a network namespace without any',
    ...noTenant,
    hresult: '0x80072efd',
    unavailable: () =>
      withoutNetwork() === undefined ? 'needs root or user namespaces, for a network of its own' : undefined,
    begin: () => ({ within: withoutNetwork() ?? [], end: () => {} }),
  },
  {
    name: 'a black hole',
    how: 'a listener with a full queue, whose SYNs are never answered',
    ...noTenant,
    hresult: '0x80072ee2',
    unavailable: onLinux,
    begin: blackHole,
  },
  {
    name: 'connected, and no handshake',
    how: 'a server that takes the connection and says nothing',
    ...noTenant,
    hresult: '0x80072ee2',
    async begin(world) {
      let tell = (): void => {};
      const reached = new Promise<void>((resolve) => {
        tell = resolve;
      });
      return { reached, ...(await replaced((socket) => void socket.once('data', tell))(world)) };
    },
  },
  {
    name: 'hung up in the handshake',
    how: 'a server that ends every connection',
    ...noTenant,
    hresult: '0x80072efd',
    begin: replaced((socket) => socket.destroy()),
  },
  {
    name: 'no TLS',
    how: 'a server that speaks plain HTTP',
    ...untrusted,
    hresult: '0x80072f7d',
    begin: replaced((socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n${portal}`)),
  },
  ...oneOf(
    (
      [
        ['expired', '0x80072f05'],
        ['notYetValid', '0x80072f05'],
        ['wrongHost', '0x80072f06'],
        ['foreign', '0x80072f0d'],
        ['selfSigned', '0x80072f0d'],
      ] as const
    ).map(
      ([kind, hresult]): NetworkFault => ({
        name: `certificate: ${kind === 'foreign' ? 'TLS interception' : kind}`,
        how: 'the server shows another certificate',
        ...untrusted,
        hresult,
        begin: showing(kind),
      }),
    ),
  ),
  ...oneOf(
    (['discovery', 'nonce', 'token', 'backup'] as const).map(
      (place): NetworkFault => ({
        name: `half-open: silence at the ${place}`,
        how: 'the connection stands and nothing comes any more',
        ...brokenAt[place],
        hresult: '0x80072ee2',
        begin: never(place, silence),
      }),
    ),
  ),
  {
    name: 'half-open: silence after the backup was stored',
    how: 'the tenant stored, and nothing comes any more',
    ...brokenAt.backup,
    hresult: '0x80072ee2',
    begin: never('backup', silence, true),
  },
  ...oneOf(
    (['discovery', 'token', 'backup'] as const).map(
      (place): NetworkFault => ({
        name: `slow body at the ${place}`,
        how: 'a byte every 5 ms, for ever',
        ...brokenAt[place],
        hresult: '0x80072ee2',
        begin: never(place, trickle, place === 'backup'),
      }),
    ),
  ),
  ...oneOf(
    (['discovery', 'token', 'backup'] as const).map(
      (place): NetworkFault => ({
        name: `oversized body at the ${place}`,
        how: 'more than a mebibyte',
        ...brokenAt[place],
        hresult: '0x80072f78',
        begin: place === 'backup' ? afterwards(place, oversized) : answering(place, oversized),
      }),
    ),
  ),
  ...oneOf(
    (['discovery', 'token', 'backup'] as const).map(
      (place): NetworkFault => ({
        name: `cut in the middle of the ${place}'s answer`,
        how: 'half the body, then the end',
        ...brokenAt[place],
        hresult: '0x80072efe',
        begin: afterwards(place, { raw: ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a'], close: true }),
      }),
    ),
  ),
  ...oneOf(
    (
      [
        ['discovery', 429, 'seconds', 600],
        ['discovery', 503, 'date', 7200],
        ['token', 429, 'seconds', 600],
        ['token', 503, 'date', 7200],
      ] as const
    ).map(
      ([place, status, form, seconds]): NetworkFault => ({
        name: `${status} at the ${place}, Retry-After in ${form === 'date' ? 'a date' : form}`,
        how: `${seconds} s of patience asked for`,
        ...unclearAt[place],
        code: 'ERR_LAPS_TENANT_THROTTLED',
        hresult: `0x8007${status.toString(16).padStart(4, '0')}`,
        begin: patience(place, status, form, seconds),
      }),
    ),
  ),
  ...oneOf(
    (
      [
        [429, 'seconds', 600],
        [429, 'date', 7200],
        [503, 'seconds', 600],
        [503, 'date', 7200],
      ] as const
    ).map(
      ([status, form, seconds]): NetworkFault => ({
        name: `${status} at the backup, Retry-After in ${form === 'date' ? 'a date' : form}`,
        how: `${seconds} s of patience asked for`,
        events: [10059, 10028],
        code: 'ERR_LAPS_TENANT_THROTTLED',
        hresult: `0x8007${status.toString(16).padStart(4, '0')}`,
        begin: patience('backup', status, form, seconds),
      }),
    ),
  ),
  ...oneOf(
    [429, 503].map(
      (status): NetworkFault => ({
        name: `${status} of a gateway at the backup, Retry-After in seconds`,
        how: '600 s of patience asked for, with HTML',
        ...unclearAt.backup,
        hresult: `0x8007${status.toString(16).padStart(4, '0')}`,
        begin: patienceOfGateway(status, 600),
      }),
    ),
  ),
  ...oneOf(
    [301, 302, 303, 307, 308].map(
      (status): NetworkFault => ({
        name: `redirect (${status}) at the backup`,
        how: 'to a server of somebody else, which must not be asked',
        ...unclearAt.backup,
        begin: redirecting('backup', status),
      }),
    ),
  ),
  ...oneOf(
    [302, 307].map(
      (status): NetworkFault => ({
        name: `redirect (${status}) at the token`,
        how: 'to a server of somebody else, which must not be asked',
        ...unclearAt.token,
        begin: redirecting('token', status),
      }),
    ),
  ),
  {
    name: 'captive portal: 302 to its page',
    how: 'every request is sent elsewhere',
    events: [10025],
    code: 'ERR_LAPS_TENANT_NOT_PINNED',
    hresult: '0x80072f78',
    begin: redirecting(undefined, 302),
  },
  {
    name: 'captive portal: 200 with its page',
    how: 'every request is answered with HTML',
    ...unclearAt.discovery,
    hresult: '0x80072f78',
    begin: answering(undefined, { status: 200, headers: html, body: portal }),
  },
  {
    name: 'captive portal: its page at the backup alone',
    how: 'HTML with status 200 in place of the reply',
    ...unclearAt.backup,
    hresult: '0x80072f78',
    begin: afterwards('backup', { status: 200, headers: html, body: portal }),
  },
  {
    name: 'a gateway error after the backup was stored',
    how: '502 with HTML',
    ...unclearAt.backup,
    hresult: '0x800701f6',
    begin: afterwards('backup', { status: 502, headers: html, body: portal }),
  },
  ...oneOf(
    [403, 407, 502].map(
      (status): NetworkFault => ({
        name: `the proxy refuses (${status})`,
        how: `CONNECT is answered with ${status}`,
        ...noProxy,
        begin: proxyAnswering(status),
      }),
    ),
  ),
  {
    name: 'the proxy is not there',
    how: 'HTTPS_PROXY names a port nobody listens on',
    ...noProxy,
    begin: async () => ({ env: { HTTPS_PROXY: `http://127.0.0.1:${await refusedPort()}` }, end: () => {} }),
  },
  {
    name: 'the proxy does not answer',
    how: 'it takes the connection and says nothing',
    ...noProxy,
    begin: proxyDoing(() => {}, true),
  },
  {
    name: 'the proxy is none',
    how: 'it answers CONNECT with something that is not HTTP',
    ...noProxy,
    begin: proxyDoing((socket) => void socket.once('data', () => socket.end('220 mail ready\r\n')), false),
  },
  {
    name: 'the proxy cannot be used',
    how: 'HTTPS_PROXY=socks5://…',
    ...noProxy,
    begin: () => ({ env: { HTTPS_PROXY: 'socks5://127.0.0.1:1' }, end: () => {} }),
  },
];

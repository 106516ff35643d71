/**
 * What came of a proxy, in words for a person.
 *
 * Promises: which proxy, by which variable, on the way to which host; one that is down, unknown, busy or no proxy is told as
 * that; what stands in brackets at the end is a code. Must never: show a proxy's credentials.
 */
import { earlyData, noAnswer } from './connector.ts';
import type { NamedProxy } from './proxyEnv.ts';
import { tlsProblem } from './tlsProblem.ts';

interface Words {
  readonly message: string;
  readonly hint: string;
}

/** By the status with which a proxy refuses a tunnel. */
function refusal({ status, proxy, host, aside }: Told & { readonly status: string }): Omit<Words, 'message'> & {
  readonly did: string;
} {
  const { variable, hasUser } = proxy;
  switch (status) {
    case '407':
      return hasUser
        ? {
            did: `does not accept the user and the password that ${variable} names, on the way to ${host}`,
            hint: `put them right, each in percent form where it has characters such as @ / : # %: ${variable}=http://user:password@host:port`,
          }
        : {
            did: `wants a user and a password for the way to ${host}`,
            hint: `name them: ${variable}=http://user:password@host:port`,
          };
    case '429':
    case '503':
      return { did: `takes no connection to ${host} just now`, hint: `it is busy, or being mended: ${later}` };
    case '502':
    case '504':
      return {
        did: `does not get to ${host} itself`,
        hint: `check that the tenant runs and is called that; ${later}`,
      };
    default:
      return /^3/.test(status)
        ? {
            did: `sends the connection to ${host} elsewhere`,
            hint: 'it wants a sign-in first, it seems: sign in to the network in a browser, or ask whoever runs the proxy',
          }
        : {
            did: `did not let the connection to ${host} through`,
            hint: `ask whoever runs the proxy to let this host through, or ${aside}`,
          };
  }
}

const later = 'run it again later; if it goes on, ask whoever runs the proxy';

interface Told {
  readonly proxy: NamedProxy;
  readonly host: string;
  /** The way round it. */
  readonly aside: string;
}

const unreachable = ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTDOWN', 'ENETDOWN', 'ETIMEDOUT'];

/** Of a proxy that was never reached, or did not speak as one; `code` is the system's, OpenSSL's or Node's. */
function unreached(code: string, who: string, told: Told): Words {
  const { proxy, host, aside } = told;
  const from = `on the way to ${host}`;
  const right = `check that ${proxy.variable} names the right proxy`;
  if (code === 'ENOTFOUND' || code.startsWith('EAI_'))
    return {
      message: `the name of ${who}, ${from}, could not be resolved (${code})`,
      hint: `${right}, and the network and DNS of this machine; or ${aside}`,
    };
  if (code === 'ECONNREFUSED')
    return {
      message: `nothing answers as ${who}, ${from} (${code})`,
      hint: `${right} and port, and that it runs; or ${aside}`,
    };
  if (unreachable.includes(code))
    return {
      message: `there is no way to ${who}, ${from} (${code})`,
      hint: `${right}, and the network of this machine; or ${aside}`,
    };
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return {
      message: `${who} ended the connection to ${host} before it stood (${code})`,
      hint: `${right} and port; if it does, ${later}`,
    };
  if (code.startsWith('HPE_'))
    return {
      message: `what answers as ${who}, ${from}, is no proxy (${code})`,
      hint: `${right} and port; or ${aside}`,
    };
  const { problem } = tlsProblem(code);
  return {
    message: `${who}, ${from}, is not trusted: ${problem} (${code})`,
    hint: `${right} and port, and http:// or https:// as it wants; a private authority of the proxy's is named with --ca-file or in NODE_EXTRA_CA_CERTS`,
  };
}

/** @param detail as the connector tells it. @param host whither it was to lead. */
export function proxyProblem(proxy: NamedProxy, detail: string, host: string): Words {
  const { address, variable } = proxy;
  const told: Told = { proxy, host, aside: `name ${host.replace(/:\d+$/, '')} in NO_PROXY` };
  if (address === undefined)
    return {
      message: `the proxy that ${variable} names, on the way to ${host}, cannot be used: ${detail}`,
      hint: `set it right: ${variable}=http://host:port, or ${told.aside}`,
    };
  const who = `the proxy ${address} (from ${variable})`;
  const status = /^CONNECT (\d+)$/.exec(detail)?.[1];
  if (status !== undefined) {
    const { did, hint } = refusal({ ...told, status });
    return { message: `${who} ${did} (HTTP ${status})`, hint };
  }
  if (detail === noAnswer)
    return {
      message: `${who}, on the way to ${host}, did not answer in time`,
      hint: `check that ${variable} names the right proxy and port, and http:// or https:// as it wants; if it does, ${later}`,
    };
  if (detail === earlyData)
    return {
      message: `${who} answers in the place of ${host}`,
      hint: `what it says is not believed, and nothing was sent; ask whoever runs the proxy, or ${told.aside}`,
    };
  return unreached(detail, who, told);
}

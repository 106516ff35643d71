/**
 * Turns what became of a request into what a person is told, with the HRESULT Windows would show (wire 3.2, spec 11.2).
 *
 * Knows: transport outcomes and the error shapes of wire 1.6 and 2.4. Promises: every failure has a code, one sentence
 * and a hint where something can be done; foreign text is cleaned. Must never: carry a request's body.
 */
import { hresultOfHttpStatus, LapsError, type LapsErrorCode } from '../core/errors.ts';
import type { WireFailure } from '../core/ports.ts';
import type { HttpOutcome } from './http.ts';

/** A request that got no whole answer. */
export type Unanswered = Exclude<HttpOutcome, { readonly kind: 'answer' }>;

const timeoutHresult = 0x80072ee2;

/** WinHTTP's numbers for what is wrong with a certificate: date, name, authority; the channel otherwise. */
function tlsHresult(detail: string): number {
  if (detail === 'CERT_HAS_EXPIRED' || detail === 'CERT_NOT_YET_VALID') return 0x80072f05;
  if (detail === 'ERR_TLS_CERT_ALTNAME_INVALID') return 0x80072f06;
  return /SELF_SIGNED|ISSUER|LEAF_SIGNATURE|CERT_UNTRUSTED|CERT_SIGNATURE/.test(detail) ? 0x80072f0d : 0x80072f7d;
}

function tlsProblem(detail: string): { readonly problem: string; readonly hint: string } {
  switch (tlsHresult(detail)) {
    case 0x80072f05:
      return {
        problem: 'its certificate has expired or is not valid yet',
        hint: "check this machine's clock first; if it is right, the tenant's certificate or its authority's must be renewed",
      };
    case 0x80072f06:
      return {
        problem: 'its certificate is for another host name',
        hint: 'use the host name the certificate was issued for',
      };
    case 0x80072f0d:
      return {
        problem: 'its certificate comes from an authority that is not trusted here',
        hint: 'name the authority of a private tenant with --ca-file FILE; laps process, reset and run remember it',
      };
    default:
      return { problem: 'no verified TLS connection came about', hint: 'check that this is the tenant, and its port' };
  }
}

function proxyHint(detail: string): string {
  if (detail === 'CONNECT 407')
    return 'the proxy wants a user and a password: HTTPS_PROXY=http://user:password@host:port';
  if (/^CONNECT \d/.test(detail)) return 'ask whoever runs the proxy to let this host through, or name it in NO_PROXY';
  return 'check that HTTPS_PROXY names the right proxy and that it runs, or name this host in NO_PROXY';
}

/** `host:port` of an address, for messages. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the tenant';
}

/** The name alone: that is what is looked up. */
const nameOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : 'of the tenant');

/**
 * The failure of a request without a whole answer.
 * @param broken the code for an exchange that broke after something may have left; what that means depends on the request.
 */
export function failureOfUnanswered(outcome: Unanswered, url: string, broken: LapsErrorCode): WireFailure {
  const host = hostOf(url);
  const detail = `${outcome.kind} ${outcome.reason}: ${outcome.detail}`;
  switch (outcome.reason) {
    case 'dns':
      return {
        code: 'ERR_LAPS_NAME_NOT_RESOLVED',
        message: `the name ${nameOf(url)} could not be resolved`,
        hint: 'check the network, DNS and proxy settings of this machine',
        hresult: 0x80072ee7,
        detail,
      };
    case 'refused':
    case 'unreachable':
      return {
        code: 'ERR_LAPS_NO_TENANT',
        message: `no tenant answers at ${host}`,
        hint: 'check that the tenant is running and reachable, and try again',
        hresult: 0x80072efd,
        detail,
      };
    case 'timeoutConnect':
      return {
        code: 'ERR_LAPS_NO_TENANT',
        message: `no connection to ${host} came about in time`,
        hint: 'check the network, a firewall in between, and the proxy settings of this machine',
        hresult: timeoutHresult,
        detail,
      };
    case 'proxy':
      return {
        code: 'ERR_LAPS_PROXY_REFUSED',
        message: `the proxy did not let the connection to ${host} through (${outcome.detail})`,
        hint: proxyHint(outcome.detail),
        hresult: 0x80072efd,
        detail,
      };
    case 'tls': {
      const { problem, hint } = tlsProblem(outcome.detail);
      return {
        code: 'ERR_LAPS_TENANT_UNTRUSTED',
        message: `${host} is not trusted: ${problem}`,
        hint,
        hresult: tlsHresult(outcome.detail),
        detail,
      };
    }
    case 'aborted':
      return {
        code: 'ERR_LAPS_INTERRUPTED',
        message: `interrupted before ${host} answered`,
        hresult: 0x800704c7,
        detail,
      };
    case 'timeout':
      return {
        code: broken,
        message: `${host} took the request and did not answer in time`,
        hint: 'try again later',
        hresult: timeoutHresult,
        detail,
      };
    case 'reset':
    case 'tooLarge':
      return {
        code: broken,
        message:
          outcome.reason === 'reset'
            ? `${host} ended the connection without a whole answer`
            : `${host} sent an answer far larger than this exchange has`,
        hint: 'try again later; if it goes on, check what stands between this machine and the tenant',
        hresult: outcome.reason === 'reset' ? 0x80072efe : 0x80072f78,
        detail,
      };
  }
}

/** The same as an error, for what stops a command. */
export function errorOf(failure: WireFailure): LapsError {
  return new LapsError(failure.code, {
    message: failure.message,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    ...(failure.detail === undefined ? {} : { detail: failure.detail }),
    hresult: failure.hresult,
  });
}

/** For an answer of the wrong kind: HTML, a redirect, a status nobody expects. */
export function failureOfStatus(code: LapsErrorCode, status: number, message: string, hint?: string): WireFailure {
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    // A success that makes no sense is WinHTTP's "invalid server response".
    hresult: status >= 200 && status < 300 ? 0x80072f78 : hresultOfHttpStatus(status),
    detail: `HTTP ${status}`,
  };
}

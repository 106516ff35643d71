/**
 * Turns what became of a request into what a person is told, with the HRESULT Windows would show (wire 3.2, spec 11.2).
 *
 * Knows: transport outcomes and the error shapes of wire 1.6 and 2.4. Promises: every failure has a code, one sentence
 * and a hint where something can be done; foreign text is cleaned. Must never: carry a request's body.
 */
import { hresultOfHttpStatus, LapsError, type LapsErrorCode } from '../core/errors.ts';
import type { WireFailure } from '../core/ports.ts';
import type { HttpOutcome } from './http.ts';
import { proxyProblem } from './proxyProblem.ts';
import { tlsHresult, tlsProblem } from './tlsProblem.ts';

/** A request that got no whole answer. */
export type Unanswered = Exclude<HttpOutcome, { readonly kind: 'answer' }>;

const timeoutHresult = 0x80072ee2;

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
        ...proxyProblem(outcome.proxy, outcome.detail, host),
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

import assert from 'node:assert/strict';
import { earlyData, noAnswer } from '../../agent/edge/connector.ts';
import { proxyProblem } from '../../agent/edge/proxyProblem.ts';

const proxy = { address: 'proxy.corp:3128', variable: 'https_proxy', hasUser: false };
const host = 'tenant.test:8443';

describe('what came of a proxy', () => {
  const rows: ReadonlyArray<readonly [detail: string, message: RegExp, hint: RegExp]> = [
    [
      'CONNECT 407',
      /wants a user and a password for the way to tenant\.test:8443 \(HTTP 407\)$/,
      /https_proxy=http:\/\/user:password@host:port/,
    ],
    ['CONNECT 403', /did not let the connection to tenant\.test:8443 through \(HTTP 403\)$/, /let this host through/],
    ['CONNECT 503', /takes no connection to tenant\.test:8443 just now \(HTTP 503\)$/, /busy.*run it again later/],
    ['CONNECT 429', /takes no connection to tenant\.test:8443 just now \(HTTP 429\)$/, /busy.*run it again later/],
    ['CONNECT 502', /does not get to tenant\.test:8443 itself \(HTTP 502\)$/, /the tenant runs/],
    ['CONNECT 504', /does not get to tenant\.test:8443 itself \(HTTP 504\)$/, /the tenant runs/],
    ['CONNECT 302', /elsewhere \(HTTP 302\)$/, /sign in to the network/],
    [noAnswer, /did not answer in time$/, /names the right proxy and port/],
    [earlyData, /answers in the place of tenant\.test:8443$/, /nothing was sent/],
    ['ENOTFOUND', /^the name of the proxy .* could not be resolved \(ENOTFOUND\)$/, /DNS of this machine/],
    ['EAI_AGAIN', /^the name of the proxy .* could not be resolved \(EAI_AGAIN\)$/, /DNS of this machine/],
    ['ECONNREFUSED', /^nothing answers as the proxy .* \(ECONNREFUSED\)$/, /and that it runs/],
    ['EHOSTUNREACH', /^there is no way to the proxy .* \(EHOSTUNREACH\)$/, /network of this machine/],
    ['ECONNRESET', /ended the connection .* before it stood \(ECONNRESET\)$/, /run it again later/],
    ['HPE_INVALID_CONSTANT', /is no proxy \(HPE_INVALID_CONSTANT\)$/, /and port/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /is not trusted: .*authority.* \(SELF_SIGNED_CERT_IN_CHAIN\)$/, /--ca-file/],
  ];
  for (const [detail, message, hint] of rows)
    it(`says which, on the way to where, and what to do: ${detail}`, () => {
      const told = proxyProblem(proxy, detail, host);
      assert.match(told.message, message);
      assert.match(told.message, /the proxy proxy\.corp:3128 \(from https_proxy\)/);
      assert.match(told.hint, hint);
      assert.doesNotMatch(told.hint, /HTTPS_PROXY/, 'another variable names it');
    });

  it('names the host without its port for NO_PROXY', () => {
    assert.match(proxyProblem(proxy, 'CONNECT 403', host).hint, /or name tenant\.test in NO_PROXY$/);
    assert.match(proxyProblem(proxy, 'CONNECT 403', '[fd00::1]:8443').hint, /or name \[fd00::1\] in NO_PROXY$/);
  });

  it('tells one whose user or password is wrong from one that wants them', () => {
    const { message, hint } = proxyProblem({ ...proxy, hasUser: true }, 'CONNECT 407', host);
    assert.match(
      message,
      /does not accept the user and the password that https_proxy names, on the way to tenant\.test:8443 \(HTTP 407\)$/,
    );
    assert.match(hint, /percent form/);
  });

  it('says why an address is none, by the variable alone', () => {
    const { message, hint } = proxyProblem({ ...proxy, address: undefined }, 'a socks5 proxy is not supported', host);
    assert.match(
      message,
      /^the proxy that https_proxy names, on the way to tenant\.test:8443, cannot be used: a socks5/,
    );
    assert.match(hint, /^set it right: https_proxy=http:\/\/host:port, or name tenant\.test in NO_PROXY$/);
  });
});

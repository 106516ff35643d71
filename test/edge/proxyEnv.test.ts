import assert from 'node:assert/strict';
import { isLoopbackHost, proxyFor } from '../../agent/edge/proxyEnv.ts';

const choice = (host: string, env: Record<string, string>, port = 443): string => {
  const made = proxyFor(host, port, env);
  return made.kind === 'proxy' ? made.url.host : made.kind;
};

describe('proxyFor', () => {
  it('reads either case, the lower first, and ALL_PROXY last', () => {
    assert.equal(choice('a.test', {}), 'none');
    assert.equal(choice('a.test', { HTTPS_PROXY: '' }), 'none');
    assert.equal(choice('a.test', { HTTPS_PROXY: 'http://up:1' }), 'up:1');
    assert.equal(choice('a.test', { HTTPS_PROXY: 'http://up:1', https_proxy: 'http://low:2' }), 'low:2');
    assert.equal(choice('a.test', { ALL_PROXY: 'http://all:3' }), 'all:3');
    assert.equal(choice('a.test', { HTTP_PROXY: 'http://plain:4' }), 'none');
  });

  it('takes a host and port without a scheme for an http proxy', () => {
    assert.equal(choice('a.test', { HTTPS_PROXY: 'proxy.corp:3128' }), 'proxy.corp:3128');
  });

  it('says when the environment asks for what cannot be done', () => {
    assert.equal(choice('a.test', { HTTPS_PROXY: 'socks5://p:1' }), 'unusable');
    assert.equal(choice('a.test', { HTTPS_PROXY: 'http://' }), 'unusable');
  });

  const rows: ReadonlyArray<readonly [noProxy: string, host: string, excluded: boolean]> = [
    ['*', 'a.test', true],
    ['a.test', 'a.test', true],
    ['A.TEST', 'a.test', true],
    ['a.test', 'a.test.', true],
    ['a.test', 'b.a.test', true],
    ['.a.test', 'b.a.test', true],
    ['*.a.test', 'b.a.test', true],
    ['a.test', 'ba.test', false],
    ['a.test', 'a.test.evil', false],
    ['a.test:8443', 'a.test', false],
    ['a.test:443', 'a.test', true],
    ['b.test, a.test', 'a.test', true],
    ['b.test a.test', 'a.test', true],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.0/99', '10.1.2.3', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['1.2.3', '10.1.2.3', false],
    ['fd00::/8', 'fd00::1', true],
    ['[fd00::1]:443', '[fd00::1]', true],
    [', ,', 'a.test', false],
  ];
  for (const [noProxy, host, excluded] of rows)
    it(`${excluded ? 'passes by' : 'goes through'} it for ${host} with NO_PROXY=${noProxy}`, () => {
      const env = { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy };
      assert.equal(choice(host, env), excluded ? 'none' : 'p:1');
    });

  it('always passes it by for loopback', () => {
    for (const host of [
      'localhost',
      'LOCALHOST.',
      'a.localhost',
      '127.0.0.1',
      '127.9.9.9',
      '::1',
      '[::1]',
      '::ffff:127.0.0.1',
    ]) {
      assert.ok(isLoopbackHost(host), host);
      assert.equal(choice(host, { HTTPS_PROXY: 'http://p:1' }), 'none');
    }
    for (const host of ['localhost.evil.test', '127.evil.test', '128.0.0.1', '::2'])
      assert.ok(!isLoopbackHost(host), host);
  });
});

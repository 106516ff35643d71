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
    for (const address of ['http://', 'http://p:99999', 'http://user:pa/ss@p:1', 'http://user:12/34@p:1'])
      assert.equal(choice('a.test', { HTTPS_PROXY: address }), 'unusable', address);
  });

  it('says where a proxy is and which variable names it, and nothing of its user or password', () => {
    const named = (env: Record<string, string>) => {
      const made = proxyFor('a.test', 443, env);
      return made.kind === 'none' ? undefined : made.named;
    };
    assert.deepEqual(named({ all_proxy: 'http://user:secret@up' }), {
      address: 'up:80',
      variable: 'all_proxy',
      hasUser: true,
    });
    assert.deepEqual(named({ HTTPS_PROXY: 'https://[::1]', ALL_PROXY: 'http://all:3' }), {
      address: '[::1]:443',
      variable: 'HTTPS_PROXY',
      hasUser: false,
    });
    for (const secret of ['http://user:secret@p:x', 'ftp://user:secret@p:1', 'http://u:1/secret@p:1']) {
      const made = proxyFor('a.test', 443, { https_proxy: secret });
      assert.doesNotMatch(JSON.stringify(made), /secret/);
      assert.match(JSON.stringify(made), /"variable":"https_proxy"/);
    }
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

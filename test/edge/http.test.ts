import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttp, type Http, type HttpOutcome } from '../../agent/edge/http.ts';
import { type StubCertificateKind, stubCertificates } from '../support/stubCertificates.ts';
import { refusedPort, type Stub, startStub, startStubProxy, startTcpStub } from '../support/stubServer.ts';

const planted = 'Planted#Secret%5"\\x';

describe('http', () => {
  const closing: Array<() => Promise<void>> = [];
  async function stub(...parameters: Parameters<typeof startStub>): Promise<Stub> {
    const made = await startStub(...parameters);
    closing.push(made.close);
    return made;
  }
  async function http(
    overrides: Partial<Parameters<typeof createHttp>[0]> & { readonly env?: Record<string, string> } = {},
  ): Promise<Http> {
    const { caPem } = await stubCertificates();
    return createHttp({ env: {}, trustedCas: [caPem], deadlineMs: 5000, maxBytes: 1000, ...overrides });
  }
  const post = (client: Http, url: string, more: { fresh?: boolean; deadlineMs?: number } = {}): Promise<HttpOutcome> =>
    client.send({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, body: planted, ...more });
  function reasonOf(outcome: HttpOutcome): string {
    assert.ok(!JSON.stringify(outcome).includes('Planted'), 'the body is in no outcome');
    return outcome.kind === 'answer' ? `answer ${outcome.status}` : `${outcome.kind} ${outcome.reason}`;
  }

  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });

  describe('before anything is sent', () => {
    const bad: StubCertificateKind[] = ['expired', 'notYetValid', 'foreign', 'wrongHost', 'selfSigned'];
    for (const certificate of bad) {
      it(`refuses a certificate that is ${certificate}`, async () => {
        const server = await stub(() => ({ status: 200 }), { certificate });
        assert.equal(reasonOf(await post(await http(), server.origin)), 'notSent tls');
        assert.equal(server.requests.length, 0);
      });
    }

    it('refuses it also when NODE_TLS_REJECT_UNAUTHORIZED says 0', async () => {
      const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      const warn = process.emitWarning;
      process.emitWarning = () => {};
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      try {
        for (const trustedCas of [[], [(await stub(() => ({}))).caPem]]) {
          const server = await stub(() => ({ status: 200 }), { certificate: 'foreign' });
          assert.equal(reasonOf(await post(await http({ trustedCas }), server.origin)), 'notSent tls');
          assert.equal(server.requests.length, 0);
        }
      } finally {
        process.emitWarning = warn;
        if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
        else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
      }
    });

    it('names an unknown host', async () => {
      const outcome = await post(await http(), 'https://no-such-host.invalid/');
      assert.equal(reasonOf(outcome), 'notSent dns');
    });

    it('asks no name server for the names of this machine itself, nor needs a hosts file that has them', async () => {
      const { port } = new URL((await stub(() => ({ status: 200 }))).origin);
      // It is met, and is not who it was taken for.
      assert.equal(reasonOf(await post(await http(), `https://laps.localhost:${port}/`)), 'notSent tls');
    });

    it('names a refused port', async () => {
      assert.equal(reasonOf(await post(await http(), `https://localhost:${await refusedPort()}/`)), 'notSent refused');
    });

    it('gives up on a black hole', async () => {
      const hole = await startTcpStub(() => {});
      closing.push(hole.close);
      const outcome = await post(await http({ deadlineMs: 80 }), `https://localhost:${hole.port}/`);
      assert.equal(reasonOf(outcome), 'notSent timeoutConnect');
    });

    it('names a peer that hangs up before the handshake', async () => {
      const rude = await startTcpStub((socket) => socket.destroy());
      closing.push(rude.close);
      assert.equal(reasonOf(await post(await http(), `https://localhost:${rude.port}/`)), 'notSent unreachable');
    });

    it('names a peer that speaks no TLS', async () => {
      const plain = await startTcpStub((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      closing.push(plain.close);
      assert.equal(reasonOf(await post(await http(), `https://localhost:${plain.port}/`)), 'notSent tls');
    });

    for (const url of ['http://localhost:1/', 'https://user:pass@localhost/', 'nonsense', 'file:///etc/passwd'])
      it(`refuses the address ${url}`, async () => {
        assert.equal(reasonOf(await post(await http(), url)), 'notSent tls');
      });

    it('sends nothing for a caller that has already given up', async () => {
      const server = await stub(() => ({}));
      const outcome = await (await http()).send({ method: 'GET', url: server.origin, signal: AbortSignal.abort() });
      assert.equal(reasonOf(outcome), 'notSent aborted');
      assert.equal(server.requests.length, 0);
    });
  });

  describe('behind a proxy', () => {
    for (const status of [403, 407, 502]) {
      it(`tells a refused CONNECT (${status}) from the server's answer`, async () => {
        const proxy = await startStubProxy({ status });
        closing.push(proxy.close);
        const client = await http({ env: { HTTPS_PROXY: proxy.url } });
        const outcome = await post(client, 'https://tenant.test/');
        const named = { address: new URL(proxy.url).host, variable: 'HTTPS_PROXY', hasUser: false };
        assert.deepEqual(outcome, { kind: 'notSent', reason: 'proxy', detail: `CONNECT ${status}`, proxy: named });
        assert.equal(proxy.asked.length, 1);
      });
    }

    it('goes through it, verified end to end, with its credentials and no trace of them', async () => {
      const server = await stub((request) => ({ status: 201, body: { got: request.body } }));
      const proxy = await startStubProxy({ status: 200, forwardPort: server.port });
      closing.push(proxy.close);
      const client = await http({ env: { https_proxy: proxy.url.replace('//', '//user:p%40ss@') } });
      assert.equal(
        reasonOf({ ...(await post(client, 'https://tenant.test/x')), text: '' } as HttpOutcome),
        'answer 201',
      );
      assert.deepEqual(proxy.asked, [
        { target: 'tenant.test:443', authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}` },
      ]);
    });

    it('goes through one that is itself spoken to over TLS, if its certificate is good', async () => {
      const server = await stub(() => ({ status: 204 }));
      const proxy = await startStubProxy({ status: 200, forwardPort: server.port, tls: true });
      closing.push(proxy.close);
      const env = { HTTPS_PROXY: proxy.url };
      assert.equal(reasonOf(await post(await http({ env }), 'https://tenant.test/')), 'answer 204');
      assert.equal(proxy.asked.length, 1);
      const mistrusting = await http({ env, trustedCas: [] });
      assert.equal(reasonOf(await post(mistrusting, 'https://tenant.test/')), 'notSent proxy');
      assert.equal(proxy.asked.length, 1);
    });

    it('refuses a foreign certificate behind it', async () => {
      const server = await stub(() => ({}), { certificate: 'foreign' });
      const proxy = await startStubProxy({ status: 200, forwardPort: server.port });
      closing.push(proxy.close);
      const outcome = await post(await http({ env: { HTTPS_PROXY: proxy.url } }), 'https://tenant.test/');
      assert.equal(reasonOf(outcome), 'notSent tls');
      assert.equal(server.requests.length, 0);
    });

    it('refuses one that talks in the tenant’s place', async () => {
      const server = await stub(() => ({}));
      const proxy = await startStubProxy({ status: 200, forwardPort: server.port, early: 'HTTP/1.1 200 OK\r\n\r\n' });
      closing.push(proxy.close);
      const outcome = await post(await http({ env: { HTTPS_PROXY: proxy.url } }), 'https://tenant.test/');
      assert.match(reasonOf(outcome), /^notSent /);
      assert.equal(server.requests.length, 0);
    });

    it('names a proxy that is not there, hangs, or cannot be used', async () => {
      const hole = await startTcpStub(() => {});
      closing.push(hole.close);
      const proxies = [
        `http://127.0.0.1:${await refusedPort()}`,
        `http://127.0.0.1:${hole.port}`,
        'socks5://127.0.0.1:1',
      ];
      for (const HTTPS_PROXY of proxies)
        assert.equal(
          reasonOf(await post(await http({ env: { HTTPS_PROXY }, deadlineMs: 1000 }), 'https://tenant.test/')),
          'notSent proxy',
        );
    });

    it('never sends loopback through it', async () => {
      const server = await stub(() => ({ status: 204 }));
      const proxy = await startStubProxy({ status: 403 });
      closing.push(proxy.close);
      const client = await http({ env: { HTTPS_PROXY: proxy.url, https_proxy: proxy.url, ALL_PROXY: proxy.url } });
      assert.equal(reasonOf(await post(client, server.origin)), 'answer 204');
      assert.equal(proxy.asked.length, 0);
    });
  });

  describe('after something may have left', () => {
    it('says reset when the connection ends before the first byte of an answer', async () => {
      const server = await stub(() => ({ raw: [], close: true }));
      assert.equal(reasonOf(await post(await http(), server.origin)), 'broken reset');
      assert.equal(server.requests[0]?.body, planted);
    });

    it('says reset when it ends in the middle of the headers, of the body, or of a chunk', async () => {
      for (const raw of [
        'HTTP/1.1 200 OK\r\ncontent-',
        'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf',
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\nhalf',
      ]) {
        const server = await stub(() => ({ raw: [raw], close: true }));
        assert.equal(reasonOf(await post(await http(), server.origin)), 'broken reset', raw);
      }
    });

    it('says reset for an answer that is not HTTP', async () => {
      const server = await stub(() => ({ raw: ['220 mail ready\r\n'], close: true }));
      assert.equal(reasonOf(await post(await http(), server.origin)), 'broken reset');
    });

    it('says timeout for a hang, a half-open answer and a slow body', async () => {
      for (const raw of [[], ['HTTP/1.1 200 OK\r\n'], ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow']]) {
        const server = await stub(() => ({ raw }));
        assert.equal(reasonOf(await post(await http(), server.origin, { deadlineMs: 80 })), 'broken timeout');
      }
    });

    it('says timeout for a body that trickles, however often a byte comes', async () => {
      const hole = await stub(() => ({ raw: ['HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n'], trickleMs: 5 }));
      assert.equal(reasonOf(await post(await http(), hole.origin, { deadlineMs: 120 })), 'broken timeout');
    });

    it('stops reading a body that is too large, declared or not', async () => {
      const big = 'x'.repeat(2000);
      for (const answer of [
        { status: 200, body: big },
        { raw: ['HTTP/1.1 200 OK\r\n\r\n', big], close: true },
      ]) {
        const server = await stub(() => answer);
        assert.equal(reasonOf(await post(await http(), server.origin)), 'broken tooLarge');
      }
    });

    it('says aborted when the caller gives up', async () => {
      const controller = new AbortController();
      const server = await stub(() => {
        controller.abort();
        return { raw: [] };
      });
      const client = await http();
      const outcome = await client.send({ method: 'GET', url: server.origin, signal: controller.signal });
      assert.equal(reasonOf(outcome), 'broken aborted');
    });
  });

  describe('an answer', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      it(`that redirects (${status}) is an answer and is not followed`, async () => {
        const other = await stub(() => ({}));
        const server = await stub(() => ({ status, headers: { location: `${other.origin}/take` } }));
        assert.equal(reasonOf(await post(await http(), server.origin)), `answer ${status}`);
        assert.equal(other.requests.length, 0);
      });
    }

    it('is given as text whatever its type, with lower-case header names and without a byte order mark', async () => {
      const server = await stub(() => ({ status: 503, headers: { 'X-Odd': 'a' }, body: '\ufeff<html>é' }));
      const outcome = await (await http()).send({ method: 'GET', url: server.origin });
      assert.ok(outcome.kind === 'answer');
      assert.equal(outcome.text, '<html>é');
      assert.equal(outcome.headers['x-odd'], 'a');
    });

    it('arrives on a kept connection, on a new one when asked, and after idle ones were dropped', async () => {
      const server = await stub(() => ({}));
      const client = await http();
      await post(client, server.origin);
      await post(client, server.origin);
      await post(client, server.origin, { fresh: true });
      client.dropIdle();
      await post(client, server.origin);
      assert.deepEqual(
        server.requests.map((request) => request.connection),
        [1, 1, 2, 3],
      );
    });

    it('trusts what NODE_EXTRA_CA_CERTS names, beside an authority of its own', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'laps-ca-'));
      const { caPem, certificates } = await stubCertificates();
      await writeFile(join(folder, 'ca.pem'), caPem);
      const other = [certificates.get('selfSigned')?.cert ?? ''];
      const server = await stub(() => ({ status: 204 }));
      for (const [NODE_EXTRA_CA_CERTS, expected] of [
        [join(folder, 'ca.pem'), 'answer 204'],
        [join(folder, 'none.pem'), 'notSent tls'],
      ] as const)
        assert.equal(
          reasonOf(await post(await http({ env: { NODE_EXTRA_CA_CERTS }, trustedCas: other }), server.origin)),
          expected,
        );
      await rm(folder, { recursive: true });
    });

    it('trusts what the system trusts, its bundle named by SSL_CERT_FILE', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'laps-ca-'));
      const { caPem } = await stubCertificates();
      await writeFile(join(folder, 'bundle.crt'), `# a comment\n${caPem}`);
      const server = await stub(() => ({ status: 204 }));
      const SSL_CERT_FILE = join(folder, 'bundle.crt');
      assert.equal(
        reasonOf(await post(await http({ env: { SSL_CERT_FILE }, trustedCas: [] }), server.origin)),
        'answer 204',
      );
      await rm(folder, { recursive: true });
    });

    it('comes from ::1 as from any other address, its certificate checked against the address', async function () {
      const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
      if (!addresses.some(({ address }) => address === '::1')) {
        console.log('      skipped: this machine has no IPv6 loopback');
        this.skip();
      }
      for (const certificate of ['good', 'wrongHost'] as const) {
        const server = await stub(() => ({ status: 204 }), { address: '::1', host: '[::1]', certificate });
        const said = reasonOf(await post(await http(), server.origin));
        assert.equal(said, certificate === 'good' ? 'answer 204' : 'notSent tls');
      }
    });

    it('trusts nothing private without its authority', async () => {
      const server = await stub(() => ({}));
      assert.equal(reasonOf(await post(await http({ trustedCas: [] }), server.origin)), 'notSent tls');
    });
  });
});

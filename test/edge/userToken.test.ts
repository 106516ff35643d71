import assert from 'node:assert/strict';
import { LapsError, type LapsErrorCode } from '../../agent/core/errors.ts';
import { Secret } from '../../agent/core/secret.ts';
import {
  authorityOf,
  authorityOfTokenEndpoint,
  type DeviceCodePrompt,
  type SignInMethod,
  signIn,
} from '../../agent/edge/userToken.ts';
import type { StubAnswer } from '../support/stubServer.ts';
import { type StubTenant, standingClock, startStubTenant, tenantId } from '../support/stubTenant.ts';
import { assertRequest, replyOf, wireFixture } from '../support/wireFixture.ts';

const password = 'Planted#Secret%5"\\x';

describe('signIn', () => {
  let tenant: StubTenant;
  let clock: ReturnType<typeof standingClock>;
  let slept: number[];
  const scope = 'https://graph.microsoft.com/DeviceLocalCredential.Read.All openid profile offline_access';
  beforeEach(async () => {
    tenant = await startStubTenant();
    clock = standingClock();
    slept = [];
  });
  afterEach(() => tenant.close());

  const run = (method: SignInMethod, more: { clientId?: string; scope?: string } = {}): Promise<Secret> =>
    signIn({
      http: tenant.http,
      clock,
      sleep: async (ms) => {
        slept.push(ms);
        clock.advance(ms);
      },
      authority: authorityOf(tenant.stub.origin, tenantId),
      clientId: 'public-app',
      scope,
      method,
      ...more,
    });
  const byPassword = (): Promise<Secret> =>
    run({ kind: 'password', user: 'admin@contoso.test', password: new Secret(password) });
  async function rejectsWith(promise: Promise<unknown>, code: LapsErrorCode, hint?: RegExp): Promise<void> {
    await assert.rejects(promise, (error) => {
      assert.ok(error instanceof LapsError);
      assert.equal(error.code, code);
      const told = `${error.message} ${error.hint} ${error.detail} ${error.stack} ${JSON.stringify(error)}`;
      assert.ok(!told.includes('Planted'), 'the password is in no error');
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
      return true;
    });
  }

  it('signs in by password as written down', async () => {
    const names = {
      ...tenant.names,
      publicAppId: 'public-app',
      adminUser: 'admin@contoso.test',
      adminPassword: password,
    };
    const exchange = wireFixture('oauth/password', names);
    tenant.on('userToken', () => replyOf(exchange, { access_token: 'a.b.c' }));
    assert.equal((await byPassword()).reveal(), 'a.b.c');
    assertRequest(tenant.of('userToken')[0], exchange, ['response_type', 'client_info']);
  });

  it('signs an application in as written down', async () => {
    const names = { ...tenant.names, appId: 'app', appSecret: password };
    const exchange = wireFixture('oauth/clientCredentials', names);
    tenant.on('userToken', () => replyOf(exchange, { access_token: 'a.b.c' }));
    const method = { kind: 'clientSecret', secret: new Secret(password) } as const;
    const token = await run(method, { clientId: 'app', scope: 'https://graph.microsoft.com/.default' });
    assert.equal(token.reveal(), 'a.b.c');
    assertRequest(tenant.of('userToken')[0], exchange, ['x-client-SKU']);
  });

  const refusal = (code: number, text = 'no'): StubAnswer => ({
    status: 400,
    body: {
      error: 'invalid_grant',
      error_description: `AADSTS${code}: ${text}.\r\nTrace ID: 1\r\nCorrelation ID: 2`,
      error_codes: [code],
    },
  });
  for (const [code, hint] of [
    [50126, /password/],
    [50076, /--device-code/],
    [53003, /Conditional Access/],
    [7000215, /LAPS_CLIENT_SECRET/],
    [700016, /--client-id/],
    [123456, /check/],
  ] as const)
    it(`says what to do about AADSTS${code}`, async () => {
      tenant.on('userToken', () => refusal(code));
      await rejectsWith(byPassword(), 'ERR_LAPS_ADMIN_SIGN_IN', hint);
    });

  it('withholds a refusal that repeats the password', async () => {
    tenant.on('userToken', (request) => refusal(50126, `bad request ${request.body} ${password}`));
    await rejectsWith(byPassword(), 'ERR_LAPS_ADMIN_SIGN_IN');
  });

  it('takes HTML, a redirect, half an answer or a throttle for what they are', async () => {
    const rows: ReadonlyArray<readonly [StubAnswer, LapsErrorCode]> = [
      [{ status: 200, body: '<html>' }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ status: 200, body: { access_token: 'a\nb' } }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ status: 307, headers: { location: 'https://elsewhere.test/' } }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ raw: ['HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{'], close: true }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ status: 429, headers: { 'retry-after': '5' } }, 'ERR_LAPS_TENANT_THROTTLED'],
    ];
    for (const [answer, code] of rows) {
      tenant.on('userToken', () => answer);
      await rejectsWith(byPassword(), code);
    }
    await tenant.close();
    tenant.http.dropIdle();
    await rejectsWith(byPassword(), 'ERR_LAPS_NO_TENANT');
  });

  describe('with a device code', () => {
    const started = {
      device_code: 'dc',
      user_code: 'ABCD',
      verification_uri: 'https://x.test/devicelogin',
      expires_in: 30,
      interval: 5,
      message: 'go to\u001b[2J https://x.test/devicelogin and enter ABCD',
    };
    const pending: StubAnswer = { status: 400, body: { error: 'authorization_pending', error_codes: [70016] } };
    /** Answers the start, then each poll in turn, the last one for ever. */
    function answers(...polls: StubAnswer[]): void {
      let at = 0;
      tenant.on('userToken', (request) => {
        if (request.path.endsWith('/devicecode')) return { status: 200, body: started };
        at += 1;
        return polls[Math.min(at, polls.length) - 1] ?? pending;
      });
    }
    const shown: DeviceCodePrompt[] = [];
    const go = (signal?: AbortSignal): Promise<Secret> => {
      shown.length = 0;
      return run({ kind: 'deviceCode', show: (prompt) => shown.push(prompt), ...(signal ? { signal } : {}) });
    };

    it('shows the message, cleaned, and polls at the pace asked for until the token is there', async () => {
      answers(pending, pending, { status: 200, body: { access_token: 'a.b.c' } });
      assert.equal((await go()).reveal(), 'a.b.c');
      assert.deepEqual(slept, [5000, 5000, 5000]);
      assert.deepEqual(shown, [
        {
          message: 'go to\\x1b[2J https://x.test/devicelogin and enter ABCD',
          userCode: 'ABCD',
          verificationUri: 'https://x.test/devicelogin',
        },
      ]);
      const names = { ...tenant.names, publicAppId: 'public-app', deviceCode: 'dc' };
      assertRequest(tenant.of('userToken')[0], wireFixture('oauth/deviceCode', names));
      assertRequest(tenant.of('userToken')[1], wireFixture('oauth/deviceCodeRedeem', names), ['client_info']);
    });

    it('slows down when told to', async () => {
      answers({ status: 400, body: { error: 'slow_down' } }, { status: 200, body: { access_token: 'a.b.c' } });
      await go();
      assert.deepEqual(slept, [5000, 10_000]);
    });

    it('goes on after a lost poll or two, not after three', async () => {
      const lost: StubAnswer = { raw: [], close: true };
      answers(lost, lost, pending, lost, { status: 200, body: { access_token: 'a.b.c' } });
      assert.equal((await go()).reveal(), 'a.b.c');
      answers(lost);
      await rejectsWith(go(), 'ERR_LAPS_GRAPH_FAILED');
    });

    it('ends when the code expires, by its own clock or the service’s word', async () => {
      answers(pending);
      await rejectsWith(go(), 'ERR_LAPS_ADMIN_SIGN_IN', /in time/);
      assert.equal(slept.length, 6);
      answers({ status: 400, body: { error: 'expired_token', error_codes: [70019] } });
      await rejectsWith(go(), 'ERR_LAPS_ADMIN_SIGN_IN', /expired/);
    });

    it('ends when the person declines or gives up', async () => {
      answers({ status: 400, body: { error: 'authorization_declined', error_codes: [65004] } });
      await rejectsWith(go(), 'ERR_LAPS_ADMIN_SIGN_IN', /declined/);
      answers(pending);
      await rejectsWith(go(AbortSignal.abort()), 'ERR_LAPS_INTERRUPTED');
    });

    it('says so when no code is given', async () => {
      for (const answer of [{ status: 200, body: '<html>' }, { status: 200, body: {} }, refusal(700016)]) {
        tenant.on('userToken', () => answer);
        await assert.rejects(go(), LapsError);
        assert.equal(shown.length, 0);
      }
    });
  });
});

describe('authorityOfTokenEndpoint', () => {
  it('takes a token endpoint apart, and nothing else', () => {
    assert.equal(authorityOfTokenEndpoint('https://l.test/tid/oauth2/token'), 'https://l.test/tid');
    assert.equal(authorityOfTokenEndpoint('https://l.test/tid/oauth2/v2.0/token'), 'https://l.test/tid');
    assert.equal(authorityOfTokenEndpoint('https://l.test/token'), undefined);
    assert.equal(authorityOfTokenEndpoint('http://l.test/tid/oauth2/token'), undefined);
  });
});

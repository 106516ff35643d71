import assert from 'node:assert/strict';
import { createVerify, X509Certificate } from 'node:crypto';
import type { BackupReply, ConnectOutcome } from '../../agent/core/ports.ts';
import { cycleRequestsMs, leastBackupMs } from '../../agent/core/schedule.ts';
import { Secret } from '../../agent/core/secret.ts';
import { createBackupClient } from '../../agent/edge/entraClient.ts';
import { withheldText } from '../../agent/edge/wireText.ts';
import type { StubAnswer, StubRequest } from '../support/stubServer.ts';
import { startStub } from '../support/stubServer.ts';
import { deviceId, ids, type StubTenant, standingClock, startStubTenant, testDevice } from '../support/stubTenant.ts';
import { assertRequest, replyOf, wireFixture } from '../support/wireFixture.ts';

const password = 'Xy7#exampleOnly"\\ 0x1F';
const rotationId = '6a1b7c3e-0000-4000-8000-0000000000aa';
const body = {
  AccountName: 'lapsadmin',
  AccountSid: 'S-1-5-21-1111111111-222222222-333333333-1004',
  PasswordAgeDays: 30,
};

describe('the backup client', () => {
  let tenant: StubTenant;
  const clock = standingClock();
  afterEach(() => tenant.close());

  async function start(overrides: Parameters<typeof startStubTenant>[0] = {}) {
    tenant = await startStubTenant(overrides);
    const device = await testDevice();
    const asked: string[] = [];
    const client = createBackupClient({ http: tenant.http, clock, ids, profile: tenant.profile, device });
    const onRequest = (url: string): void => {
      asked.push(url);
    };
    return {
      device,
      asked,
      connect: (fresh = false, leftMs = cycleRequestsMs): Promise<ConnectOutcome> =>
        client.connect({ fresh, leftMs, onRequest }),
      backUp: (fresh = false, leftMs = cycleRequestsMs): Promise<BackupReply> =>
        client.backUp({ rotationId, body, secret: new Secret(password), fresh, leftMs, onRequest }),
    };
  }
  /** Connects, then backs up against one hostile answer. */
  async function backUpAgainst(
    answer: (request: StubRequest) => StubAnswer,
    overrides: Parameters<typeof startStubTenant>[0] = {},
  ): Promise<BackupReply> {
    const { connect, backUp } = await start(overrides);
    assert.equal((await connect()).kind, 'ready');
    tenant.on('backup', answer);
    const reply = await backUp();
    assert.ok(!JSON.stringify(reply).includes('exampleOnly'), 'the password is in no reply');
    return reply;
  }
  async function failureOf(outcome: Promise<ConnectOutcome>) {
    const failed = await outcome;
    assert.ok(failed.kind === 'failed');
    return failed.failure;
  }

  describe('connecting', () => {
    it('discovers once, then asks a nonce and a token, as written down', async () => {
      const { connect, asked, device } = await start();
      assert.equal((await connect()).kind, 'ready');
      assert.equal((await connect()).kind, 'ready');
      assert.deepEqual(tenant.operations(), ['discovery', 'nonce', 'token']);
      assert.match(asked[0] ?? '', /Discover\?api-version=1\.6&managed=true&traceid=\{[0-9A-F-]{36}\}$/);
      assert.equal(asked.length, 1);
      assertRequest(tenant.of('nonce')[0], wireFixture('nonce/ok', tenant.names));

      const [request] = tenant.of('token');
      const exchange = wireFixture('deviceToken/ok', tenant.names);
      assertRequest(request, exchange, ['request']);
      const jwt = new URLSearchParams(request?.body).get('request')?.split('.') ?? [];
      const [header, payload] = jwt.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
      const written = { ...tenant.names, deviceCertificate: device.certificate, nonce: 'stub-nonce' };
      const { jwt: expected } = wireFixture('deviceToken/ok', written) as unknown as {
        jwt: { header: unknown; payload: unknown };
      };
      assert.deepEqual(header, expected.header);
      assert.deepEqual(payload, expected.payload);
      const verify = createVerify('sha256').update(`${jwt[0]}.${jwt[1]}`);
      assert.ok(verify.verify(device.publicKey, jwt[2] ?? '', 'base64url'));
    });

    it('gets a new token and a new connection when fresh, but does not discover again', async () => {
      const { connect } = await start();
      await connect();
      await connect(true);
      assert.deepEqual(tenant.operations(), ['discovery', 'nonce', 'token', 'nonce', 'token']);
      assert.notEqual(tenant.stub.requests[3]?.connection, tenant.stub.requests[0]?.connection);
    });

    it('keeps a token until shortly before it ends, on either clock, and not with the clock set back', async () => {
      const { connect } = await start();
      await connect();
      clock.advance(3_200_000);
      await connect();
      assert.equal(tenant.of('token').length, 1);
      clock.advance(200_000);
      await connect();
      assert.equal(tenant.of('token').length, 2);
      clock.set(clock.now() - 60_000);
      await connect();
      assert.equal(tenant.of('token').length, 3);
      clock.set(clock.now() + 7_200_000);
      await connect();
      assert.equal(tenant.of('token').length, 4);
    });

    for (const [name, aadsts] of [
      ['deviceDisabled', 135011],
      ['deviceDeleted', 700003],
    ] as const)
      it(`carries what the token endpoint said (${name})`, async () => {
        const { connect } = await start();
        tenant.on('token', () => replyOf(wireFixture(`deviceTokenErrors/${name}`, tenant.names)));
        const failure = await failureOf(connect());
        assert.equal(failure.code, 'ERR_LAPS_DEVICE_AUTH');
        assert.equal(failure.hresult, 0x80070190);
        assert.equal(failure.token?.aadsts, aadsts);
        assert.equal(failure.token.httpStatus, 400);
        assert.match(failure.token.text, new RegExp(`^AADSTS${aadsts}`));
        assert.doesNotMatch(failure.token.problem, /AADSTS/);
        assert.equal(failure.phase, 'token');
        assert.ok(failure.hint);
      });

    it("tells a certificate that is out of its dates by this machine's clock from a device that was deleted", async () => {
      const refused: StubAnswer = {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'AADSTS50155: Device authentication failed.' },
      };
      const { connect, device } = await start();
      tenant.on('token', () => refused);
      const right = clock.now();
      const { validFrom, validTo } = new X509Certificate(Buffer.from(device.certificate, 'base64'));
      const told = async (at: number) => {
        clock.set(at);
        try {
          const { message, hint } = await failureOf(connect());
          return `${message}; ${hint}`;
        } finally {
          clock.set(right);
        }
      };
      const early = await told(Date.parse(validFrom) - 86_400_000);
      assert.match(
        early,
        /not valid before \d{4}-.*by the clock of this machine it is \d{4}-.*set this machine's clock right/,
      );
      assert.doesNotMatch(early, /laps leave|deleted/);
      assert.match(await told(Date.parse(validTo) + 1), /ended at .*where that clock is wrong.*laps leave/);
      assert.match(await told(Date.parse(validTo)), /deleted or disabled/);
    });

    const tokenTrouble: Readonly<Record<string, StubAnswer>> = {
      'an HTML page': { status: 200, body: '<html>sign in to the hotel</html>' },
      'a redirect': { status: 302, headers: { location: 'https://elsewhere.test/' } },
      'no token': { status: 200, body: { token_type: 'Bearer' } },
      'a token that could split a header': { status: 200, body: { access_token: 'a\r\nb: c', expires_in: '3599' } },
      'a server error': { status: 500, body: 'oops' },
      'a cut answer': { raw: ['HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{'], close: true },
    };
    for (const [name, answer] of Object.entries(tokenTrouble))
      it(`fails for ${name} in place of a nonce or a token, before anything of a password`, async () => {
        for (const operation of ['nonce', 'token'] as const) {
          const { connect, backUp } = await start();
          tenant.on(operation, () => answer);
          assert.equal((await failureOf(connect())).code, 'ERR_LAPS_DEVICE_AUTH');
          assert.equal((await backUp()).kind, 'notSent');
          assert.equal(tenant.of('backup').length, 0);
          if (operation === 'nonce') await tenant.close();
        }
      });

    it('obeys Retry-After of the token endpoint, and takes who asks for patience for no refusal of the device', async () => {
      const { connect } = await start();
      const body = { error: 'temporarily_unavailable', error_description: 'busy' };
      const busy = async (status: number, headers: Record<string, string>) => {
        tenant.on('nonce', () => ({ status, headers, body }));
        const { code, retryAt, phase } = await failureOf(connect());
        assert.equal(phase, 'token');
        return [code, retryAt];
      };
      const until = clock.now() + 60_000;
      for (const status of [429, 503])
        assert.deepEqual(await busy(status, { 'retry-after': '60' }), ['ERR_LAPS_TENANT_THROTTLED', until]);
      assert.deepEqual(await busy(429, {}), ['ERR_LAPS_TENANT_THROTTLED', undefined]);
      assert.deepEqual(await busy(503, {}), ['ERR_LAPS_DEVICE_AUTH', undefined]);
    });

    it('tries discovery again after it failed', async () => {
      const { connect } = await start();
      tenant.on('discovery', () => ({ status: 200, body: '<html>' }));
      const failure = await failureOf(connect());
      assert.equal(failure.code, 'ERR_LAPS_DISCOVERY_FAILED');
      assert.equal(failure.phase, 'discovery');
      tenant.on('discovery', () => replyOf(wireFixture('discovery/byTenantId', tenant.names)));
      assert.equal((await connect()).kind, 'ready');
    });
  });

  describe('backing up', () => {
    it('posts once, exactly as written down, and takes the echo for a yes', async () => {
      const { connect, backUp, asked } = await start();
      await connect();
      assert.deepEqual(await backUp(), { kind: 'stored', backedUpAt: Date.parse('2026-01-05T10:20:30.123Z') });
      const names = { ...tenant.names, deviceToken: 'stub.device.token' };
      assertRequest(tenant.of('backup')[0], wireFixture('backup/ok', names));
      const id = '{6A1B7C3E-0000-4000-8000-0000000000AA}';
      assert.equal(
        asked[1],
        `${tenant.stub.origin}/manage/${tenant.names['tenantId']}/lapsdevicepasswordupdate/${deviceId}?api-version=1.0&client-request-id=${id}&return-client-request-id=${id}`,
      );
    });

    it('uses a new connection when fresh', async () => {
      const { connect, backUp } = await start();
      await connect();
      await backUp(true);
      const [backup] = tenant.of('backup');
      assert.ok(
        tenant.stub.requests.every((request) => request === backup || request.connection !== backup?.connection),
      );
    });

    it('sends nothing without a connection that stood before', async () => {
      const { backUp } = await start();
      assert.equal((await backUp()).kind, 'notSent');
      assert.equal(tenant.operations().length, 0);
    });

    const refusals = ['switchOff', 'deviceMissing', 'deviceDisabled', 'registeredOnly', 'badJson', 'wrongAudience'];
    for (const name of refusals)
      it(`is refused: ${name}`, async () => {
        const reply = await backUpAgainst(() =>
          replyOf(wireFixture(`backupRefusals/${name}`, tenant.names), { message: 'no' }),
        );
        const expected = wireFixture(`backupRefusals/${name}`, tenant.names).response.status;
        assert.ok(reply.kind === 'refused');
        assert.equal(reply.httpStatus, expected);
        assert.equal(reply.failure.code, 'ERR_LAPS_TENANT_REFUSED');
        assert.equal(reply.failure.hresult, 0x80070000 + expected);
        assert.ok(reply.failure.hint);
      });

    it('is throttled with Retry-After', async () => {
      const reply = await backUpAgainst(() => ({
        ...replyOf(wireFixture('backupRefusals/throttled', tenant.names), { message: 'slow down' }),
        headers: { 'retry-after': '315360000' },
      }));
      assert.ok(reply.kind === 'refused');
      assert.equal(reply.failure.code, 'ERR_LAPS_TENANT_THROTTLED');
      assert.equal(reply.failure.retryAt, clock.now() + 86_400_000);
      assert.equal(reply.failure.hresult, 0x800701ad);
    });

    it('drops the token that the service would not take', async () => {
      const { connect, backUp } = await start();
      await connect();
      tenant.on('backup', () => replyOf(wireFixture('backupRefusals/wrongAudience', tenant.names), { message: 'no' }));
      assert.equal((await backUp()).kind, 'refused');
      assert.equal((await backUp()).kind, 'notSent');
      await connect();
      assert.equal(tenant.of('token').length, 2);
    });

    const echoes: Readonly<Record<string, (request: StubRequest) => string>> = {
      plain: (request) => request.body,
      'in its message': (request) => JSON.stringify(request.body),
      'in base64': (request) => Buffer.from(request.body).toString('base64'),
      'URL-encoded': (request) => encodeURIComponent(request.body),
    };
    for (const [form, echo] of Object.entries(echoes))
      it(`withholds a refusal that repeats the request ${form}`, async () => {
        const reply = await backUpAgainst((request) =>
          replyOf(wireFixture('backupRefusals/badJson', tenant.names), { message: `cannot read ${echo(request)}` }),
        );
        assert.ok(reply.kind === 'refused');
        assert.equal(reply.text, withheldText);
        assert.ok(reply.failure.message.includes(withheldText));
      });

    it('sends nothing of the password when the port is closed meanwhile', async () => {
      const { connect, backUp } = await start();
      await connect();
      await tenant.close();
      const reply = await backUp(true);
      assert.ok(reply.kind === 'notSent');
      assert.equal(reply.failure.hresult, 0x80072efd);
      assert.equal(reply.failure.phase, 'backup');
    });

    it('is unclear about a hang, a slow answer, a reset and an endless body', async () => {
      const answers: StubAnswer[] = [
        { raw: [] },
        {
          raw: [
            'HTTP/1.1 200 OK\r\nclient-request-id: {6A1B7C3E-0000-4000-8000-0000000000AA}\r\ncontent-length: 9\r\n\r\n{',
          ],
        },
        { raw: [], close: true },
        { raw: ['HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{'], close: true },
        { status: 200, body: 'x'.repeat(1_100_000) },
      ];
      const hresults: number[] = [];
      for (const answer of answers) {
        const reply = await backUpAgainst(() => answer, { deadlineMs: 300 });
        assert.equal(reply.kind, 'unclear');
        if (reply.kind === 'unclear') hresults.push(reply.failure.hresult);
        if (answer !== answers.at(-1)) await tenant.close();
      }
      assert.deepEqual(hresults, [0x80072ee2, 0x80072ee2, 0x80072efe, 0x80072efe, 0x80072f78]);
    });

    it('asks the way first once something answered in its place: while that is shut, nothing is sent again', async () => {
      const { connect, backUp } = await start();
      await connect();
      const busy = { status: 429, headers: { 'retry-after': '600' }, body: '<html>busy</html>' };
      tenant.on('backup', () => busy);
      const reply = await backUp();
      assert.ok(reply.kind === 'unclear');
      assert.equal(reply.failure.retryAt, clock.now() + 600_000);
      tenant.on('discovery', () => busy);
      const failure = await failureOf(connect());
      assert.equal(failure.code, 'ERR_LAPS_TENANT_THROTTLED');
      assert.equal(failure.phase, 'discovery');
      assert.equal(tenant.of('backup').length, 1);
    });

    it('never follows a redirect with the password', async () => {
      const elsewhere = await startStub(() => ({ status: 200 }));
      for (const status of [301, 302, 303, 307, 308]) {
        const reply = await backUpAgainst(() => ({ status, headers: { location: `${elsewhere.origin}/` } }));
        assert.equal(reply.kind, 'unclear');
        if (status !== 308) await tenant.close();
      }
      assert.equal(elsewhere.requests.length, 0);
      await elsewhere.close();
    });
  });

  describe('the time of a cycle', () => {
    it('is shared by all its requests: none is begun once it is used up, and no password leaves', async () => {
      const { connect } = await start();
      const slow = (answer: StubAnswer) => (): StubAnswer => {
        clock.advance(40_000);
        return answer;
      };
      tenant.on('discovery', slow(replyOf(wireFixture('discovery/byTenantId', tenant.names))));
      tenant.on('nonce', slow(replyOf(wireFixture('nonce/ok', tenant.names), { Nonce: 'slow-nonce' })));
      const failure = await failureOf(connect(false, 79_000));
      assert.deepEqual(tenant.operations(), ['discovery', 'nonce']);
      assert.equal(failure.code, 'ERR_LAPS_NO_TENANT');
      assert.equal(failure.phase, 'token');
      // The next cycle has time of its own.
      tenant.on('nonce', () => replyOf(wireFixture('nonce/ok', tenant.names), { Nonce: 'nonce' }));
      assert.equal((await connect()).kind, 'ready');
    });

    it('cuts a request short', async () => {
      const { connect } = await start();
      tenant.on('discovery', () => ({ raw: [] }));
      const failure = await failureOf(connect(false, 60));
      assert.match(failure.detail ?? '', /timeout: \d+ ms/);
    });

    it('begins no backup that it might have to cut short', async () => {
      const { connect, backUp } = await start();
      assert.equal((await connect()).kind, 'ready');
      const reply = await backUp(false, leastBackupMs - 1);
      assert.ok(reply.kind === 'notSent');
      assert.equal(reply.failure.code, 'ERR_LAPS_TIMEOUT');
      assert.equal(tenant.of('backup').length, 0);
      assert.equal((await backUp(false, leastBackupMs)).kind, 'stored');
    });
  });
});

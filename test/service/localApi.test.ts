/** The daemon's door: who is let in, and what is answered. */
import assert from 'node:assert/strict';
import { localHost } from '../../agent/core/localHost.ts';
import { answerOf } from '../../agent/service/answer.ts';
import { type ApiRequest, createLocalApi } from '../../agent/service/localApi.ts';
import { type Asked, createCycleQueue } from '../../agent/service/queue.ts';
import { settledWorld, watchWorlds } from '../support/world.ts';

async function door() {
  const world = await settledWorld();
  const cycles: Asked[] = [];
  const looks: number[] = [];
  const asked: unknown[] = [];
  const queue = createCycleQueue((asked) => {
    cycles.push(asked);
    return world.cycle(asked.trigger, asked);
  });
  const handle = createLocalApi({
    queue,
    status: () => world.status(),
    look: async () => looks.push(world.now),
    now: () => world.now,
    stage: () => 'sending',
    answer: answerOf,
    events: async (wanted) => {
      asked.push(wanted);
      return { events: [{ id: 10029 }], next: null };
    },
  });
  const send = async (method: string, address: string, changes: Partial<ApiRequest> = {}) => {
    // As the server wrapper takes an address apart; test/ways/doorEvents.test.ts goes through that one itself.
    const [path = '', query = ''] = address.split('?');
    const asSent = { method, path, query: new URLSearchParams(query), headers: { host: localHost } };
    const reply = await handle({ ...asSent, body: new Uint8Array(), ...changes });
    const body: unknown = JSON.parse(reply.body);
    assert.ok(typeof body === 'object' && body !== null);
    world.told.push(reply.body);
    return { status: reply.status, headers: reply.headers, body: new Map(Object.entries(body)) };
  };
  return { world, cycles, looks, asked, send };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the local door', () => {
  watchWorlds();

  it('tells the last events to those who may not read the log, and takes no other words than its own', async () => {
    const { send, asked } = await door();
    const told = await send('GET', '/events?since=1000&id=10029');
    assert.equal(told.status, 200);
    assert.deepEqual(told.body.get('events'), [{ id: 10029 }]);
    assert.equal((await send('GET', '/events')).status, 200);
    const after = '12-345-0123456789abcdef';
    assert.equal((await send('GET', `/events?after=${after}`)).status, 200);
    assert.deepEqual(asked, [{ since: 1000, id: 10029 }, {}, { after }]);
    for (const query of [
      `after=${after}0`,
      'after=',
      'after=/etc',
      'since=soon',
      'path=/etc/shadow',
      'since=-1',
      'id=1e9',
      'id=',
      'id=10029&id=10030',
    ])
      assert.equal((await send('GET', `/events?${query}`)).status, 400, query);
    assert.equal((await send('POST', '/events')).status, 404);
    assert.equal((await send('GET', '/eventsmore')).status, 404);
    assert.equal(asked.length, 3);
  });

  it('answers a reset as contract 3 has it', async () => {
    const { world, send } = await door();
    const { status, headers, body } = await send('POST', '/reset');
    assert.equal(status, 200);
    assert.equal(headers['cache-control'], 'no-store');
    assert.deepEqual([...body.keys()].toSorted(), [
      'accountName',
      'error',
      'events',
      'outcome',
      'passwordExpiry',
      'rotationId',
    ]);
    assert.equal(body.get('outcome'), 'rotated');
    assert.deepEqual(body.get('events'), [10003, 10022, 10010, 10014, 10030, 10029, 10020, 10004]);
    assert.equal(body.get('passwordExpiry'), new Date(world.state().AzurePasswordExpiryTime).toISOString());
  });

  it('looks for sign-ins when it is told of one, and answers with the status', async () => {
    const { looks, send } = await door();
    const { status, body } = await send('POST', '/look');
    assert.equal(status, 200);
    assert.equal(body.get('postAuthentication'), null);
    assert.equal(looks.length, 1);
    assert.equal((await send('GET', '/look')).status, 404);
  });

  it('passes the flags on', async () => {
    const { cycles, send } = await door();
    await send('POST', '/reset', { body: bytes('{"acceptRisk":true,"redraw":true,"takeOver":true}') });
    assert.equal(cycles[0]?.trigger, 'administrator');
    assert.equal(cycles[0]?.acceptRisk, true);
    assert.equal(cycles[0]?.redraw, true);
    assert.equal(cycles[0]?.takeOver, true);
    await send('POST', '/process', { body: bytes('{}') });
    assert.equal(cycles[1]?.trigger, 'process command');
    assert.equal(cycles[1]?.acceptRisk, false);
  });

  it('tells status and stage', async () => {
    const { send } = await door();
    assert.equal((await send('GET', '/status')).body.get('healthy'), true);
    assert.deepEqual([...(await send('GET', '/stage')).body], [['stage', 'sending']]);
  });

  for (const [name, headers] of Object.entries({
    'a page (Origin)': { host: localHost, origin: 'https://evil.test' },
    'a page of this machine (Origin null)': { host: localHost, origin: 'null' },
    'a link (Referer)': { host: localHost, referer: 'https://evil.test/' },
    'a foreign Host': { host: 'localhost' },
    'a Host with a port': { host: `${localHost}:80` },
    'no Host': {},
  }))
    it(`refuses ${name}, whatever it asks for`, async () => {
      const { world, cycles, send } = await door();
      const posts = world.tenant.posts.length;
      for (const [method, path] of [
        ['POST', '/reset'],
        ['POST', '/process'],
        ['GET', '/status'],
        ['GET', '/stage'],
      ] as const)
        assert.equal((await send(method, path, { headers })).status, 403);
      assert.equal(cycles.length, 0);
      assert.equal(world.tenant.posts.length, posts);
    });

  for (const body of [
    'x',
    '"text"',
    '7',
    'null',
    '[]',
    '{"acceptRisk":1}',
    '{"takeOver":"yes"}',
    '{"redraw":"true"}',
    '{"acceptrisk":true}',
    '{"acceptRisk":true',
    '{} {}',
  ])
    it(`refuses the body ${body}`, async () => {
      const { cycles, send } = await door();
      assert.equal((await send('POST', '/reset', { body: bytes(body) })).status, 400);
      assert.equal(cycles.length, 0);
    });

  it('refuses a body that is not UTF-8', async () => {
    const { send } = await door();
    assert.equal((await send('POST', '/reset', { body: Uint8Array.of(0x7b, 0xff, 0x7d) })).status, 400);
  });

  for (const path of ['/reset', '/process', '/look'])
    it(`refuses POST ${path} with a query, which it does not know`, async () => {
      const { cycles, looks, send } = await door();
      assert.equal((await send('POST', `${path}?acceptRisk=true`)).status, 400);
      assert.deepEqual([cycles.length, looks.length], [0, 0]);
    });

  for (const [method, path] of [
    ['GET', '/reset'],
    ['GET', '/process'],
    ['PUT', '/reset'],
    ['POST', '/status'],
    ['POST', '/'],
    ['POST', '/reset/'],
    ['POST', '//reset'],
    ['POST', '/RESET'],
    ['PUT', '/events'],
  ] as const)
    it(`knows no ${method} ${path}`, async () => {
      const { cycles, send } = await door();
      assert.equal((await send(method, path)).status, 404);
      assert.equal(cycles.length, 0);
    });
});

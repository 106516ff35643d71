/**
 * Text from the network or a policy file that wants to be a log line, or to command a terminal.
 *
 * Promises: planted in every text the tenant sends and in the policy, it comes out of no command, no error and no log as
 * a control character, a line end or a mark that turns writing around.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseEventLine } from '../../agent/edge/eventReader.ts';
import { createNetworkWorld, expire, type NetworkWorld } from '../support/networkWorld.ts';
import { filesBelow } from '../support/processWorld.ts';

/** An escape that clears, colours and retitles, a forged line and event, a bell, C1, bidi, a lone surrogate. */
const planted =
  '\u001b[2J\u001b[31m\u001b]0;owned\u0007\r\n10004  done; all is well\n{"id":10004}\u0085\u009b31m\u202egnirts\u2066\u2028\u{e0041}\ud800';
const commanding = /(?!\n)[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;

/** The same JSON with the planted text behind every text in it that `wanted` names. */
function spoilt(value: unknown, wanted: (name: string) => boolean, name = ''): unknown {
  if (typeof value === 'string') return wanted(name) ? `${value}${planted}` : value;
  if (Array.isArray(value)) return value.map((each) => spoilt(each, wanted, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, spoilt(each, wanted, key)]));
}

describe('foreign text', () => {
  let world: NetworkWorld;
  const said: string[] = [];

  async function run(words: readonly string[], stdin?: string): Promise<void> {
    const end = await world.device.run(words, stdin === undefined ? {} : { stdin });
    said.push(end.stdout);
    for (const text of [end.stdout, end.stderr])
      assert.ok(!commanding.test(text), `laps ${words.join(' ')}: ${JSON.stringify(text)}`);
    // No line is one that the planted text wanted to be.
    for (const line of `${end.stdout}${end.stderr}`.split('\n')) {
      assert.ok(!line.startsWith('10004  done; all is well'), words.join(' '));
      assert.ok(!line.startsWith('{"id":10004}'), words.join(' '));
    }
  }

  /** Every text of the answers to one operation, or those named. */
  function plant(
    operation: Parameters<NetworkWorld['spoil']>[0],
    wanted: (name: string) => boolean = () => true,
  ): () => void {
    return world.spoil(operation, async (_, pass) => {
      const answer = await pass();
      if ('raw' in answer) return answer;
      const { body } = answer;
      const value: unknown = typeof body === 'string' ? JSON.parse(body) : body;
      return { ...answer, body: JSON.stringify(spoilt(value, wanted)) };
    });
  }

  before(async () => {
    world = await createNetworkWorld();
  });
  after(() => world.close());

  for (const operation of ['discovery', 'nonce', 'token', 'backup'] as const)
    it(`in every text of the ${operation}'s answer commands nothing and forges no line`, async () => {
      expire(world.device.data);
      const stop = plant(operation);
      await run(['process']);
      await run(['reset']);
      stop();
      await run(['status']);
      await run(['status', '--json']);
    });

  it('in a refusal of each, with codes and hints, either', async () => {
    const refusals = [
      ['discovery', 403],
      ['token', 400],
      ['backup', 400],
      ['backup', 403],
    ] as const;
    for (const [operation, status] of refusals) {
      const stop = world.spoil(operation, () => ({
        status,
        headers: { 'content-type': 'application/json' },
        body: {
          error: `invalid_grant${planted}`,
          error_description: `AADSTS700016: ${planted}`,
          error_codes: [700016],
          code: 'invalid_request',
          subcode: `error_fail${planted}`,
          operation: planted,
          message: planted,
          requestId: planted,
          time: planted,
        },
      }));
      await run(['reset']);
      await run(['process', '--json']);
      stop();
      await run(['status']);
    }
  });

  it('in what the directory tells administrators, either', async () => {
    const { tenant, caFile } = { ...world.joined, tenant: world.joined.tenant };
    const user = 'clouddevice@contoso.test';
    const words = ['--user', user, '--tenant', world.door.origin, '--ca-file', caFile];
    const password = `${tenant.passwordOf(user)}\n`;
    const stop = plant('graph', (name) => /name|next|odata|message/i.test(name));
    for (const more of [[], ['--json']]) {
      await run(['devices', ...words, ...more], password);
      await run(['recover', world.joined.deviceName, ...words, ...more], password);
      await run(['recover', world.joined.deviceId, '--as-plain-text', ...words, ...more], password);
    }
    stop();
  });

  it('in a policy file, either', async () => {
    world.device.writePolicy(
      'csp.json',
      JSON.stringify({
        BackupDirectory: 1,
        AdministratorAccountName: `lapsadmin${planted}`,
        [`Odd${planted}`]: planted,
      }),
    );
    const file = join(world.device.policies, 'csp.json');
    for (const words of [['process'], ['reset'], ['status'], ['validate', file], ['explain', world.device.policies]]) {
      await run(words);
      await run(words.includes('validate') ? [...words, '--format', 'json'] : [...words, '--json']);
    }
    await run(['validate', file, '--format', 'sarif']);
    await run(['validate', file, '--format', 'github']);
  });

  it('stands in no log as more than text, and events show it as such', async () => {
    await run(['events']);
    await run(['events', '--json']);
    const logs = [...filesBelow(world.device.data)].filter(([path]) => path.startsWith('logs/'));
    assert.ok(logs.length > 0);
    let lines = 0;
    for (const [path, bytes] of logs)
      for (const line of bytes.toString('utf8').split('\n')) {
        assert.ok(!commanding.test(line), `${path}: ${JSON.stringify(line)}`);
        if (line === '') continue;
        lines += 1;
        assert.ok(parseEventLine(line) !== undefined, `${path}: ${line}`);
      }
    assert.ok(lines > 50);
    // It did get there, as text: otherwise nothing was tried.
    assert.ok(said.some((text) => text.includes('u{1b}') || text.includes('x1b')));
  });
});

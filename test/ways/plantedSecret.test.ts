/**
 * No secret anywhere but where it belongs (issue 2, "must be shown" 3; rotation.md P6): every password that a real
 * installation ever drew is searched for in everything it wrote, said and showed to other processes.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { assertForm, at } from '../support/contractForms.ts';
import { asRecord, listOf, textOf } from '../support/foreignJson.ts';
import { procOf, type RunningLaps } from '../support/lapsProcess.ts';
import { findSecrets } from '../support/plantedSecret.ts';
import { createProcessWorld, filesBelow, type ProcessWorld } from '../support/processWorld.ts';
import { readZip } from '../support/readZip.ts';

describe('every secret of a whole installation', () => {
  let world: ProcessWorld;
  let daemon: RunningLaps;
  let device = '';
  /** Everything seen while things ran, by where it was seen. */
  const seen: Record<string, string | Uint8Array> = {};
  const drawn: string[] = [];
  const recoveries: string[] = [];

  /** Children too: the tenant, found by the data folder on its command line. */
  function lookAtProcesses(when: string): void {
    if (process.platform !== 'linux') return;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const texts = procOf(Number(pid));
      const mine = Object.values(texts).some((text) => text.includes(world.root));
      if (mine) for (const [name, text] of Object.entries(texts)) seen[`${name}, ${when}`] = text;
    }
  }

  function askSocket(method: string, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          socketPath: join(world.data, 'run', 'laps.sock'),
          method,
          path,
          headers: { host: 'laps.local' },
          agent: false,
        },
        (reply) => {
          let text = JSON.stringify(reply.headers);
          reply.on('data', (chunk: Buffer) => {
            text += chunk.toString('utf8');
          });
          reply.on('end', () => resolve(text));
        },
      );
      asked.on('error', reject);
      asked.end();
    });
  }

  async function recoverAll(): Promise<void> {
    const words = ['recover', device, '--as-plain-text', '--include-history', '--json'];
    const end = await world.run(words);
    recoveries.push(end.stdout);
    const value: unknown = JSON.parse(end.stdout);
    assertForm('recovered', value);
    for (const row of listOf(value)) {
      const password = textOf(row['Password']);
      if (!drawn.includes(password)) drawn.push(password);
    }
  }

  /** A bundle for support, unpacked. */
  async function diagnose(when: string): Promise<void> {
    const { value } = await world.json(['diagnostics']);
    const bytes = readFileSync(join(world.root, String(at(value, 'file'))));
    seen[`bundle ${when}, packed`] = bytes;
    for (const { name, bytes: content } of readZip(bytes)) seen[`bundle ${when}: ${name}`] = content;
    rmSync(join(world.root, String(at(value, 'file'))));
  }

  before(async function () {
    this.timeout(60_000);
    world = await createProcessWorld();
    // Long, and with every set: no form of it can be a coincidence, and each form of escaping has something to escape.
    writeFileSync(
      join(world.policies, 'csp.json'),
      JSON.stringify({
        BackupDirectory: 1,
        AdministratorAccountName: 'lapsadmin',
        PasswordLength: 32,
        PasswordComplexity: 4,
      }),
    );
    daemon = world.start(['run']);
    await daemon.says(/Ctrl-C ends it/);
    device = String(at((await world.json(['status'])).value, 'device', 'displayName'));
    await recoverAll();

    lookAtProcesses('idle');
    seen['socket: reset'] = await askSocket('POST', '/reset');
    await recoverAll();
    seen['socket: status'] = await askSocket('GET', '/status');
    seen['socket: stage'] = await askSocket('GET', '/stage');
    seen['socket: nonsense'] = await askSocket('GET', `/${encodeURIComponent('../../etc')}`);

    // Lost replies, refusals and a restart in the middle: where code that seldom runs writes things down.
    const tenantFile = (name: string): string => readFileSync(join(world.data, 'tenant', name), 'utf8');
    const fault = async (spec: string): Promise<void> => {
      const adminUrl = textOf(asRecord(JSON.parse(tenantFile('running.json')))['adminUrl']);
      const headers = { authorization: `Bearer ${tenantFile('admin.token').trim()}` };
      const reply = await fetch(`${adminUrl}/faults`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ specs: [spec] }),
      });
      assert.equal(reply.status, 200);
    };
    await fault('backup:drop-reply-after-store:1');
    const lost = world.start(['reset']);
    lookAtProcesses('resetting');
    assert.equal((await lost.ended).status, 1);
    for (const [path, bytes] of filesBelow(world.data)) seen[`prepared: ${path}`] = bytes;
    await diagnose('half-finished, beside the daemon');
    lookAtProcesses('prepared');
    await world.run(['process']);
    await recoverAll();
    await fault('backup:refuse=error_fail:1');
    await world.run(['reset', '--json']);
    await fault('token:html:1');
    await world.run(['reset']);

    for (const password of [drawn[0] ?? '', drawn.at(-1) ?? '']) {
      await world.run(['signin'], { stdin: `${password}\n` });
      await world.run(['passwd'], { stdin: `${password}\n` });
    }
    await world.run(['recover', device]);
    await world.run(['recover', device, '--json']);
    await world.run(['devices', '--json']);
    await world.run(['events', '--json']);
    await world.run(['status']);
    await daemon.stop();
    await world.run(['reset']);
    await recoverAll();
    await world.run(['process', '--json'], { env: { LAPS_DEBUG: '1' } });
    await diagnose('without a daemon');
  });
  after(() => world.close());

  /** What was said, but for what an authorised recovery printed on purpose. */
  const said = (): Record<string, string> =>
    Object.fromEntries(
      world.said.flatMap((end, index) => {
        const name = `${index}: laps ${end.words.join(' ')}`;
        const recovery = end.words.includes('--as-plain-text');
        return [...(recovery ? [] : [[`${name}: stdout`, end.stdout]]), [`${name}: stderr`, end.stderr]];
      }),
    );
  const files = (): Record<string, Uint8Array> => Object.fromEntries(filesBelow(world.data));

  it('is a password that was really drawn, one a rotation, and that a recovery showed', () => {
    assert.ok(drawn.length >= 4, `${drawn.length} passwords`);
    for (const password of drawn) assert.equal(password.length, 32);
    // The search finds what is there.
    assert.ok(findSecrets({ recovery: recoveries.join('') }, drawn).length >= drawn.length);
  });

  it("stands in no file: journal, keys, state, accounts, logs, the tenant's database", () => {
    assert.deepEqual(findSecrets(files(), drawn), []);
    assert.ok(Object.keys(files()).some((name) => name.endsWith('tenant.db')));
  });

  it('stands in nothing that was said on stdout or stderr, but an authorised recovery', () => {
    assert.ok(world.said.length >= 20);
    assert.deepEqual(findSecrets(said(), drawn), []);
  });

  it('stands in no command line, environment, socket reply, or half-finished rotation', () => {
    assert.ok(Object.keys(seen).some((name) => name.startsWith('prepared: journal')));
    if (process.platform === 'linux') assert.ok(Object.keys(seen).some((name) => name.includes('cmdline')));
    assert.deepEqual(findSecrets(seen, drawn), []);
  });

  it('stands in no bundle for support, whenever it was made', () => {
    const bundles = Object.entries(seen).filter(([name]) => name.startsWith('bundle '));
    assert.equal(bundles.filter(([name]) => name.endsWith(': rotation.json')).length, 2);
    assert.match(String(seen['bundle half-finished, beside the daemon: rotation.json']), /"state": "prepared"/);
    assert.deepEqual(findSecrets(Object.fromEntries(bundles), drawn), []);
  });

  it('includes the seeded passwords and application secrets, which stand in credentials.json alone', () => {
    const all = files();
    const path = Object.keys(all).find((name) => name.endsWith('credentials.json')) ?? '';
    const credentials = asRecord(JSON.parse(Buffer.from(all[path] ?? []).toString('utf8')));
    const secrets = [
      ...listOf(credentials['users']).map((user) => textOf(user['password'])),
      ...listOf(credentials['applications']).map((one) => textOf(one['secret'])),
    ].filter((secret) => secret !== '');
    assert.ok(secrets.length >= 9, `${secrets.length} seeded secrets`);
    delete all[path];
    assert.deepEqual(findSecrets({ ...all, ...said(), ...seen, [`prepared: ${path}`]: '' }, secrets), []);
    assert.deepEqual(findSecrets({ recoveries: recoveries.join('') }, secrets), []);
  });
});

/**
 * No secret anywhere but where it belongs, with real accounts and a real journal (rotation.md P6): every password that
 * was drawn, and every one that a person set, is searched for in what the agent and the machine's own tools wrote, said,
 * and showed to other processes.
 *
 * Real: chpasswd, unix_chkpwd, su, shadow and the journal daemon (of the sandbox), every start of a program with its
 * words and environment (strace).
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { asRecord, listOf, textOf } from '../support/foreignJson.ts';
import { procOf, type RunningLaps } from '../support/lapsProcess.ts';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import { findSecrets } from '../support/plantedSecret.ts';
import { createProcessWorld, filesBelow, type ProcessWorld } from '../support/processWorld.ts';
import { readZip } from '../support/readZip.ts';
import { journalObstacle, type Keeper, startJournal } from '../support/realPeople.ts';
import { suLogin, suTools } from '../support/suLogin.ts';

const obstacle = journalObstacle();
const title = 'every secret of a real account and its service';
const tools = [
  'chpasswd',
  'usermod',
  'unix_chkpwd',
  'perl',
  'systemd-cat',
  'logger',
  'journalctl',
  'strace',
  ...suTools,
];
/** Set by people, not by LAPS: theirs is no business of the agent's either. */
const planted = { first: 'Chosen-By-A-Person-0123456789', foreign: 'Somebody-Elses-Secret-987654321' };

describeInSandbox(obstacle === undefined ? title : `${title} (skipped: ${obstacle})`, { tools }, (sandbox): void => {
  let world: ProcessWorld;
  let journal: Keeper | undefined;
  let device = '';
  const drawn: string[] = [];
  const recoveries: string[] = [];
  const seen: Record<string, string | Uint8Array> = {};
  const within = () => ({ within: sandbox().enter });

  /** The tenant, and the tools that are at work, too. */
  function lookAtProcesses(when: string): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const texts = procOf(Number(pid));
      // The tools get nothing of our environment: they are told by their names.
      const isOurs = Object.values(texts).some(
        (text) => text.includes(world.root) || /chpasswd|unix_chkpwd/.test(text),
      );
      if (isOurs) for (const [name, text] of Object.entries(texts)) seen[`${name}, ${when}`] = text;
    }
  }
  async function recoverAll(): Promise<string> {
    const end = await world.run(['recover', device, '--as-plain-text', '--include-history', '--json'], within());
    recoveries.push(end.stdout);
    const passwords = listOf(JSON.parse(end.stdout)).map((row) => textOf(row['Password']));
    for (const password of passwords) if (!drawn.includes(password)) drawn.push(password);
    return passwords[0] ?? '';
  }
  /** A command with every program it starts written down: words and environment. */
  async function traced(name: string, words: readonly string[], stdin?: string): Promise<void> {
    const log = join(world.root, `${name}.strace`);
    const strace = ['strace', '-f', '-v', '-s', '8192', '-e', 'trace=execve', '-e', 'signal=none', '-q', '-o', log];
    await world.run(words, { within: [...sandbox().enter, ...strace], ...(stdin === undefined ? {} : { stdin }) });
    seen[`programs started by ${name}`] = readFileSync(log);
    rmSync(log);
  }
  /** A bundle for support, unpacked. */
  async function diagnose(when: string): Promise<void> {
    const end = await world.run(['diagnostics', '--json', '--output', world.root], within());
    assert.equal(end.status, 0, end.stdout);
    const path = textOf(asRecord(JSON.parse(end.stdout))['file']);
    for (const { name, bytes } of readZip(readFileSync(path))) seen[`bundle ${when}: ${name}`] = bytes;
    rmSync(path);
  }
  const journalText = (): Promise<string> => sandbox().must(['journalctl', '--output=export', '--all', '--no-pager']);
  async function journalSays(what: RegExp): Promise<void> {
    for (let tries = 0; !what.test(await journalText()); tries += 1)
      assert.ok(tries < 3_000, `no ${what} in the journal`);
  }

  before(async function () {
    if (obstacle !== undefined) this.skip();
    this.timeout(240_000);
    await sandbox().addUser('lapsadmin');
    await sandbox().addUser('visitor');
    await sandbox().must(['chpasswd'], `lapsadmin:${planted.first}\nvisitor:${planted.first}\n`);
    journal = await startJournal(sandbox());
    world = await createProcessWorld();
    writeFileSync(
      join(world.policies, 'csp.json'),
      // Long, and with every set: no form of it can be a coincidence.
      JSON.stringify({
        BackupDirectory: 1,
        AdministratorAccountName: 'lapsadmin',
        PasswordLength: 32,
        PasswordComplexity: 4,
      }),
    );
    // As a service runs it: output is the journal's own stream, and named as that, which systemd-cat leaves out.
    const named = 'export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec "$@"';
    const asService = [...sandbox().enter, 'systemd-cat', '--identifier=laps-agent', 'sh', '-c', named, 'sh'];
    const daemon: RunningLaps = world.start(['run', '--accounts', 'linux'], { within: asService });
    await journalSays(/LAPS_EVENT_ID=10004/);
    device = String(at((await world.json(['status'], within())).value, 'device', 'displayName'));
    const password = await recoverAll();
    lookAtProcesses('idle');

    const { status } = await suLogin(sandbox(), { account: 'lapsadmin', password, from: 'visitor' });
    assert.equal(status, 0);
    const resetting = world.start(['reset'], within());
    for (let ended = false; !ended; ) {
      lookAtProcesses('resetting');
      ended = await Promise.race([
        resetting.ended.then(() => true),
        new Promise<false>((go) => setImmediate(go, false)),
      ]);
    }
    await recoverAll();
    // Somebody else sets one: the daemon rotates by itself.
    await sandbox().must(['chpasswd'], `lapsadmin:${planted.foreign}\n`);
    await journalSays(/LAPS_EVENT_ID=50011[\s\S]*LAPS_EVENT_ID=10004/);
    await recoverAll();

    const tenantFile = (name: string): string => readFileSync(join(world.data, 'tenant', name), 'utf8');
    const fault = async (spec: string): Promise<void> => {
      const { adminUrl } = asRecord(JSON.parse(tenantFile('running.json')));
      const headers = { authorization: `Bearer ${tenantFile('admin.token').trim()}` };
      const body = JSON.stringify({ specs: [spec] });
      assert.equal((await fetch(`${textOf(adminUrl)}/faults`, { method: 'POST', headers, body })).status, 200);
    };
    await fault('backup:drop-reply-after-store:1');
    await world.run(['reset', '--json'], within());
    for (const [path, bytes] of filesBelow(world.data)) seen[`prepared: ${path}`] = bytes;
    await diagnose('half-finished');
    await world.run(['process'], within());
    await recoverAll();
    await world.run(['status'], within());
    await world.run(['events', '--json'], within());
    await world.run(['doctor', '--json'], within());
    for (const words of [['status'], ['print']]) await world.run(['service', ...words], within());
    await daemon.stop('SIGTERM');
    await traced('reset', ['reset']);
    await recoverAll();
    // Proven another way, for no checker opens a locked account.
    await sandbox().must(['usermod', '--lock', 'lapsadmin']);
    await traced('reset of a locked account', ['reset']);
    await recoverAll();
    await traced('doctor', ['doctor']);
    await diagnose('without a daemon');
    await traced('signin', ['signin'], `${drawn.at(-1) ?? ''}\n`);
    await traced('passwd', ['passwd'], `${drawn.at(-1) ?? ''}\n`);
  });
  after(async () => {
    await world?.close();
    await journal?.stop();
  });

  const secrets = (): string[] => [...drawn, ...Object.values(planted)];

  it('was really drawn, several times, and set by the system’s own tools', () => {
    assert.ok(drawn.length >= 6, `${drawn.length} passwords`);
    for (const password of drawn) assert.equal(password.length, 32);
    assert.ok(findSecrets({ recovery: recoveries.join('') }, drawn).length >= drawn.length);
    assert.match(String(seen['programs started by reset']), /execve\("[^"]*chpasswd"/);
    assert.match(String(seen['programs started by reset']), /execve\("[^"]*unix_chkpwd"/);
    assert.match(String(seen['programs started by reset of a locked account']), /execve\("[^"]*perl"/);
  });

  it('stands in no file of the agent, finished or half-finished', () => {
    assert.ok(Object.keys(seen).some((name) => name.startsWith('prepared: journal')));
    assert.deepEqual(findSecrets(Object.fromEntries(filesBelow(world.data)), secrets()), []);
  });

  it('stands in no file of the machine: accounts, run, logs', () => {
    const folders = ['etc', 'run', 'var/log', 'home'].map((name) => join(sandbox().root, name));
    for (const folder of folders.filter((each) => existsSync(each)))
      assert.deepEqual(findSecrets(Object.fromEntries(filesBelow(folder)), secrets()), [], folder);
  });

  it('stands in no entry of the journal, of whichever field', async () => {
    const text = await journalText();
    assert.match(text, /LAPS_EVENT_ID=10020/);
    assert.match(text, /LAPS_EVENT_ID=50008/);
    assert.deepEqual(findSecrets({ text }, secrets()), []);
  });

  it('stands in nothing that a command or the daemon said, but an authorised recovery', () => {
    const said = world.said.filter(({ words }) => !words.includes('--as-plain-text'));
    assert.ok(said.length >= 12, `${said.length}`);
    const texts = Object.fromEntries(
      said.map(({ words, stdout, stderr }, index) => [`${index}: ${words}`, stdout + stderr]),
    );
    assert.deepEqual(findSecrets(texts, secrets()), []);
  });

  it('stands in no bundle for support, and neither does a hash of it or a name of another account', () => {
    const bundles = Object.fromEntries(Object.entries(seen).filter(([name]) => name.startsWith('bundle ')));
    assert.match(String(bundles['bundle half-finished: rotation.json']), /"state": "prepared"/);
    assert.ok('bundle without a daemon: status.json' in bundles);
    const hashes = [...readFileSync(join(sandbox().root, 'etc', 'shadow'), 'utf8').matchAll(/\$[^:]{20,}/g)].map(
      String,
    );
    assert.ok(hashes.length >= 2, `${hashes.length}`);
    assert.deepEqual(findSecrets(bundles, [...secrets(), ...hashes]), []);
    assert.doesNotMatch(Object.values(bundles).map(String).join(''), /visitor/);
  });

  it('stands in no command line and no environment, of the agent, its tenant or any program that they start', () => {
    const names = Object.keys(seen);
    assert.ok(names.some((name) => name.includes('cmdline')));
    assert.ok(names.some((name) => name.startsWith('programs started by doctor')));
    assert.deepEqual(findSecrets(seen, secrets()), []);
  });
});

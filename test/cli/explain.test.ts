/** `laps explain`. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verb } from '../../agent/cli/explain.ts';
import { type FakeFaceInit, runVerb } from '../support/fakeFace.ts';

describe('laps explain', () => {
  let cwd: string;
  const put = (name: string, content: unknown): void =>
    writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  const explain = (path: string, init: FakeFaceInit = {}) => runVerb(verb, { cwd, json: true, ...init, args: [path] });

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'laps-explain-'));
    mkdirSync(join(cwd, 'p'));
  });
  afterEach(() => {
    rmSync(cwd, { recursive: true });
  });

  it('takes an empty path for no path', async () => {
    const run = await explain('');
    assert.deepEqual([run.status, run.error?.code], [2, 'ERR_LAPS_USAGE']);
  });

  it('tells by its byte where a value of a binary file stands, for such a file has no lines', async () => {
    copyFileSync(new URL('../../fixtures/policies/ok/machine.pol', import.meta.url), join(cwd, 'gpo.pol'));
    const { settings } = JSON.parse((await explain('gpo.pol')).stdout);
    const { byteOffset, column } = settings.BackupDirectory;
    assert.equal(byteOffset, column - 1);
    const text = (await explain('gpo.pol', { json: false })).stdout;
    assert.match(text, new RegExp(`set at gpo\\.pol:byte ${byteOffset}\\b`));
    assert.doesNotMatch(text, /gpo\.pol:1\b/);
  });

  it('goes on with the GPO where a file holds settings of legacy LAPS beside it, and says so', async () => {
    const block = (key: string, name: string) => `Computer\nSoftware\\${key}\n${name}\nDWORD:1\n\n`;
    const laps = block('Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS', 'BackupDirectory');
    put('p/gpo.txt', laps + block('Policies\\Microsoft Services\\AdmPwd', 'AdmPwdEnabled'));
    for (const path of ['p', 'p/gpo.txt']) {
      const run = await explain(path);
      const { source, shadowed, outlook } = JSON.parse(run.stdout);
      assert.deepEqual([run.status, source, shadowed.length], [0, 'GPO', 1]);
      assert.match(outlook.told.source.join('\n'), /^What p.gpo\.txt sets for Legacy is not looked at/m);
    }
  });

  it('prints the JSON of contract 3 for a folder, the first root winning', async () => {
    put('p/csp.json', { BackupDirectory: 1, PasswordLength: 99 });
    put('p/gpo.json', { PasswordLength: 20 });
    const run = await explain('p');
    assert.equal(run.status, 0);
    const { source, settings, device } = JSON.parse(run.stdout);
    assert.equal(source, 'CSP');
    assert.deepEqual(settings.PasswordLength, {
      value: 14,
      origin: 'adjusted',
      given: 99,
      file: join('p', 'csp.json'),
      line: 3,
      column: 3,
      applies: true,
      why: 'allowed is 8 to 64',
    });
    assert.deepEqual(settings.PasswordAgeDays, { value: 30, origin: 'default', applies: true });
    assert.equal(settings.PassphraseLength.applies, false);
    assert.equal(device.manages, true);
  });

  it('explains one file, as the root its name or content says', async () => {
    put('gpo.json', { BackupDirectory: 1 });
    assert.equal(JSON.parse((await explain('gpo.json')).stdout).source, 'GPO');
    put('x.json', { './Device/Vendor/MSFT/LAPS/Policies': { BackupDirectory: 0 } });
    const { source, device } = JSON.parse((await explain('x.json')).stdout);
    assert.deepEqual([source, device.manages], ['CSP', false]);
  });

  it('says what the device would do for the build and join type told', async () => {
    put('csp.json', { BackupDirectory: 1, PasswordComplexity: 7 });
    const old = JSON.parse((await explain('csp.json', { options: { os: '10.0.22631' } })).stdout);
    assert.deepEqual([old.settings.PasswordComplexity.value, old.settings.PasswordComplexity.given], [4, 7]);
    const registered = JSON.parse((await explain('csp.json', { options: { joinType: 'registered' } })).stdout);
    assert.equal(registered.device.manages, false);
  });

  it('says that a name too long for Windows may be one of Linux', async () => {
    const inProgram = async (name: string): Promise<string> => {
      put('csp.json', { BackupDirectory: 1, AdministratorAccountName: name });
      const { stdout } = await explain('csp.json', { json: false });
      return stdout.slice(stdout.indexOf('in laps-agent'));
    };
    assert.match(await inProgram('a'.repeat(28)), /^in laps-agent\n {2}- With real accounts of Linux/);
    for (const name of ['a'.repeat(33), `${'a'.repeat(27)}/`, 'admin '])
      assert.doesNotMatch(await inProgram(name), /real accounts of Linux/);
  });

  it('shows what a Windows without LAPS does not read as the file has it', async () => {
    put('csp.json', { BackupDirectory: 1, PasswordLength: 99 });
    const { stdout } = await explain('csp.json', { json: false, options: { os: '10.0.14393' } });
    assert.match(
      stdout,
      /\nwithout effect: Windows 10\.0\.14393 has no Windows LAPS[^\n]*\n {2}BackupDirectory = 1 {2}set at csp\.json:2\n/,
    );
    assert.match(stdout, /PasswordLength = 99 +set at csp\.json:3\n/);
    assert.match(stdout, /the device manages nothing: Windows 10\.0\.14393 has no Windows LAPS/);
    assert.doesNotMatch(stdout, /in effect\n|10007|instead of/);
  });

  it('takes one build, and says so of a list', async () => {
    put('csp.json', { BackupDirectory: 1 });
    const { status, error } = await explain('csp.json', { options: { os: '10.0.22631,10.0.26100' } });
    assert.equal(status, 2);
    assert.match(error?.message ?? '', /takes one Windows build here, not the list 10\.0\.22631,10\.0\.26100/);
    assert.match(error?.hint ?? '', /laps validate takes several/);
    const empty = await explain('csp.json', { options: { os: ' ' } });
    assert.equal(empty.error?.message, 'a build that --os names is empty');
  });

  it('finds no policy in an empty folder, and says that nothing is managed', async () => {
    const { source, device } = JSON.parse((await explain('p')).stdout);
    assert.deepEqual([source, device.manages], ['none', false]);
  });

  it('says of a folder without a root that it has none, whatever else lies there', async () => {
    put('p/helpdesk.json', { BackupDirectory: 1 });
    const run = await explain('p', { json: false });
    assert.equal(run.status, 0);
    assert.match(run.stderr, /no file here is named for a root \(csp, gpo, local or legacy\)/);
    put('p/csp.json', { BackupDirectory: 1 });
    assert.equal((await explain('p', { json: false })).stderr, '');
  });

  it('says plainly that a legacy policy is not emulated', async () => {
    put('p/legacy.json', { AdmPwdEnabled: 1 });
    const { source, device, program } = JSON.parse((await explain('p', { options: { joinType: 'hybrid' } })).stdout);
    assert.deepEqual([source, device.manages, program.manages], ['Legacy', true, false]);
    assert.match(program.why, /not emulated/);
  });

  it('shows a legacy policy as Windows follows it, and apart from that what this program does not', async () => {
    put('p/legacy.json', { AdmPwdEnabled: 1, PasswordLength: 20 });
    const { stdout } = await explain('p', { json: false, options: { joinType: 'hybrid' } });
    assert.match(
      stdout,
      /^in effect\n {2}BackupDirectory = 2 [\s\S]*PasswordLength = 20 characters[\s\S]*^without effect: a legacy/m,
    );
    assert.match(stdout, /the device manages a password: backup to Active Directory\n/);
    assert.match(stdout, /This program manages nothing here/);
  });

  it('shows where the length of a legacy policy without one comes from', async () => {
    put('p/legacy.json', { AdmPwdEnabled: 1 });
    const { stdout } = await explain('p', { json: false, options: { joinType: 'hybrid' } });
    assert.match(stdout, /PasswordLength = 14 characters +default: that of Windows LAPS/);
  });

  it('says of a GPO that no link hands out that no device gets it', async () => {
    const value =
      '<RegistrySetting><KeyPath>Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS</KeyPath><Value><Name>BackupDirectory</Name><Number>2</Number></Value></RegistrySetting>';
    const told = async (links: string): Promise<string> => {
      put('gpo.xml', `<GPO><Name>x</Name><ReadTime>now</ReadTime><Computer>${value}</Computer>${links}</GPO>`);
      const { outlook } = JSON.parse((await explain('gpo.xml', { options: { joinType: 'hybrid' } })).stdout);
      return outlook.told.source.join(' ');
    };
    assert.match(await told('<LinksTo><Enabled>false</Enabled></LinksTo>'), /All links of this GPO are switched off/);
    assert.match(await told(''), /names no link of this GPO/);
    assert.doesNotMatch(await told('<LinksTo><Enabled>true</Enabled></LinksTo>'), /link/);
  });

  it('has no setting in effect where the join leaves the device without management, and says why once', async () => {
    put('csp.json', { BackupDirectory: 2, PasswordAgeDays: 400 });
    const { settings } = JSON.parse((await explain('csp.json')).stdout);
    for (const setting of Object.values<{ applies: boolean; why: string }>(settings)) {
      assert.equal(setting.applies, false);
      assert.match(setting.why, /joined to Entra ID only$/);
    }
    assert.match(settings.PasswordAgeDays.why, /^allowed is 1 to 365; /);
    const { stdout } = await explain('csp.json', { json: false });
    assert.ok(!stdout.includes('in effect\n'));
    assert.equal(stdout.split('without effect').length, 2);
    assert.ok(!stdout.includes('changes nothing'));
  });

  it('judges one file as its name says, as in a folder, and refuses one that is keyed for another root', async () => {
    put('gpo.json', { './Device/Vendor/MSFT/LAPS/Policies': { BackupDirectory: 1 } });
    const run = await explain('gpo.json', { json: false });
    assert.equal(run.status, 1);
    assert.match(run.error?.message ?? '', /stands for the root GPO, but its content is keyed for CSP/);
  });

  it('ends with 1 for a file that a device would not take, showing what it can', async () => {
    put('csp.json', '{ "BackupDirectory": 1, "PasswordLength": "14" }');
    const run = await explain('csp.json');
    assert.equal(run.status, 1);
    const said = JSON.parse(run.stdout);
    assert.equal(said.error.code, 'ERR_LAPS_POLICY_UNREADABLE');
    const { PasswordLength, BackupDirectory, PasswordAgeDays } = said.settings;
    assert.deepEqual([PasswordLength.origin, said.device.manages], ['adjusted', false]);
    for (const { applies, why } of [PasswordLength, BackupDirectory, PasswordAgeDays])
      assert.deepEqual([applies, /does not take this file and keeps the policy it had$/.test(why)], [false, true]);
    const { password, replaced, told } = said.outlook;
    assert.deepEqual([password, replaced, told.rotation], [null, [], []]);
    const text = await explain('csp.json', { json: false });
    assert.match(text.error?.message ?? '', /csp\.json:1:43/);
  });

  it('shows nothing of a file that a device would not take as in effect, alone or in a folder', async () => {
    put('new.json', '{ "BackupDirectory": 1, "PasswordLength": "20" }');
    put('p/csp.json', '{ "BackupDirectory": 1, "PasswordLength": "20" }');
    put('p/gpo.json', '{ "BackupDirectory": 1, "PasswordLength": 20 }');
    for (const path of ['new.json', 'p']) {
      const { status, stdout } = await explain(path, { json: false });
      const at = path === 'p' ? 'p/csp.json:1' : 'new.json:1';
      assert.equal(status, 1);
      const kept = 'a device does not take this file and keeps the policy it had';
      assert.equal(
        stdout.split('\n').slice(3).join('\n'),
        [
          `without effect: ${kept}`,
          `  BackupDirectory = 1 (Microsoft Entra ID)  set at ${at}`,
          `  PasswordLength = "20"  set at ${at}: a whole number belongs here`,
          '',
          `${kept}; whether that manages a password, this file does not say`,
          '',
        ].join('\n'),
      );
      assert.match(stdout, /^policy source: the one it was before, and not this file, which stands for CSP, /);
    }
  });

  it('ends with 1 for broken files and two files for one root, with 3 for none', async () => {
    put('p/csp.json', '{');
    assert.deepEqual([(await explain('p')).status, (await explain('p/csp.json')).status], [1, 1]);
    put('p/csp.jsonc', '{}');
    assert.equal((await explain('p')).error?.code, 'ERR_LAPS_POLICY_UNREADABLE');
    assert.equal((await explain('none')).error?.code, 'ERR_LAPS_NO_SUCH_FILE');
  });

  it('tells people each value with its origin, used ones first', async () => {
    put('csp.json', { BackupDirectory: 1, AdministratorAccountName: 'laps\u001badmin' });
    const { stdout } = await explain('csp.json', { json: false });
    assert.match(stdout, /BackupDirectory = 1 \(Microsoft Entra ID\) +set at csp\.json:2/);
    assert.match(stdout, /PasswordLength = 14 characters +default/);
    assert.ok(!stdout.includes('\u001b'));
    put('csp.json', { BackupDirectory: 1 });
    const good = (await explain('csp.json', { json: false })).stdout;
    assert.ok(good.indexOf('without effect') > good.indexOf('PasswordLength'));
  });

  it('says in the headline, the JSON and the rotation that nothing is backed up, where validate does', async () => {
    put('csp.json', { BackupDirectory: 1, AdministratorAccountName: 'admin ' });
    const { device, program, settings, outlook } = JSON.parse((await explain('csp.json')).stdout);
    assert.deepEqual([device.manages, device.event, program.manages], [false, 10013, false]);
    assert.match(settings.PasswordLength.why, /has spaces around it: "admin "; the device finds no such account/);
    assert.deepEqual([settings.PasswordLength.applies, outlook.windows.manages], [false, false]);
    const { stdout } = await explain('csp.json', { json: false });
    assert.match(stdout, /AdministratorAccountName = "admin " +set at/);
    assert.match(stdout, /\nthe device manages nothing: AdministratorAccountName has spaces around it: "admin "; the/);
    assert.doesNotMatch(stdout, /makes a new password|It must exist already|in laps-agent/);
  });

  it('tells machines the outlook as well: Windows, the password, what is replaced, what is passed over', async () => {
    put('p/csp.json', { BackupDirectory: 2, PasswordLength: 99 });
    put('p/gpo.json', { PasswordLength: 20 });
    put('p/local.json', '{ broken');
    const run = await explain('p', { options: { joinType: 'hybrid' } });
    const { outlook, device, program, shadowed, joinType, os } = JSON.parse(run.stdout);
    assert.deepEqual([joinType, os, device.manages, program.manages], ['hybrid', '10.0.26100', true, false]);
    // What the text calls the device is what the JSON calls so.
    const { stdout } = await explain('p', { json: false, options: { joinType: 'hybrid' } });
    assert.ok(stdout.includes(`the device manages a password: ${device.why}\n`));
    assert.deepEqual(outlook.windows, device);
    assert.deepEqual(shadowed, [{ root: 'GPO', file: join('p', 'gpo.json') }]);
    assert.deepEqual(outlook.replaced, [{ setting: 'PasswordLength', given: 99, used: 14, why: 'allowed is 8 to 64' }]);
    assert.deepEqual([outlook.password.entropyBits, outlook.password.sets.length], [88.5, 4]);
    assert.ok(
      Object.values(outlook.told)
        .flat()
        .every((sentence) => /[.]$/.test(String(sentence))),
    );
  });

  it('quotes one text in one way throughout', async () => {
    put('gpo.json', { BackupDirectory: 2, ADPasswordEncryptionPrincipal: 'C\\R ', PasswordComplexity: 9 });
    const { stdout } = await explain('gpo.json', { json: false, options: { joinType: 'hybrid' } });
    const quoted = [...stdout.matchAll(/"C.*?R "/g)].map(String);
    assert.ok(quoted.length > 3, stdout);
    assert.deepEqual([...new Set(quoted)], ['"C\\R "']);
  });

  it('judges a file as the root that is told, not one that names another, and no folder', async () => {
    put('new.json', '{ "BackupDirectory": 2, "ADBackupDSRMPassword": true }');
    const told = async (root: string) => explain('new.json', { options: { root, joinType: 'hybrid' } });
    const said = async (root: string) => JSON.parse((await told(root)).stdout);
    assert.deepEqual([(await said('gpo')).source, (await said('csp')).source], ['GPO', 'CSP']);
    assert.equal((await said('gpo')).settings.ADBackupDSRMPassword.applies, true);
    assert.deepEqual([(await told('x')).status, (await explain('.', { options: { root: 'gpo' } })).status], [2, 2]);
    put('keyed.json', '{ "./Device/Vendor/MSFT/LAPS/Policies": { "BackupDirectory": 1 } }');
    assert.equal((await explain('keyed.json', { options: { root: 'csp' } })).status, 0);
    assert.match((await explain('keyed.json', { options: { root: 'gpo' } })).error?.hint ?? '', /leave --root out/);
  });

  it('reads every shape alike', async () => {
    put(
      'gpo.reg',
      'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS]\r\n"BackupDirectory"=dword:00000001\r\n',
    );
    const { source, settings } = JSON.parse((await explain('gpo.reg')).stdout);
    assert.deepEqual([source, settings.BackupDirectory.value, settings.BackupDirectory.line], ['GPO', 1, 4]);
  });
});

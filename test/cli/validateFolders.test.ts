/** `laps validate` on folders: which of their files are judged, which are passed over, and in which order. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verb } from '../../agent/cli/validate.ts';
import { type FakeFaceInit, runVerb } from '../support/fakeFace.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/policies/', import.meta.url));
const validate = (args: readonly string[], init: FakeFaceInit = {}) => runVerb(verb, { cwd: fixtures, ...init, args });

describe('laps validate, folders', () => {
  let cwd: string;
  const put = (name: string, content: unknown): void => {
    mkdirSync(join(cwd, name, '..'), { recursive: true });
    writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const paths = async (args: readonly string[]) => {
    const run = await validate(args, { cwd, json: true });
    const { files, passedOver = [], error } = JSON.parse(run.stdout);
    return { ...run, found: files.map((file: { path: string }) => file.path), passedOver, code: error?.code };
  };

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'laps-folders-'));
  });
  afterEach(() => {
    rmSync(cwd, { recursive: true });
  });

  // Other systems take no such name.
  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux(
    'reads what has a name that is no UTF-8 (on Linux), in such a folder too, and the others beside it',
    async () => {
      const raw = (...parts: Array<string | number>): Buffer =>
        Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))));
      put('p/b.json', { BackupDirectory: 1, PasswordLenght: 8 });
      mkdirSync(raw(`${cwd}/p/f`, 0xfc));
      const policy = '{ "BackupDirectory": 1, "PasswordLenght": 9 }';
      writeFileSync(raw(`${cwd}/p/a`, 0xe4, '.json'), policy);
      writeFileSync(raw(`${cwd}/p/f`, 0xfc, '/c.json'), policy);
      const { found, status } = await paths(['p']);
      assert.deepEqual([found, status], [['p/a\udce4.json', 'p/b.json', 'p/f\udcfc/c.json'], 1]);
      assert.match((await validate(['p'], { cwd })).stdout, /^p\/a\\udce4\.json:1:\d+ error/);
      const named = await paths(['p/a\ufffd.json']);
      assert.equal(named.status, 3);
      assert.match(JSON.parse(named.stdout).error.hint, /not UTF-8 .* name its folder/);
    },
  );

  it('takes the policies below a folder in order, whatever their shape, and passes over the rest', async () => {
    put('p/csp.json', '');
    put('p/b/export.json', {
      settings: [
        { id: '0', settingInstance: { settingDefinitionId: 'device_vendor_msft_laps_policies_passwordlength' } },
      ],
    });
    put('p/b/half.json', '{ "PasswordLenght": 1');
    put(
      'p/a.reg',
      'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Policies\\LAPS]\r\n',
    );
    put('p/other.reg', 'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\Software\\Other]\r\n');
    put('p/package.json', { name: 'x', version: '1' });
    put('p/schema.json', { $schema: 'http://json-schema.org/draft-07/schema#', properties: { PasswordLength: 1 } });
    put('p/node_modules/x/csp.json', {});
    put('p/.git/csp.json', {});
    put('p/csp.json~', '{');
    put('p/notes.md', 'PasswordLength');
    const { found, passedOver } = await paths(['p']);
    assert.deepEqual(found, ['p/a.reg', 'p/b/export.json', 'p/b/half.json', 'p/csp.json']);
    assert.deepEqual(passedOver, ['p/other.reg', 'p/package.json', 'p/schema.json']);
    assert.match((await validate(['p'], { cwd })).stderr, /passed over, no LAPS policy: p\/other\.reg/);
  });

  const other = '[HKEY_LOCAL_MACHINE\\Software\\Other]\r\n"Name"="x"\r\n';
  const head = 'Windows Registry Editor Version 5.00\r\n\r\n';
  const unit = (text: string): Buffer => Buffer.from(text, 'utf16le');
  const record = Buffer.concat([
    unit('[Software\\Other\0;Name\0;'),
    Buffer.from([1, 0, 0, 0]),
    unit(';'),
    Buffer.from([4, 0, 0, 0]),
    unit(';x\0]'),
  ]);
  const pol = Buffer.concat([Buffer.from('PReg'), Buffer.from([1, 0, 0, 0]), record]);

  it('judges what says nothing of LAPS and is empty, cut short, misspelt or unreadable', async () => {
    const suspects: Readonly<Record<string, string | Buffer>> = {
      'cut.pol': pol.subarray(0, pol.length - 3),
      'no.pol': 'x',
      'empty.pol': '',
      'cut.json': '{ "@odata.context": "x", "name": "Clients", "settings": [ { "id": "0", ',
      'empty.json': ' \n',
      'nothing.json': '{}',
      'misspelt.json': '{ "PaswordLength": 14 }',
      'swapped.jsonc': '{ "BakcupDirectory": 1, // yes\n }',
      'ids.json': JSON.stringify({
        settings: [{ settingInstance: { settingDefinitionId: 'device_vendor_msft_lap_policies_passwordlength' } }],
      }),
      'listing.json': JSON.stringify({ name: 'LAPS', settingCount: 6, templateReference: { templateFamily: 'x' } }),
      'place.json': JSON.stringify({ 'HKLM\\Software\\Polices\\LAPS': {} }),
      'lower.json': '{ "name": "x", "passwordlength": 14 }',
      'camel.json': '{ "backupDirectory": 1, "passwordLength": 20, "owner": "x" }',
      'nested.json': '{ "laps-policy": { "PasswordLenght": 14 } }',
      'bare.json': '{ BackupDirectory: 1 }',
      'words.json': 'to be done',
      'headless.reg': other,
      'cut.reg': `${head}[HKEY_LOCAL_MACHINE\\Software\\Oth`,
      'swapped.reg': `${head}[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Policies\\LASP]\r\n"PasswordLength"=dword:14\r\n`,
      'short.reg': `${head}[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Policies]\r\n"BackupDirectory"=dword:1\r\n`,
      'longer.reg': `${head}[HKEY_LOCAL_MACHINE\\Software\\LocalAdminPasswordSolution]\r\n"PasswordLength"=dword:14\r\n`,
      'cut.xml': '<SyncBody><Replace><Item><Target>',
      'wrapped.xml': '<wap-provisioningdoc>./Device/Vendor/MSFT/LAPS/Policies/PasswordLength</wap-provisioningdoc>',
      'blank.xml': '<?xml version="1.0"?>',
      'cut.PolicyRules': '<PolicyRules><ComputerConfig>',
      'cut.txt': 'Computer\nSoftware\\Other\nName\n',
      'empty.txt': '',
    };
    for (const [name, content] of Object.entries(suspects)) {
      rmSync(join(cwd, 'p'), { recursive: true, force: true });
      mkdirSync(join(cwd, 'p'));
      writeFileSync(join(cwd, 'p', name), content);
      const { found, status } = await paths(['p']);
      assert.deepEqual(found, [`p/${name}`]);
      const strict = await validate(['p'], { cwd, options: { strict: true } });
      assert.deepEqual([strict.status, status <= 1], [1, true], name);
    }
  });

  it('judges what names a setting that only LAPS has, or little else than settings', async () => {
    const policies: Readonly<Record<string, object>> = {
      'one.json': { Theme: 'dark', Timeout: 60, PostAuthenticationActions: 3 },
      'most.json': { PasswordLength: 20, BackupDirectory: 1, Theme: 'dark' },
      'remark.json': { _comment: 'for kiosks', owner: 'helpdesk', PasswordLength: 20 },
      'wrapped.json': { policy: { BackupDirectory: 1, PasswordLength: 20 } },
    };
    for (const [name, content] of Object.entries(policies)) put(`p/${name}`, content);
    const { found } = await paths(['p']);
    assert.deepEqual(
      found,
      Object.keys(policies)
        .map((name) => `p/${name}`)
        .toSorted(),
    );
  });

  it('passes over what is plainly something else, whole or not', async () => {
    const others: Readonly<Record<string, string | Buffer>> = {
      'other.pol': pol,
      'other.reg': head + other,
      'near.reg': `${head}[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Policies]\r\n"Name"="x"\r\n`,
      'package.json': '{ "name": "x", ',
      'sub/tsconfig.build.json': '{ "compilerOptions": { } // and so on\n',
      'settings.jsonc': '{ "editor.fontSize": 12, }',
      'schema.json': '{ "$schema": "http://json-schema.org/draft-07/schema#", "prop',
      'log.json': '{ "a": 1 }\n{ "a": 2 }\n',
      'list.json': '[1, 2]',
      'graph.json': '{ "value": [] }',
      'edge.json': '{ "settings": [ { "settingInstance": { "settingDefinitionId": "device_vendor_msft_edge" } } ] }',
      'pom.xml': Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><project>\u00e9', 'latin1'),
      'manifest.xml':
        '<Backups><BackupInst><GPODisplayName><![CDATA[Windows LAPS]]></GPODisplayName></BackupInst></Backups>',
      'bkupInfo.xml': '<BackupInst xmlns="m"><GPODisplayName><![CDATA[Windows LAPS]]></GPODisplayName></BackupInst>',
      'Backup.xml':
        '<?xml version="1.0"?><!-- (c) --><GroupPolicyBackupScheme b:version="2.0">LAPS</GroupPolicyBackupScheme>',
      'task.xml':
        '<Task><Arguments>add HKLM\\Software\\Microsoft\\Policies\\LAPS</Arguments><Description>LAPS cycle</Description></Task>',
      'Groups.xml': '<Groups><Group name="LAPS readers"/></Groups>',
      'README.txt': 'The LAPS policies of this folder.\nLAPS keeps passwords apart.\n',
      'notes.txt': '; to be done: call the helpdesk',
      'db.json': '{ "server": "db1", "user": "sa", "password": "hunter2" }',
      'app.json': '{ "minPasswordLength": 12, "passwordAgeInDays": 90, "passwordPolicy": "strict" }',
      'accounts.json': '{ "minUserName": 3, "passwordLength": 6, "lockoutCount": 5, "server": "x" }',
      'accounts.jsonc': '{ "server": { "passwordLength": 6, "users": [1, 2] } } // all of them',
      'compliance.json':
        '{ "@odata.type": "#microsoft.graph.windows10CompliancePolicy", "passwordRequired": true, "passwordLength": 8 }',
      'theme.json': '{ "PasswordLength": 12, "Theme": "dark" }',
      'signin.json': '{ "Lockout": 3, "PasswordLength": 12, "PasswordComplexity": 4, "Theme": "dark", "Timeout": 60 }',
      'nested.json': '{ "Auth": { "PasswordLength": 12, "Lockout": 3 }, "Logging": { "Level": "x" } }',
      'backup.json': '{ "BackupDirectory": "/var/backups", "Keep": 7 }',
      'names.txt': Buffer.from('M\u00fcller', 'latin1'),
    };
    put('p/csp.json', { BackupDirectory: 0 });
    mkdirSync(join(cwd, 'p/sub'));
    for (const [name, content] of Object.entries(others)) writeFileSync(join(cwd, 'p', name), content);
    const { found, passedOver } = await paths(['p']);
    assert.deepEqual(found, ['p/csp.json']);
    assert.deepEqual(
      passedOver.toSorted(),
      Object.keys(others)
        .map((name) => `p/${name}`)
        .toSorted(),
    );
  });

  it('judges what is named itself, whoever it may belong to', async () => {
    put('p/accounts.json', { minUserName: 3, passwordLength: 6, lockoutCount: 5, server: 'x' });
    const { found, status } = await paths(['p/accounts.json']);
    assert.deepEqual([found, status], [['p/accounts.json'], 1]);
  });

  it('knows UTF-16 as well, and every fixture of every shape', async () => {
    mkdirSync(join(cwd, 'p'));
    writeFileSync(join(cwd, 'p/x.json'), Buffer.from('\ufeff{ "BackupDirectory": 1 }', 'utf16le'));
    assert.deepEqual((await paths(['p'])).found, ['p/x.json']);
    const { files } = JSON.parse((await validate(['ok'], { json: true })).stdout);
    const all = readdirSync(join(fixtures, 'ok')).filter((name) =>
      /\.(jsonc?|reg|pol|xml|txt|policyrules)$/i.test(name),
    );
    assert.deepEqual(
      files.map((file: { path: string }) => file.path),
      all.sort().map((name) => `ok/${name}`),
    );
  });

  it('judges once what is named twice, follows no link to a folder, and ends', async () => {
    put('p/csp.json', { BackupDirectory: 0 });
    symlinkSync(cwd, join(cwd, 'p/loop'));
    assert.deepEqual((await paths(['p/csp.json', 'p', 'p'])).found, ['p/csp.json']);
  });

  it('does not pass off a folder without policies as a clean one', async () => {
    mkdirSync(join(cwd, 'empty'));
    const { status, code } = await paths(['empty']);
    assert.deepEqual([status, code], [3, 'ERR_LAPS_NO_SUCH_FILE']);
  });

  it('adds all files up in one summary', async () => {
    put('p/csp.json', { PasswordLenght: 1 });
    put('q/gpo.json', { PasswordLength: 99 });
    const { stdout, status } = await validate(['p', 'q'], { cwd });
    assert.equal(status, 1);
    assert.equal(stdout.match(/^\d+ files?, /gm)?.length, 1);
    assert.match(stdout, /2 files, \d errors/);
  });
});

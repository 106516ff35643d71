/** `laps convert`: every shape, what is lost, where it is written. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verb } from '../../agent/cli/convert.ts';
import { verb as diffVerb } from '../../agent/cli/diff.ts';
import { writableFormats } from '../../agent/core/policy/formats/write.ts';
import { rootRows } from '../../agent/core/policy/settings.ts';
import { type FakeFaceInit, runVerb, type VerbRun } from '../support/fakeFace.ts';

const policy = { BackupDirectory: 1, AdministratorAccountName: 'ümläut "x"', PasswordLength: 20, PasswordAgeDays: 30 };

describe('laps convert', () => {
  let cwd: string;
  const put = (name: string, content: unknown): void =>
    writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));
  const convert = (file: string, to: string, init: FakeFaceInit = {}): Promise<VerbRun> =>
    runVerb(verb, { cwd, ...init, args: [file], options: { to, ...init.options } });

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'laps-convert-'));
    put('csp.json', policy);
  });
  afterEach(() => {
    rmSync(cwd, { recursive: true });
  });

  it('takes an empty path for no path', async () => {
    const run = await convert('', 'native');
    assert.deepEqual([run.status, run.error?.code], [2, 'ERR_LAPS_USAGE']);
  });

  for (const to of writableFormats)
    it(`writes ${to}, which a device takes for the same policy`, async () => {
      const run = await convert('csp.json', to, { options: { output: `out.${to}` } });
      assert.deepEqual([run.status, run.stdout], [0, '']);
      const same = await runVerb(diffVerb, { cwd, args: ['csp.json', `out.${to}`], json: true });
      const { changes, source } = JSON.parse(same.stdout);
      assert.deepEqual(changes, []);
      assert.equal(source.after, ['reg', 'pol', 'lgpo'].includes(to) ? 'GPO' : 'CSP');
    });

  it('puts the very bytes on a standard output that is no terminal, and text on one that is', async () => {
    const piped = await convert('csp.json', 'reg');
    assert.deepEqual([...piped.bytes.slice(0, 4)], [0xff, 0xfe, 0x57, 0x00]);
    const shown = await convert('csp.json', 'reg', { terminal: true });
    assert.match(shown.stdout, /^Windows Registry Editor Version 5\.00/);
    assert.equal(shown.bytes.length, 0);
  });

  it('puts no binary on a terminal', async () => {
    const run = await convert('csp.json', 'pol', { terminal: true });
    assert.deepEqual([run.status, run.error?.code, run.stdout], [2, 'ERR_LAPS_USAGE', '']);
    assert.deepEqual([...(await convert('csp.json', 'pol')).bytes.slice(0, 4)], [0x50, 0x52, 0x65, 0x67]);
  });

  it('refuses a root whose settings are others than those of the file, instead of passing --root over', async () => {
    put('legacy.json', { [rootRows.Legacy.key]: { AdmPwdEnabled: 1, PasswordLength: 14 } });
    for (const [file, root, message] of [
      ['legacy.json', 'gpo', /legacy LAPS.*under the root GPO/],
      ['csp.json', 'legacy', /none under the legacy root/],
    ] as const) {
      const run = await convert(file, 'reg', { options: { root } });
      assert.deepEqual([run.status, run.error?.code, run.stdout], [2, 'ERR_LAPS_USAGE', '']);
      assert.match(run.error?.message ?? '', message);
    }
    assert.equal((await convert('legacy.json', 'reg', { options: { root: 'legacy' } })).status, 0);
  });

  it('refuses a root that the shape cannot speak for, instead of passing --root over', async () => {
    for (const format of ['intune', 'omauri', 'syncml']) {
      const run = await convert('csp.json', format, { options: { root: 'gpo' } });
      assert.deepEqual([run.status, run.error?.code, run.stdout], [2, 'ERR_LAPS_USAGE', '']);
      assert.match(run.error?.message ?? '', /speaks for the root CSP alone/);
      assert.equal((await convert('csp.json', format, { options: { root: 'csp' } })).status, 0);
    }
  });

  it('does not write what a file sets for legacy LAPS beside a GPO, and says so', async () => {
    const block = (root: 'GPO' | 'Legacy', name: string): string =>
      `Computer\n${rootRows[root].key.slice(5)}\n${name}\nDWORD:1\n\n`;
    put('both.txt', block('GPO', 'BackupDirectory') + block('Legacy', 'AdmPwdEnabled'));
    const run = await convert('both.txt', 'native');
    assert.match(run.stderr, /not converted: AdmPwdEnabled: a setting of legacy LAPS/);
    assert.doesNotMatch(run.stdout, /AdmPwd/);
  });

  it('does not write what is switched off; each setting that is switched off is told', async () => {
    put(
      'gpp.xml',
      `<RegistrySettings>${['BackupDirectory', 'PasswordLength" disabled="1']
        .map((name) => {
          const [plain = ''] = name.split('"');
          return `<Registry name="${name}"><Properties hive="HKEY_LOCAL_MACHINE" key="${rootRows.GPO.key.slice(5)}" name="${plain}" type="REG_DWORD" value="2"/></Registry>`;
        })
        .join('')}</RegistrySettings>`,
    );
    const run = await convert('gpp.xml', 'native');
    assert.match(run.stderr, /not converted: PasswordLength: this preference item is switched off/);
    assert.doesNotMatch(run.stdout, /PasswordLength/);
    assert.equal(run.status, 1);
  });

  it('tells what the other shape cannot say, writes the rest, and ends with 1', async () => {
    put('gpo.json', {
      [rootRows.GPO.key]: { BackupDirectory: 2, ADBackupDSRMPassword: 1, PostAuthenticationActions: 0 },
    });
    const run = await convert('gpo.json', 'syncml', { options: { output: 'x.xml' } });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /not converted: ADBackupDSRMPassword: .*\n.*not converted: PostAuthenticationActions: /);
    assert.match(readFileSync(join(cwd, 'x.xml'), 'utf8'), /BackupDirectory/);
    const { notExpressed, root, text } = JSON.parse((await convert('gpo.json', 'syncml', { json: true })).stdout);
    assert.deepEqual([notExpressed.length, root, typeof text], [2, 'CSP', 'string']);
  });

  it('hands binary over as base64 with --json', async () => {
    const { base64, format } = JSON.parse((await convert('csp.json', 'pol', { json: true })).stdout);
    assert.deepEqual([Buffer.from(base64, 'base64').subarray(0, 4).toString(), format], ['PReg', 'pol']);
  });

  it('writes for the root that is asked for, and keeps legacy values under the legacy key', async () => {
    const text = async (file: string, to: string, root?: string): Promise<string> =>
      (await convert(file, to, { terminal: true, options: root === undefined ? {} : { root } })).stdout;
    assert.match(await text('csp.json', 'reg', 'csp'), /SOFTWARE\\Microsoft\\Policies\\LAPS\]/i);
    assert.match(await text('csp.json', 'reg', 'local'), /LAPS\\Config\]/);
    put('legacy.json', { AdmPwdEnabled: 1, PasswordLength: 12 });
    assert.match(await text('legacy.json', 'reg'), /AdmPwd\][^[]*"AdmPwdEnabled"=dword:00000001/);
    const run = await convert('legacy.json', 'intune');
    assert.equal(run.status, 1);
    assert.match(run.stderr, /not converted: PasswordLength/);
  });

  it('moves deletions along with the policy', async () => {
    put(
      'a.reg',
      `Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\${rootRows.CSP.key.slice(5)}]\r\n"PasswordLength"=-\r\n"BackupDirectory"=dword:1\r\n`,
    );
    assert.match(
      (await convert('a.reg', 'lgpo', { terminal: true })).stdout,
      /Policies\\LAPS\r\nPasswordLength\r\nDELETE/,
    );
    assert.match((await convert('a.reg', 'native')).stderr, /not converted: PasswordLength: .*cannot delete/);
  });

  describe('loses nothing without a word', () => {
    const reg = (...lines: string[]): string => ['Windows Registry Editor Version 5.00', '', ...lines, ''].join('\r\n');
    const nowhere = '[HKEY_LOCAL_MACHINE\\Software\\Policies\\Microsoft\\LAPS]';
    const told = async (file: string, to = 'native') => {
      const run = await convert(file, to, { json: true });
      const { notExpressed } = JSON.parse(run.stdout);
      return { status: run.status, lost: notExpressed.map((each: { setting: string }) => each.setting), notExpressed };
    };

    it('such as what stands where no device reads', async () => {
      put(
        'a.reg',
        reg(
          `[${rootRows.GPO.key.replace('HKLM', 'HKEY_LOCAL_MACHINE')}]`,
          '"BackupDirectory"=dword:2',
          nowhere,
          '"PasswordLength"=dword:14',
        ),
      );
      const { status, lost } = await told('a.reg');
      assert.deepEqual(
        [status, lost],
        [1, ['HKEY_LOCAL_MACHINE\\Software\\Policies\\Microsoft\\LAPS\\PasswordLength']],
      );
      assert.match((await convert('a.reg', 'native')).stderr, /not converted: HKEY_LOCAL_MACHINE\\.*: no device reads/);
    });

    it('such as a command beside the policy', async () => {
      const item = (uri: string, more = ''): string =>
        `<Item><Target><LocURI>./Vendor/MSFT/LAPS/${uri}</LocURI></Target>${more}</Item>`;
      const data = '<Meta><Format>int</Format></Meta><Data>1</Data>';
      put(
        'a.xml',
        `<SyncBody><Replace>${item('Policies/BackupDirectory', data)}</Replace><Exec>${item('Actions/ResetPassword')}</Exec><Get>${item('Actions/ResetPasswordStatus')}</Get></SyncBody>`,
      );
      for (const to of ['native', 'syncml', 'reg']) {
        const { lost, notExpressed } = await told('a.xml', to);
        assert.deepEqual(lost, ['./Vendor/MSFT/LAPS/Actions/ResetPassword'], to);
        assert.match(notExpressed[0].why, /send it beside the policy, or run Reset-LapsPassword/);
      }
    });

    it('such as a value that a later one takes back, but not one that says the same', async () => {
      put('a.json', '{"BackupDirectory": 1,\n"PasswordLength": 15,\n"PasswordLength": 16, "BackupDirectory": 1}');
      const { status, lost, notExpressed } = await told('a.json');
      assert.deepEqual([status, lost], [1, ['PasswordLength']]);
      assert.match(notExpressed[0].why, /15 in line 2.*16/);
    });

    it('and makes no empty policy of a file without one', async () => {
      put('edge.json', {
        settings: [{ settingInstance: { settingDefinitionId: 'device_vendor_msft_policy_config_edge' } }],
      });
      put('stray.reg', reg(nowhere, '"PasswordLength"=dword:14'));
      put('none.reg', reg('[HKEY_LOCAL_MACHINE\\Software\\Other]', '"x"="y"'));
      put('empty.json', {});
      for (const file of ['edge.json', 'stray.reg', 'none.reg', 'empty.json']) {
        const run = await convert(file, 'native', { options: { output: 'out.json' } });
        assert.deepEqual([run.status, run.error?.code], [1, 'ERR_LAPS_POLICY_INVALID'], file);
      }
      assert.match(
        (await convert('stray.reg', 'native')).error?.message ?? '',
        /LAPS\\PasswordLength: no device reads/,
      );
      assert.ok(!readdirSync(cwd).includes('out.json'));
    });
  });

  it('refuses what no device would read, and writes nothing then', async () => {
    for (const bad of ['{', '', '[]']) {
      put('bad.json', bad);
      const run = await convert('bad.json', 'reg', { options: { output: 'out.reg' } });
      assert.deepEqual([run.status, run.error?.code], [1, 'ERR_LAPS_POLICY_UNREADABLE']);
    }
    assert.deepEqual(readdirSync(cwd), ['bad.json', 'csp.json']);
    assert.equal((await convert('none.json', 'reg')).status, 3);
  });

  it('never writes over the file it reads, by whatever path, and replaces another one whole', async () => {
    for (const output of ['csp.json', './csp.json', join(cwd, 'csp.json')])
      assert.equal((await convert('csp.json', 'native', { options: { output } })).status, 2, output);
    assert.deepEqual(JSON.parse(readFileSync(join(cwd, 'csp.json'), 'utf8')), policy);
    put('out.json', 'old'.repeat(1000));
    assert.equal((await convert('csp.json', 'native', { options: { output: 'out.json' } })).status, 0);
    assert.deepEqual(JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8')), policy);
    assert.equal(statSync(join(cwd, 'out.json')).mode & 0o111, 0);
    assert.deepEqual(readdirSync(cwd).sort(), ['csp.json', 'out.json']);
  });

  it('gives a native policy inside the project the $schema that an editor wants, and nowhere else', async () => {
    // A place inside the project that neither git nor the linter looks at.
    const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
    mkdirSync(cache, { recursive: true });
    const place = mkdtempSync(join(cache, 'convert-'));
    try {
      const output = join(place, 'csp.json');
      assert.equal((await convert('csp.json', 'native', { options: { output } })).status, 0);
      assert.deepEqual(JSON.parse(readFileSync(output, 'utf8')), {
        $schema: '../../../policies/laps.schema.json',
        ...policy,
      });
    } finally {
      rmSync(place, { recursive: true });
    }
    assert.ok(!(await convert('csp.json', 'native')).stdout.includes('$schema'));
  });

  it('says where it cannot write', async () => {
    const at = async (output: string) => (await convert('csp.json', 'native', { options: { output } })).error;
    assert.equal((await at('none/x.json'))?.code, 'ERR_LAPS_NO_SUCH_FILE');
    assert.equal((await at('.'))?.code, 'ERR_LAPS_FILE_UNREADABLE');
    for (const output of ['none/x.json', '.']) assert.ok((await at(output))?.hint);
  });

  it('answers words it does not understand with status 2', async () => {
    assert.equal((await convert('csp.json', 'admx')).status, 2);
    assert.equal((await runVerb(verb, { cwd, args: ['csp.json'] })).status, 2);
    assert.equal((await runVerb(verb, { cwd, options: { to: 'reg' } })).status, 2);
    assert.equal((await convert('csp.json', 'reg', { options: { root: 'mdm' } })).status, 2);
  });
});

/** What options and ignore files add on the way to the rules: `--os`, `--baseline`, `.lapsaccept`. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeDocuments } from '../../agent/cli/judging.ts';
import { gatherOs } from '../../agent/cli/policyOptions.ts';
import { isLapsError } from '../../agent/core/errors.ts';
import { fakeFace } from '../support/fakeFace.ts';
import { documentOf, namesOfFindings } from '../support/policies.ts';

const weak = { BackupDirectory: 1, PasswordLength: 8 };

describe('judging with options', () => {
  let cwd = '';
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'laps-judging-'));
    mkdirSync(join(cwd, 'below'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
  async function judged(path: string, content: unknown, options: Record<string, unknown> = {}) {
    const { files, rules } = await judgeDocuments(fakeFace({ cwd, options }).face, [documentOf(content, path)]);
    const [file] = files;
    assert.ok(file);
    return { names: namesOfFindings(file.findings), accepted: file.accepted, findings: file.findings, rules };
  }
  async function refusal(options: Record<string, unknown>): Promise<{ code: string; message: string; hint: string }> {
    try {
      await judged('a.json', weak, options);
    } catch (error) {
      if (isLapsError(error)) return { code: error.code, message: error.message, hint: error.hint ?? '' };
    }
    return assert.fail('it was taken');
  }

  it('takes the ignore file of the folder the command runs in, and the one beside the policy', async () => {
    write('.lapsaccept', 'below/*.json weak-password: kiosks\n');
    assert.deepEqual((await judged('below/a.json', weak)).names, []);
    assert.deepEqual((await judged('a.json', weak)).names, ['weak-password']);
    rmSync(join(cwd, '.lapsaccept'));
    write('below/.lapsaccept', 'a.json LAPS036: kiosks\n');
    const { accepted } = await judged('below/a.json', weak);
    assert.equal(accepted[0]?.reason, 'kiosks');
    assert.deepEqual((await judged(join(cwd, 'below/a.json'), weak)).names, []);
  });

  it('takes a path for the same however it is spelt, in the ignore file and on the command line', async () => {
    for (const line of [
      'below/a.json',
      './below/../below/a.json',
      'below\\a.json',
      join(cwd, 'below/a.json'),
      '*/a.json',
    ]) {
      write('.lapsaccept', `${line} LAPS036: kiosks\n`);
      for (const path of ['below/a.json', './below/a.json', 'below/../below/a.json', join(cwd, 'below/a.json')])
        assert.deepEqual((await judged(path, weak)).names, [], `${line} for ${path}`);
      assert.deepEqual((await judged('a.json', weak)).names, ['weak-password'], line);
    }
  });

  it('takes the ignore files of the folders in between, and of a folder that was named elsewhere', async () => {
    mkdirSync(join(cwd, 'below/deep'));
    write('below/.lapsaccept', 'deep/a.json LAPS036: kiosks\n');
    assert.deepEqual((await judged('below/deep/a.json', weak)).names, []);
    const { face } = fakeFace({ cwd: join(cwd, 'below/deep') });
    const outside = documentOf(weak, '../deep/../../below/deep/a.json');
    assert.deepEqual((await judgeDocuments(face, [outside])).files[0]?.findings.length, 1);
    assert.deepEqual((await judgeDocuments(face, [outside], ['..'])).files[0]?.findings, []);
  });

  it('tells what is wrong with an ignore file in that file, and calls nothing unused that may be used elsewhere', async () => {
    write(
      '.lapsaccept',
      '# why\nbelow/gone.json LAPS036: kiosks\n  junk\n*.json LAPS030: none\nbelow/a.json LAPS036 no colon\n',
    );
    const told = async (folders: readonly string[]) => {
      const { face } = fakeFace({ cwd });
      const { ignoreFiles } = await judgeDocuments(face, [documentOf(weak, 'below/a.json')], folders);
      return ignoreFiles.flatMap(({ path, findings }) =>
        findings.map(({ rule, place }) => [path, place.line, place.column, rule]),
      );
    };
    const always = [
      ['.lapsaccept', 3, 3, 'LAPS092'],
      ['.lapsaccept', 5, 1, 'LAPS092'],
    ];
    assert.deepEqual(await told([]), always);
    assert.deepEqual(await told(['below']), [['.lapsaccept', 2, 1, 'LAPS091'], ...always]);
    assert.deepEqual(await told(['.']), [
      ['.lapsaccept', 2, 1, 'LAPS091'],
      always[0],
      ['.lapsaccept', 4, 1, 'LAPS091'],
      always[1],
    ]);
  });

  it('fails where an ignore file is there and cannot be read', async () => {
    mkdirSync(join(cwd, '.lapsaccept'));
    assert.equal((await refusal({})).code, 'ERR_LAPS_FILE_UNREADABLE');
  });

  it('takes builds separated by commas or given again, each once', async () => {
    assert.equal(gatherOs('10.0.26100', gatherOs('22631', undefined)), '22631,10.0.26100');
    const phrase = { BackupDirectory: 1, PasswordComplexity: 7 };
    for (const os of ['10.0.22631,10.0.26100', '22631, 10.0.26100,10.0.22631', ['10.0.22631', '26100']])
      assert.deepEqual((await judged('a.json', phrase, { os })).findings[0]?.builds, ['10.0.22631'], String(os));
    assert.equal((await refusal({ os: '10.0.26100,24H2' })).code, 'ERR_LAPS_USAGE');
    assert.equal((await refusal({ os: '' })).code, 'ERR_LAPS_USAGE');
  });

  it('takes a baseline by name or from a file, and lists its rules beside the others', async () => {
    const named = await judged('a.json', weak, { baseline: 'cis' });
    assert.ok(named.names.includes('cis-PasswordLength'));
    assert.ok(named.rules.some((rule) => rule.id === 'cis/18.9.25.5'));
    write('own.json', '{ "name": "own", "requirements": [{ "id": "a", "setting": "PasswordLength", "minimum": 9 }] }');
    assert.deepEqual((await judged('a.json', weak, { baseline: 'own.json' })).names, [
      'weak-password',
      'own-PasswordLength',
    ]);
  });

  it('judges a file as the root that its name stands for, as a device does; other names say nothing', async () => {
    const keyed = { './Device/Vendor/MSFT/LAPS/Policies': { BackupDirectory: 1 } };
    assert.deepEqual((await judged('gpo.json', keyed)).names, ['mixed-roots']);
    assert.deepEqual((await judged('csp.json', keyed)).names, []);
    assert.deepEqual((await judged('helpdesk.json', keyed)).names, []);
  });

  it('refuses a baseline that is none, with its place', async () => {
    assert.match((await refusal({ baseline: 'stig' })).hint, /cis/);
    assert.equal((await refusal({ baseline: 'none.json' })).code, 'ERR_LAPS_NO_SUCH_FILE');
    write('broken.json', '{ "name": "own",\n "requirements": [');
    const broken = await refusal({ baseline: './broken.json' });
    assert.equal(broken.code, 'ERR_LAPS_POLICY_INVALID');
    assert.match(broken.message, /broken\.json:2:19: /);
  });
});

/** The rules at work on a run: several builds, exceptions, order, and files of any kind. */
import assert from 'node:assert/strict';
import { rootOf } from '../../../../agent/core/policy/document.ts';
import type { Exception } from '../../../../agent/core/policy/exceptions/exception.ts';
import { type JudgedFile, judge } from '../../../../agent/core/policy/rules/judge.ts';
import type { Finding } from '../../../../agent/core/policy/rules/rule.ts';
import { fileToJudge } from '../../../../agent/core/policy/rules/views.ts';
import { startOfFile } from '../../../../agent/core/policy/text.ts';
import { documentOf, namesOfFindings, osOf } from '../../../support/policies.ts';

const builds = (...texts: string[]) => texts.map((text) => osOf(text));

function judged(
  contents: Readonly<Record<string, unknown>>,
  options: { builds?: readonly string[]; exceptions?: readonly Exception[] } = {},
): readonly JudgedFile[] {
  return judge({
    files: Object.entries(contents).map(([path, content]) => {
      const document = documentOf(content, path);
      return { document, root: rootOf(document), ...(options.exceptions && { exceptions: options.exceptions }) };
    }),
    builds: builds(...(options.builds ?? ['10.0.26100'])),
    joinType: undefined,
  });
}

const one = (content: unknown, options: Parameters<typeof judged>[1] = {}): JudgedFile => {
  const [file] = judged({ 'a.json': content }, options);
  assert.ok(file);
  return file;
};

const accepting = (rules: string[], reason: string, lines?: Exception['lines']): Exception => ({
  rules,
  reason,
  where: 'line 1',
  place: startOfFile,
  ...(lines !== undefined && { lines }),
});

describe('judging for several builds', () => {
  it('takes no length for dead that another of the builds uses', () => {
    const two = { builds: ['10.0.19045', '10.0.26100'] };
    const both = { BackupDirectory: 1, PasswordComplexity: 6, PasswordLength: 16, PassphraseLength: 6 };
    const about = (policy: object, options?: { builds: readonly string[] }) =>
      one(policy, options).findings.filter(({ name }) => name === 'dead-setting');
    assert.deepEqual(about(both, two), []);
    assert.match(about(both)[0]?.hint ?? '', /^remove it/);
    const { PassphraseLength: _words, ...alone } = both;
    const [finding] = about(alone, two);
    assert.deepEqual(finding?.builds, ['10.0.26100']);
    assert.match(finding?.hint ?? '', /^keep it for 10\.0\.19045, and set PassphraseLength \d+ beside it$/);
  });

  const phrase = { BackupDirectory: 1, PasswordComplexity: 7, PasswordLength: 20 };

  it('says of a finding which builds it concerns', () => {
    const { findings } = one(phrase, { builds: ['10.0.19045', '10.0.22631', '10.0.26100'] });
    assert.deepEqual(
      findings.map(({ name, builds: concerned }) => [name, concerned]),
      [
        ['newer-than-os', ['10.0.19045', '10.0.22631']],
        ['dead-setting', ['10.0.26100']],
      ],
    );
  });

  it('passes over a root only on the builds that ask the roots', () => {
    const folder = { 'gpo.json': { BackupDirectory: 2 }, 'legacy.json': { AdmPwdEnabled: 1, PasswordLength: 14 } };
    const [, legacy] = judged(folder, { builds: ['10.0.14393', '10.0.26100'] });
    const told = legacy?.findings.map(({ name, builds: concerned }) => [name, concerned]);
    assert.deepEqual(told, [['shadowed-root', ['10.0.26100']]]);
  });

  it('compares exports of Intune in one folder, and says what the older policy of a device has to do with it', () => {
    const prefix = 'device_vendor_msft_laps_policies_';
    const exported = (length: number, ...more: number[]): object => ({
      settings: [
        {
          settingInstance: {
            settingDefinitionId: `${prefix}backupdirectory`,
            choiceSettingValue: { value: `${prefix}backupdirectory_1`, children: [] },
          },
        },
        ...[length, ...more].map((value) => ({
          settingInstance: { settingDefinitionId: `${prefix}passwordlength`, simpleSettingValue: { value } },
        })),
      ],
    });
    const found = (files: Readonly<Record<string, object>>): readonly Finding[] =>
      judged(files).flatMap(({ findings }) => findings);
    const [differs, ...rest] = found({ 'p/1.json': exported(18), 'p/2.json': exported(24), 'p/3.json': exported(18) });
    assert.deepEqual([differs?.name, differs?.severity, rest], ['policies-differ', 'info', []]);
    assert.equal(differs?.message, 'this file says otherwise than p/1.json: PasswordLength (24, there 18)');
    assert.match(differs?.effect ?? '', /it keeps the LAPS values it was given last, and gets neither .* had none$/);
    assert.deepEqual(found({ 'p/1.json': exported(18), 'q/2.json': exported(24) }), []);
    const several = judge({
      files: [
        fileToJudge(documentOf(exported(18), 'p/1.json')),
        fileToJudge(documentOf([exported(18), exported(24)], 'p/2.json')),
      ],
      builds: builds('10.0.26100'),
      joinType: undefined,
    });
    assert.deepEqual(
      several.flatMap(({ findings }) => findings.map(({ message }) => message)),
      ['policy 2 says otherwise than p/1.json: PasswordLength (24, there 18)'],
    );
    // Nor does anybody know which of two values of one policy an MDM delivers.
    assert.match(
      found({ 'a.json': exported(18, 24) })[0]?.effect ?? '',
      /documented nowhere; judged here is the last: 24/,
    );
  });

  it('says of a root that is refused for now what comes of it only once it is corrected', () => {
    const effectOf = (csp: object, name: string): string => {
      const found = judged({ 'csp.json': csp, 'gpo.json': { BackupDirectory: 2 } }).flatMap((file) => file.findings);
      return found.find((finding) => finding.name === name)?.effect ?? '';
    };
    assert.match(effectOf({ BackupDirectory: 1 }, 'shadowed-root'), /^the device takes CSP whole/);
    assert.match(
      effectOf({ BackupDirectory: 1, PasswordLength: '20' }, 'shadowed-root'),
      /^the device does not take csp\.json as it stands and keeps the policy it had; once .*, the device takes CSP whole/,
    );
    assert.match(effectOf({ PasswordLength: 20 }, 'root-disables-rest'), /^the device manages no account/);
    assert.match(effectOf({ PasswordLength: '20' }, 'root-disables-rest'), /^once this file is corrected, the device/);
  });

  it('weighs the length that the Group Policy editor writes by what the builds make of it', () => {
    const editors = { BackupDirectory: 2, PasswordComplexity: 4, PasswordLength: 14, PassphraseLength: 6 };
    const told = (content: unknown, path: string, texts: readonly string[]) =>
      judged({ [path]: content }, { builds: texts })[0]?.findings.flatMap(({ rule, setting, severity, hint }) =>
        rule === 'LAPS011' && setting === 'PassphraseLength' ? [[severity, hint === 'nothing need be done']] : [],
      );
    const both = ['10.0.22631', '10.0.26100'];
    assert.deepEqual(told(editors, 'gpo.json', both), [['info', true]]);
    assert.deepEqual(told(editors, 'gpo.json', ['10.0.22631']), [['info', true]]);
    assert.deepEqual(told(editors, 'csp.json', both), [['warning', false]]);
    assert.deepEqual(told({ ...editors, PasswordComplexity: 6 }, 'gpo.json', both), [['warning', false]]);
    const { PasswordLength: _length, ...alone } = editors;
    assert.deepEqual(told(alone, 'gpo.json', both), [['warning', false]]);
  });

  it('names no build where all are concerned, or only one was asked about', () => {
    const everywhere = one({ BackupDirectory: 1, PasswordAgeDays: 3 }, { builds: ['10.0.19045', '10.0.26100'] });
    assert.deepEqual(
      everywhere.findings.map((finding) => finding.builds),
      [undefined],
    );
    assert.equal(one(phrase, { builds: ['10.0.19045'] }).findings[0]?.builds, undefined);
  });
});

describe('judging with exceptions', () => {
  const weak = { BackupDirectory: 1, PasswordLength: 8 };

  it('takes away what is accepted, and keeps the reason', () => {
    const { findings, accepted } = one(weak, { exceptions: [accepting(['laps036'], 'a kiosk')] });
    assert.deepEqual(findings, []);
    assert.deepEqual(
      accepted.map(({ finding, reason }) => [finding.name, reason]),
      [['weak-password', 'a kiosk']],
    );
  });

  it('knows a rule by its name, and several at once', () => {
    const { findings } = one(weak, { exceptions: [accepting(['weak-password', 'LAPS035'], 'a kiosk')] });
    assert.deepEqual(namesOfFindings(findings), ['exception-unused']);
  });

  it('covers its lines and no other', () => {
    const { findings } = one(weak, { exceptions: [accepting(['LAPS036'], 'a kiosk', { from: 2, to: 2 })] });
    assert.deepEqual(namesOfFindings(findings), ['exception-unused', 'weak-password']);
  });

  it('accepts nothing without a reason, nor what a device refuses the file for, nor what no rule is', () => {
    const names = (content: unknown, exception: Exception): string[] =>
      namesOfFindings(one(content, { exceptions: [exception] }).findings);
    assert.deepEqual(names(weak, accepting(['LAPS036'], '')), ['exception-without-reason', 'weak-password']);
    const wrong = { BackupDirectory: 1, PasswordLength: '20' };
    assert.deepEqual(names(wrong, accepting(['LAPS009'], 'so be it')), ['exception-unused', 'wrong-type']);
    assert.deepEqual(names({ BackupDirectory: 1 }, accepting(['LAPS999'], 'x')), ['exception-not-understood']);
    assert.deepEqual(names({ BackupDirectory: 1 }, accepting([], '')), ['exception-not-understood']);
    assert.deepEqual(names({ BackupDirectory: 1 }, accepting(['LAPS091'], 'never mind')), ['exception-unused']);
  });

  it('leaves what is wrong with an ignore file to be told there', () => {
    const { findings, outcomes } = one(
      { BackupDirectory: 1 },
      { exceptions: [{ ...accepting(['LAPS036'], 'x'), about: 'a.json' }] },
    );
    assert.deepEqual([findings.length, outcomes[0]?.state], [0, 'unused']);
  });
});

describe('judging any content', () => {
  it('gives the findings in the order of the text', () => {
    const { findings } = one('{\n "PasswordAgeDays": 3,\n "BackupDirectory": 1,\n "x": 1, "PasswordLength": 99 }');
    assert.deepEqual(
      findings.map(({ place }) => place.line),
      [2, 4, 4],
    );
  });

  it('gives an answer for any value of any setting, alone and beside others', () => {
    const values = [null, true, 0, 1, 2, 5, 99, -1, 1.5, 1e300, '', ' ', 'x'.repeat(300), '\ud800', '\0', [], {}];
    const settings = [
      'BackupDirectory',
      'AdministratorAccountName',
      'PasswordAgeDays',
      'PasswordLength',
      'PassphraseLength',
      'PasswordComplexity',
      'ADPasswordEncryptionEnabled',
      'ADPasswordEncryptionPrincipal',
      'PostAuthenticationResetDelay',
      'PostAuthenticationActions',
      'AutomaticAccountManagementEnabled',
      'AutomaticAccountManagementNameOrPrefix',
      '__proto__',
      'toString',
      '',
    ];
    for (const name of settings)
      for (const value of values)
        for (const beside of [{}, { BackupDirectory: 1 }, { BackupDirectory: 2 }])
          for (const path of ['csp.json', 'gpo.json', 'legacy.json'])
            for (const finding of judged({ [path]: { ...beside, [name]: value } })[0]?.findings ?? [])
              assert.ok(finding.place.line >= 1 && finding.message !== '' && finding.hint !== '', finding.rule);
  });

  it('tells every unknown name, but looks for what may have been meant in the first of many only', () => {
    const content = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`PasswordLenght${at}`, 1]));
    const unknown = (judged({ 'csp.json': content })[0]?.findings ?? []).filter(({ rule }) => rule === 'LAPS007');
    assert.equal(unknown.length, 400);
    assert.match(unknown[0]?.hint ?? '', /PasswordLength/);
    assert.match(unknown[399]?.hint ?? '', /laps settings/);
  });
});

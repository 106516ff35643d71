/** Several policies in one file: each for itself, together where they agree, by name where they do not. */
import assert from 'node:assert/strict';
import {
  clashesAmong,
  contradictionIn,
  partNamed,
  partsOf,
  partText,
  partWords,
} from '../../../agent/core/policy/parts.ts';
import { refusalOf } from '../../../agent/core/policy/read.ts';
import { rootRows } from '../../../agent/core/policy/settings.ts';
import { documentOf, osOf, policyOf } from '../../support/policies.ts';

const prefix = 'device_vendor_msft_laps_policies_';
const choices = ['passwordcomplexity', 'backupdirectory'];
const instance = (id: string, value: unknown): object => ({
  settingInstance: {
    settingDefinitionId: prefix + id,
    ...(choices.includes(id)
      ? { choiceSettingValue: { value: `${prefix}${id}_${value}` } }
      : { simpleSettingValue: { value } }),
  },
});
const policy = (name: string | undefined, values: Readonly<Record<string, unknown>>): object => ({
  ...(name !== undefined && { name }),
  settings: Object.entries(values).map(([id, value]) => instance(id, value)),
});
const pilot = policy('Pilot', { passwordlength: 20, passwordagedays: 7 });
const production = policy('Production', { passwordlength: 20, passwordagedays: 30 });
const names = (content: unknown) => partsOf(documentOf(content, 'x.json')).map(({ part }) => part && partText(part));

describe('the policies of a file', () => {
  it('are told apart in a list, in a value wrapper, in texts and in a row of documents of any depth', () => {
    for (const content of [
      [pilot, production],
      { value: [pilot, production] },
      [JSON.stringify(pilot), JSON.stringify(production)],
      { value: JSON.stringify([pilot, production]) },
      { a: { b: [{ c: pilot }, { c: production }] } },
      [{ name: 'Pilot', settings: JSON.stringify([instance('passwordlength', 20)]) }, production],
    ])
      assert.deepEqual(names(content), ['"Pilot"', '"Production"'], JSON.stringify(content));
  });

  it('are those of LAPS only, and one alone is the file', () => {
    const edge = { name: 'Edge', settings: [{ settingInstance: { settingDefinitionId: 'device_vendor_msft_edge' } }] };
    assert.deepEqual(names([edge, pilot, { name: 'x', settings: [] }]), [undefined]);
    assert.deepEqual(names([edge, pilot, edge, production]), ['"Pilot"', '"Production"']);
    assert.deepEqual(names({ BackupDirectory: 1 }), [undefined]);
    // What Graph answers for the settings of one policy: a list of settings, not of policies.
    assert.deepEqual(names({ value: [instance('passwordlength', 20), instance('passwordagedays', 7)] }), [undefined]);
  });

  it('may be custom profiles, and may have no name', () => {
    const profile = (displayName: string | undefined, value: number): object => ({
      ...(displayName !== undefined && { displayName }),
      omaSettings: [
        {
          '@odata.type': '#microsoft.graph.omaSettingInteger',
          omaUri: './Vendor/MSFT/LAPS/Policies/PasswordLength',
          value,
        },
      ],
    });
    assert.deepEqual(names([profile('One', 20), profile(undefined, 21)]), ['"One"', 'policy 2']);
  });

  it('are the GPOs of a report, the policies of Policy Analyzer rules, and the computer half alone', () => {
    const value = (name: string, number: number): string =>
      `<RegistrySetting><KeyPath>${rootRows.GPO.key.slice(5)}</KeyPath><Value><Name>${name}</Name><Number>${number}</Number></Value></RegistrySetting>`;
    const gpo = (name: string, inner: string): string =>
      `<GPO><Name>${name}</Name><Computer><ExtensionData>${inner}<Name>Registry</Name></ExtensionData></Computer></GPO>`;
    const both = gpo('A', value('PasswordLength', 20)) + gpo('Printers', '') + gpo('B', value('PasswordLength', 21));
    for (const report of [`<report>${both}</report>`, `<GPOS>${both}</GPOS>`])
      assert.deepEqual(names(report), ['"A"', '"B"']);
    assert.deepEqual(names(gpo('A', value('PasswordLength', 20))), [undefined]);
    // What a device got: the settings stand in no GPO, and each says where it came from.
    const got = `<Rsop><ComputerResults><GPO><Name>A</Name></GPO>${value('PasswordLength', 20)}${value('PasswordAgeDays', 30)}</ComputerResults></Rsop>`;
    assert.deepEqual(names(got), [undefined]);
    const rule = (policy: string, name: string, number: number): string =>
      `<ComputerConfig><Key>${rootRows.GPO.key.slice(5)}</Key><Value>${name}</Value><RegType>REG_DWORD</RegType><RegData>${number}</RegData><PolicyName>${policy}</PolicyName></ComputerConfig>`;
    const rows = [rule('A', 'PasswordLength', 20), rule('B', 'PasswordLength', 21), rule('A', 'BackupDirectory', 2)];
    assert.deepEqual(names(`<PolicyRules>${rows.join('')}</PolicyRules>`), ['"A"', '"B"']);
    const document = documentOf(`<PolicyRules>${rows.join('')}</PolicyRules>`, 'x.PolicyRules');
    assert.deepEqual(
      partsOf(document).map(({ settings }) => settings.length),
      [2, 1],
    );
  });

  it('contradict each other where one deletes what another sets', () => {
    const rule = (policy: string, value: string, type: string): string =>
      `<ComputerConfig><Key>${rootRows.GPO.key.slice(5)}</Key><Value>${value}</Value><RegType>${type}</RegType><RegData>20</RegData><PolicyName>${policy}</PolicyName></ComputerConfig>`;
    const document = (...rows: string[]) => documentOf(`<PolicyRules>${rows.join('')}</PolicyRules>`, 'x.PolicyRules');
    const set = rule('A', 'PasswordLength', 'REG_DWORD');
    assert.match(
      contradictionIn(document(set, rule('B', '**del.PasswordLength', 'REG_SZ')))?.message ?? '',
      /PasswordLength is deleted in "B" and set in "A"/,
    );
    assert.equal(contradictionIn(document(set, rule('B', '**del.PasswordAgeDays', 'REG_SZ'))), undefined);
  });

  it('hold their own settings and nothing of the others', () => {
    const parts = partsOf(documentOf([pilot, instance('passwordcomplexity', 4), production], 'x.json'));
    assert.deepEqual(
      parts.map(({ settings, part }) => [part?.title, settings.map(({ name, value }) => [name, value])]),
      [
        [
          'Pilot',
          [
            ['PasswordLength', 20],
            ['PasswordAgeDays', 7],
          ],
        ],
        [
          'Production',
          [
            ['PasswordLength', 20],
            ['PasswordAgeDays', 30],
          ],
        ],
        [undefined, [['PasswordComplexity', 4]]],
      ],
    );
  });

  it('keep to the limits of one file, and are nothing when the file is broken', () => {
    const many = Array.from({ length: 600 }, (_, at) => policy(`p${at}`, { passwordlength: 20, passwordagedays: 7 }));
    const crowded = documentOf(many, 'x.json');
    assert.deepEqual([crowded.policies, crowded.problems.map(({ kind }) => kind)], [undefined, ['tooLarge']]);
    const cut = documentOf(JSON.stringify([pilot, production]).slice(0, -9), 'x.json');
    assert.deepEqual([cut.policies, cut.settings, cut.problems[0]?.kind], [undefined, [], 'unreadable']);
  });

  it('contradict each other by a value, not by saying the same twice', () => {
    const both = documentOf([pilot, production], 'csp.json');
    assert.deepEqual(
      clashesAmong([...partsOf(both), ...partsOf(both)]).map((clashes) =>
        clashes.map(({ name, here, there }) => [name, here.value, there.value]),
      ),
      [[], [['PasswordAgeDays', 30, 7]], [], [['PasswordAgeDays', 30, 7]]],
    );
    assert.match(contradictionIn(both)?.message ?? '', /PasswordAgeDays is 7 in "Pilot" and 30 in "Production"/);
    assert.match(refusalOf(both, 'CSP', osOf())?.message ?? '', /contradict/);
    const agree = documentOf([pilot, policy('More', { passwordlength: 20, backupdirectory: 1 })], 'csp.json');
    assert.equal(refusalOf(agree, 'CSP', osOf()), undefined);
    const { settings } = policyOf([pilot, policy('More', { passwordlength: 20, backupdirectory: 1 })]);
    assert.deepEqual([settings.PasswordLength.value, settings.BackupDirectory.value], [20, 1]);
  });

  it('are named by their name in any case, or by their number where that names two or none', () => {
    const document = documentOf(
      [
        pilot,
        policy('pilot', { passwordlength: 8 }),
        policy('Twin', { passwordlength: 9 }),
        policy('Twin', { passwordlength: 10 }),
      ],
      'x.json',
    );
    const number = (word: string): number | undefined => partNamed(document, word)?.part?.number;
    assert.deepEqual(['Pilot', 'pilot', 'PILOT', '2', 'Twin', '4', '5', ''].map(number), [
      1,
      2,
      undefined,
      2,
      undefined,
      4,
      undefined,
      undefined,
    ]);
    assert.deepEqual(partWords(document), ['"Pilot"', '"pilot"', '3', '4']);
  });

  it('of two roots are each a policy, and together none', () => {
    const legacy = {
      name: 'Legacy',
      settings: [
        {
          settingInstance: {
            settingDefinitionId: 'device_vendor_msft_policy_config_admpwd~policy~admpwd_pol_admpwd_enabled',
            choiceSettingValue: { value: 'device_vendor_msft_policy_config_admpwd~policy~admpwd_pol_admpwd_enabled_1' },
          },
        },
      ],
    };
    const document = documentOf([pilot, legacy], 'x.json');
    assert.deepEqual([document.problems[0]?.kind, document.settings], ['mixedRoots', []]);
    assert.deepEqual(
      partsOf(document).map(({ root, problems, settings }) => [root, problems.length, settings.length]),
      [
        ['CSP', 0, 2],
        ['Legacy', 0, 1],
      ],
    );
  });
});

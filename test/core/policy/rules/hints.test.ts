/** Hints are followed to the letter: what they say to write is read back, and is not the next finding. */
import assert from 'node:assert/strict';
import type { Finding } from '../../../../agent/core/policy/rules/rule.ts';
import { rootRows, settingNames, settingRows } from '../../../../agent/core/policy/settings.ts';
import { lint } from '../../../support/policies.ts';

/** Those about one value by itself, whatever stands beside it. */
const about = new Set(['LAPS009', 'LAPS010', 'LAPS011', 'LAPS013', 'LAPS014']);
const findingOn = (name: string, findings: readonly Finding[]): Finding | undefined =>
  findings.find(({ setting, rule }) => setting === name && about.has(rule));

/** The first value that a hint says to write, and the last of a range or list. */
function proposed(hint: string): readonly unknown[] {
  const [written = ''] = hint.split(/[(;]/);
  const words = written.match(/\b(\d+|true|false)\b/g) ?? [];
  return [words[0], words.at(-1)].flatMap((word) => (word === undefined ? [] : [JSON.parse(word)]));
}

describe('a hint', () => {
  const wrong: readonly unknown[] = [
    -1,
    2,
    4,
    9,
    12,
    99,
    400,
    '0',
    '1',
    '3',
    '9',
    '14',
    '400',
    'true',
    'x',
    null,
    0.5,
    [],
    {},
  ];

  for (const root of ['CSP', 'GPO', 'Local'] as const)
    for (const os of ['10.0.22631', '10.0.26100'])
      for (const directory of [1, 2])
        it(`proposes values that are taken: ${root}, ${os}, BackupDirectory ${directory}`, () => {
          let followed = 0;
          for (const name of settingNames) {
            const row = settingRows[name];
            if (row.type === 'text' || !row.roots.includes(root)) continue;
            const policyWith = (value: unknown): unknown => ({
              [rootRows[root].key]: {
                ...(name !== 'BackupDirectory' && { BackupDirectory: directory }),
                [name]: value,
              },
            });
            for (const value of wrong) {
              const finding = findingOn(name, lint(policyWith(value), { os }));
              if (finding === undefined || finding.rule === 'LAPS011') continue;
              const values = proposed(finding.hint ?? '');
              assert.ok(values.length > 0, `${name} ${JSON.stringify(value)}: ${finding.hint}`);
              for (const better of values) {
                const next = findingOn(name, lint(policyWith(better), { os }));
                const isNew = next?.rule === 'LAPS011' && row.since === '10.0.26100';
                assert.ok(
                  next === undefined || isNew,
                  `${name} ${JSON.stringify(value)}: ${finding.hint}: ${next?.message}`,
                );
                followed += 1;
              }
            }
          }
          assert.ok(followed > 50);
        });

  const key = rootRows.GPO.key.slice(5);
  const reg = (data: string): [string, string] => [
    `Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\${key}]\r\n"PasswordLength"=${data}\r\n`,
    'x.reg',
  ];
  const row = (type: string, data: string): [string, string] => [
    `<PolicyRules><ComputerConfig><Key>${key}</Key><Value>PasswordLength</Value><RegType>${type}</RegType>${data}</ComputerConfig></PolicyRules>`,
    'x.PolicyRules',
  ];
  const bool = (format: string): string =>
    `<SyncML><SyncBody><Replace><Item><Target><LocURI>./Device/Vendor/MSFT/LAPS/Policies/ADPasswordEncryptionEnabled</LocURI></Target><Meta><Format>${format}</Format></Meta><Data>0</Data></Item></Replace></SyncBody></SyncML>`;
  const oma = {
    '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
    omaSettings: [
      {
        '@odata.type': '#microsoft.graph.omaSettingString',
        omaUri: './Device/Vendor/MSFT/LAPS/Policies/ADPasswordEncryptionEnabled',
        value: '1',
      },
    ],
  };
  const ad = (principal: string): string => `{"BackupDirectory": 2, "ADPasswordEncryptionPrincipal": "${principal}"}`;
  const aged = (...ends: readonly string[]): object => {
    const id = 'device_vendor_msft_laps_policies_';
    const children = ends.map((end) => ({
      settingDefinitionId: `${id}passwordagedays${end}`,
      simpleSettingValue: { value: 30 },
    }));
    const choiceSettingValue = { value: `${id}backupdirectory_2`, children };
    return { settings: [{ settingInstance: { settingDefinitionId: `${id}backupdirectory`, choiceSettingValue } }] };
  };
  const cases: ReadonlyArray<readonly [string, unknown, string, string | undefined, RegExp, RegExp]> = [
    ['a switch with the Format bool', bool('bool'), 'x.xml', 'LAPS009', /./, /^write false, with the Format bool$/],
    [
      'a switch as a text in a profile',
      oma,
      'x.json',
      'LAPS009',
      /./,
      /^write true without quotes, as omaSettingBoolean$/,
    ],
    ['a 0 before a number', '{"PasswordLength":014}', 'x.json', 'LAPS001', /no 0 before/, /^write 14$/],
    ['a hexadecimal number', '{"PasswordLength":0x1e}', 'x.json', 'LAPS001', /hexadecimal/, /^write 30$/],
    ['a comma at the end of a list', '{"x":[1 ,]}', 'x.json', 'LAPS001', /a comma follows/, /^remove it$/],
    ['a comma at the end', '{"BackupDirectory":1 ,}', 'x.json', 'LAPS001', /a comma follows/, /^remove it$/],
    ['a directory by its name', { BackupDirectory: 'Entra' }, 'x.json', 'LAPS009', /./, /^write 1 without quotes$/],
    ['a directory by its short name', { BackupDirectory: 'AD' }, 'x.json', 'LAPS009', /./, /^write 2 without quotes$/],
    [
      'a word of several values',
      { PostAuthenticationActions: 'reset' },
      'x.json',
      'LAPS009',
      /./,
      /^write a number, 1, 3/,
    ],
    ['a word that is none', { BackupDirectory: 'constructor' }, 'x.json', 'LAPS009', /./, /^write a number, 0, 1 or 2/],
    [
      'a switch as a word',
      { ADPasswordEncryptionEnabled: 'yes' },
      'x.json',
      'LAPS009',
      /./,
      /^write true without quotes/,
    ],
    [
      'the user half in LGPO',
      `User\n${key}\nPasswordLength\nDWORD:14\n`,
      'x.txt',
      'LAPS042',
      /HKCU/,
      /^write Computer instead/,
    ],
    [
      'a setting with the age of the other directory',
      aged('_aad'),
      'x.json',
      'LAPS044',
      /./,
      /^write device_vendor_msft_laps_policies_passwordagedays, which/,
    ],
    ['the same beside the right one', aged('_aad', ''), 'x.json', 'LAPS044', /./, /^remove it: with backupdirectory_2/],
    [
      'a single backslash',
      ad('CONTOSO\\laps\\\\x'),
      'x.json',
      'LAPS001',
      /backslash/,
      /^write "CONTOSO\\\\laps\\\\x"$/,
    ],
    ['one that begins a number', ad('CONTOSO\\users'), 'x.json', 'LAPS001', /backslash/, /^write "CONTOSO\\\\users"$/],
    ['one that makes a tab', ad('CONTOSO\\team'), 'x.json', 'LAPS032', /backslash/, /^write "CONTOSO\\\\team"$/],
    ['a name in quotes', ad('\\"CONTOSO\\\\x\\"'), 'x.json', 'LAPS032', /quotes/, /^write "CONTOSO\\\\x"$/],
    ['one with two backslashes', ad('\\"C\\\\\\\\x\\"'), 'x.json', 'LAPS032', /quotes/, /^write "C\\\\x"$/],
    ['a quote left open', ad('\\"C\\\\x'), 'x.json', 'LAPS032', /quotes/, /^write "C\\\\x"$/],
    [
      'one without its domain',
      ad('\\"x\\"'),
      'x.json',
      'LAPS032',
      /quotes/,
      /^write "DOMAIN\\\\x", "x@domain", or its SID, without the quotes$/,
    ],
    ['quotes with nothing in them', ad('\\"\\"'), 'x.json', 'LAPS032', /quotes/, /^write the SID/],
    ['a SID in braces', ad('{S-1-5-21-1-2-3-512}'), 'x.json', 'LAPS032', /SID/, /^write "S-1-5-21-1-2-3-512"$/],
    ['a SID without its hyphen', ad('s1-5-21-1-2-3-512'), 'x.json', 'LAPS032', /SID/, /^write "S-1-5-21-1-2-3-512"$/],
    ['a dword with 0x', ...reg('dword:0x14'), 'LAPS001', /no 0x/, /^write dword:00000014$/],
    ['a dword of nine digits', ...reg('dword:000000014'), 'LAPS001', /not 9/, /dword:0000000e/],
    ['a dword with a letter', ...reg('dword:0000000g'), 'LAPS001', /^g is no hex/, /dword:0000000e/],
    ['bytes that break off', ...reg('hex(1):6c,00,\\'), 'LAPS001', /ends in the middle/, /in full/],
    ['bytes that are none', ...reg('hex(1):zz'), 'LAPS001', /not all bytes/, /commas/],
    ['a bare number in a .reg file', ...reg('14'), 'LAPS001', /needs dword:/, /^write dword:0000000e$/],
    ['a REG_DWORD without data', ...row('REG_DWORD', ''), 'LAPS009', /./, /^write a number, 8 to 64, as its data$/],
    ['a REG_SZ', ...row('REG_SZ', '<RegData>14</RegData>'), 'LAPS009', /./, /^store it as REG_DWORD, 14$/],
    ['SZ in LGPO', `Computer\n${key}\nPasswordLength\nSZ:14\n`, 'x.txt', 'LAPS009', /./, /^write DWORD:14$/],
    [
      "an option of a report in another console's words",
      '<GPO><Computer><Policy><Name>Configure password backup directory</Name><State>Enabled</State><Category>System/LAPS</Category><DropDownList><Name>Backup directory</Name><Value><Name>Verzeichnis</Name></Value></DropDownList></Policy></Computer></GPO>',
      'x.xml',
      'LAPS009',
      /./,
      /English console/,
    ],
    [
      'a name with a space',
      { 'PasswordLength ': 1 },
      'x.json',
      'LAPS007',
      /^"PasswordLength " is not/,
      /PasswordLength\?$/,
    ],
    [
      'a misspelt key beside a good one',
      {
        [rootRows.GPO.key]: { BackupDirectory: 2 },
        [rootRows.GPO.key.replace('Current', 'Curent')]: { PasswordLength: 20 },
      },
      'x.json',
      'LAPS005',
      /^no device reads HKLM.*Curent/,
      /^write "HKLM\\\\.*CurrentVersion/,
    ],
  ];
  for (const [name, content, path, rule, message, hint] of cases)
    it(`says what is wrong and what mends it: ${name}`, () => {
      const found = lint(content, { path }).find((finding) => finding.rule === rule);
      assert.match(found?.message ?? '', message);
      assert.match(found?.hint ?? '', hint);
    });

  it('proposes no passphrase that would be found too weak', () => {
    const policy = { BackupDirectory: 1, PasswordComplexity: 5, PassphraseLength: 3 };
    const hint = lint(policy).find(({ rule }) => rule === 'LAPS012')?.hint ?? '';
    const [, complexity, words] = /PasswordComplexity (\d) with PassphraseLength (\d+)/.exec(hint) ?? [];
    assert.deepEqual(lint({ ...policy, PasswordComplexity: Number(complexity), PassphraseLength: Number(words) }), []);
  });
});

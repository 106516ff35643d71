/** A hint followed to the letter, in the file's own shape, is not the next finding. */
import assert from 'node:assert/strict';
import { inShapeOf } from '../../../../agent/core/policy/rules/hintInShape.ts';
import type { Finding } from '../../../../agent/core/policy/rules/rule.ts';
import { choice, entry, catalogPrefix as prefix, simple } from '../../../support/catalogExports.ts';
import { lint } from '../../../support/policies.ts';
import { documentFrom } from '../../../support/readers.ts';

const hintsOf = (findings: readonly Finding[], rule: string): readonly (string | undefined)[] =>
  findings.filter((each) => each.rule === rule).map(({ hint }) => hint);
const intune = (...instances: object[]): readonly Finding[] =>
  lint(JSON.stringify({ name: 'x', settings: instances.map(entry) }), { path: 'x.json' });
const reg = (...lines: string[]): readonly Finding[] =>
  lint(
    [
      'Windows Registry Editor Version 5.00',
      '[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS]',
      ...lines,
    ].join('\r\n'),
    { path: 'gpo.reg' },
  );

describe('a hint in the shape of the file', () => {
  it('says the option of a choice in Intune, and that one is taken', () => {
    const clear = (value: string): readonly Finding[] =>
      intune(choice('backupdirectory', '2', [choice('adpasswordencryptionenabled', value)]));
    const option = `${prefix}adpasswordencryptionenabled_true`;
    assert.match(
      hintsOf(clear('false'), 'LAPS030')[0] ?? '',
      new RegExp(`^write "${option}", or remove it; .* 2016 or`),
    );
    assert.deepEqual(clear('true'), []);
    const off = intune(choice('backupdirectory', '0'), simple('passwordlength', 20));
    assert.deepEqual(hintsOf(off, 'LAPS017'), [
      `write "${prefix}backupdirectory_1" (Entra ID) or "${prefix}backupdirectory_2" (Active Directory), or remove the other settings`,
    ]);
    const entra = choice('backupdirectory', '1');
    const weak = intune(entra, choice('passwordcomplexity', '1'), simple('passwordlength', 20));
    assert.match(hintsOf(weak, 'LAPS035')[0] ?? '', /^write ".*_4", or ".*passwordcomplexity_5" \(build 26100\)/);
    const restart = intune(entra, choice('postauthenticationactions', '5'));
    assert.match(hintsOf(restart, 'LAPS021')[0] ?? '', /^write ".*actions_3" to .* or ".*actions_11" to .* 26100\)$/);
  });

  it('says a number of a .reg file in sixteens as well, where the two differ', () => {
    const found = reg('"BackupDirectory"=dword:1', '"PasswordAgeDays"=dword:3', '"PasswordLength"=dword:8');
    assert.deepEqual(hintsOf(found, 'LAPS013'), ['write 7 or more, up to 365 (dword:0000016d)']);
    assert.deepEqual(hintsOf(found, 'LAPS036'), ['write PasswordLength 10 (dword:0000000a)']);
    const off = reg('"BackupDirectory"=dword:0', '"PasswordLength"=dword:14');
    assert.match(hintsOf(off, 'LAPS017')[0] ?? '', /^write 1 \(Entra ID\) or 2 /);
  });

  it('says a switch as a word where an MDM sends it', () => {
    const uri = './Device/Vendor/MSFT/LAPS/Policies/';
    const omaSettings = [
      { '@odata.type': '#microsoft.graph.omaSettingInteger', omaUri: `${uri}BackupDirectory`, value: 2 },
      {
        '@odata.type': '#microsoft.graph.omaSettingBoolean',
        omaUri: `${uri}ADPasswordEncryptionEnabled`,
        value: false,
      },
    ];
    const found = lint(JSON.stringify({ displayName: 'x', omaSettings }), { path: 'x.json' });
    assert.match(hintsOf(found, 'LAPS030')[0] ?? '', /^write true, or remove it/);
  });

  it('stays as it is in other shapes, in the shape already, and where it speaks of no value', () => {
    const place = { line: 1, column: 1, endLine: 1, endColumn: 1 };
    const hinted = (text: string, hint: string, setting?: string): string | undefined =>
      inShapeOf(
        { document: documentFrom(text), root: 'GPO' },
        { rule: 'x', name: 'x', severity: 'info', message: '', place, hint, ...(setting && { setting }) },
      ).hint;
    const key = '[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS]';
    const file = `REGEDIT4\n${key}\n"BackupDirectory"=dword:1\n`;
    assert.equal(hinted('{"BackupDirectory":1}', 'write PasswordLength 10'), 'write PasswordLength 10');
    for (const hint of [
      'write 1, 3, 5 or 11 (11 is dword:0000000b)',
      'write at most 14 characters',
      'WindowsServer 2016 or later',
      'write PasswordAgeDays 7 or more',
    ])
      assert.equal(hinted(file, hint, 'PasswordAgeDays'), hint);
    assert.equal(hinted(file, 'write PasswordAgeDays 30 or less'), 'write PasswordAgeDays 30 (dword:0000001e) or less');
    assert.equal(hinted(file, 'write PasswordLength 8 to 64'), 'write PasswordLength 8 to 64 (64 is dword:00000040)');
  });
});

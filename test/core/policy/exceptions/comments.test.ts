/** Exceptions in comments: where they are seen, and which lines they cover. */
import assert from 'node:assert/strict';
import { exceptionsInComments } from '../../../../agent/core/policy/exceptions/comments.ts';
import { documentOf, lint, namesOfFindings } from '../../../support/policies.ts';

const covered = (text: string, path?: string): Array<readonly [string, number, number]> =>
  exceptionsInComments(documentOf(text, path)).map(({ rules, lines }) => [
    rules.join(),
    lines?.from ?? 0,
    lines?.to ?? 0,
  ]);

describe('exceptions in comments', () => {
  it('cover the next line that says something', () => {
    const text = '{\n// laps-accept LAPS036: a\n\n  /* laps-accept LAPS012: b */\n"PasswordLength": 8 }';
    assert.deepEqual(covered(text), [
      ['LAPS036', 5, 5],
      ['LAPS012', 5, 5],
    ]);
  });

  it('are never part of a value', () => {
    assert.deepEqual(covered('{ "AdministratorAccountName": "// laps-accept LAPS036: x" }'), []);
    assert.deepEqual(covered('{ "x": "\\" /* laps-accept LAPS036: x */" }'), []);
    assert.deepEqual(covered('REGEDIT4\n"x"="a ; laps-accept LAPS036: x"', 'x.reg'), []);
    assert.deepEqual(covered('<SyncML><Data><![CDATA[<!-- laps-accept LAPS036: x -->]]></Data></SyncML>', 'x.xml'), []);
    assert.deepEqual(covered('Computer\nSoftware\\x\nName\nSZ:a; laps-accept LAPS036: x\n', 'x.txt'), []);
    assert.deepEqual(covered('{\n; laps-accept LAPS036: x\n}'), []);
  });

  it('cover their own line where they share it with other text', () => {
    assert.deepEqual(covered('{ "BackupDirectory": 1, // laps-accept LAPS036: x\n"PasswordLength": 8 }'), [
      ['LAPS036', 1, 1],
    ]);
    const before = '{ "BackupDirectory": 1, /* laps-accept LAPS036: x */ "PasswordLength": 8 }';
    assert.deepEqual(covered(before), [['LAPS036', 1, 1]]);
    assert.deepEqual(lint(before), []);
    const reg = 'REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\x]\n"x"=dword:8 ; laps-accept LAPS036: x\n';
    assert.deepEqual(covered(reg, 'x.reg'), [['LAPS036', 3, 3]]);
    assert.deepEqual(
      covered('<SyncML>\n<a/><!-- laps-accept LAPS036: x --> <!-- laps-accept LAPS012: y --><b/>\n</SyncML>'),
      [
        ['LAPS036', 2, 2],
        ['LAPS012', 2, 2],
      ],
    );
  });

  it('are told when they share a line and accept nothing, or give no reason', () => {
    const told = (text: string): string[] => namesOfFindings(lint(text));
    assert.deepEqual(told('{ "BackupDirectory": 1, // laps-accept LAPS036: kiosk\n"PasswordLength": 8 }'), [
      'exception-unused',
      'weak-password',
    ]);
    assert.deepEqual(told('{ // laps-accept LAPS036:    \n"BackupDirectory": 1 }'), ['exception-without-reason']);
  });

  it('cover the four lines of a block below them in LGPO', () => {
    const text =
      'Computer\nSoftware\\Microsoft\\Policies\\LAPS\nPasswordLength\nDWORD:20\n\n; laps-accept LAPS036: x\nComputer\nSoftware\\Microsoft\\Policies\\LAPS\nBackupDirectory\nDWORD:1\n';
    assert.deepEqual(covered(text, 'x.txt'), [['LAPS036', 7, 10]]);
    assert.deepEqual(namesOfFindings(lint(`; laps-accept LAPS043: lab\n${text}`, { path: 'x.txt' })), [
      'exception-unused',
    ]);
  });

  it('are kept where nothing follows, so that they can be told', () => {
    assert.deepEqual(covered('{ "BackupDirectory": 1 }\n// laps-accept LAPS036: x'), [['LAPS036', 2, 2]]);
  });

  it('stand behind a semicolon in a registry file', () => {
    const text =
      'REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Policies\\LAPS]\n; laps-accept LAPS043: lab\n"BackupDirectory"=dword:1\n';
    assert.deepEqual(covered(text, 'x.reg'), [['LAPS043', 4, 4]]);
    assert.deepEqual(lint(text, { path: 'x.reg' }), []);
  });

  it('cover the whole setting below them in XML', () => {
    const text = [
      '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncBody><Replace><CmdID>1</CmdID>',
      '<!-- laps-accept LAPS013: the old tenant took it -->',
      '<Item>',
      '<Target><LocURI>./Device/Vendor/MSFT/LAPS/Policies/PasswordAgeDays</LocURI></Target>',
      '<Meta><Format xmlns="syncml:metinf">int</Format></Meta>',
      '<Data>3</Data></Item></Replace>',
      '<Replace><CmdID>2</CmdID><Item><Target><LocURI>./Device/Vendor/MSFT/LAPS/Policies/BackupDirectory</LocURI></Target>',
      '<Meta><Format xmlns="syncml:metinf">int</Format></Meta><Data>1</Data></Item></Replace></SyncBody></SyncML>',
    ].join('\n');
    assert.deepEqual(namesOfFindings(lint(text, { path: 'x.xml' })), []);
    assert.deepEqual(namesOfFindings(lint(text.replace('-accept', '-excuse'), { path: 'x.xml' })), [
      'age-below-entra-minimum',
    ]);
  });

  it('are looked for once in a file of megabytes', () => {
    const text = `{ "a": "${'x'.repeat(4_000_000)}laps-accept" }`;
    assert.deepEqual(covered(text), []);
  });
});

/** Registry exports: what is read, where it stands, what is deleted, and what is refused. */
import assert from 'node:assert/strict';
import { rootRows } from '../../../../agent/core/policy/settings.ts';
import { documentFrom } from '../../../support/readers.ts';

const head = 'Windows Registry Editor Version 5.00\r\n\r\n';
const key = rootRows.GPO.key.replace('HKLM', 'HKEY_LOCAL_MACHINE');
const reg = (...lines: string[]) => documentFrom(`${head}[${key}]\r\n${lines.join('\r\n')}\r\n`);
const values = (...lines: string[]): unknown[] => reg(...lines).settings.map(({ name, value }) => [name, value]);
const problems = (text: string): unknown[] =>
  documentFrom(text).problems.map(({ kind, place }) => [kind, place.line, place.column]);

describe('a registry export', () => {
  it('gives each value with its places, in the table’s spelling, and its root', () => {
    const document = reg('; note', '"passwordLENGTH"=dword:0000000e');
    assert.equal(document.root, 'GPO');
    assert.deepEqual(document.settings, [
      {
        name: 'PasswordLength',
        value: 14,
        namePlace: { line: 5, column: 1, endLine: 5, endColumn: 17 },
        valuePlace: { line: 5, column: 18, endLine: 5, endColumn: 32 },
        key,
        storedAs: 'REG_DWORD',
      },
    ]);
  });

  it('reads text with escapes, hex forms, continued lines and comments behind a value', () => {
    assert.deepEqual(
      values(
        '"AdministratorAccountName"="a\\\\b\\"c;d" ; note',
        '"BackupDirectory"=hex(4):02,\\',
        '  00,00,00',
        '"ADPasswordEncryptionPrincipal"=hex(1):41,00,e4,00,\\',
        '  00,00',
        '"PasswordAgeDays"=dword:1e ; thirty',
      ),
      [
        ['AdministratorAccountName', 'a\\b"c;d'],
        ['BackupDirectory', 2],
        ['ADPasswordEncryptionPrincipal', 'Aä'],
        ['PasswordAgeDays', 30],
      ],
    );
  });

  it('keeps other types as what they are, never as a number', () => {
    assert.deepEqual(
      values(
        '"PasswordLength"=hex(b):0e,00,00,00,00,00,00,00',
        '"PasswordLength"=hex:0e,00,00,00',
        '"PasswordLength"=qword:0e',
        '"PasswordLength"=hex(4):0e,00',
        '"PasswordLength"="14"',
      ),
      [
        ['PasswordLength', { kind: 'registry', type: 'REG_QWORD', shown: '14' }],
        ['PasswordLength', { kind: 'registry', type: 'REG_BINARY', shown: '0e 00 00 00' }],
        ['PasswordLength', { kind: 'registry', type: 'REG_QWORD', shown: '14' }],
        ['PasswordLength', { kind: 'registry', type: 'REG_DWORD of 2 bytes', shown: '0e 00' }],
        ['PasswordLength', '14'],
      ],
    );
  });

  it('lets a deletion undo what stands before it, and keeps it apart from a setting', () => {
    const value = reg('"PasswordLength"=dword:e', '"PasswordLength"=-', '"BackupDirectory"=dword:1');
    assert.deepEqual(
      value.settings.map((each) => each.name),
      ['BackupDirectory'],
    );
    assert.deepEqual(
      value.deletions?.map((each) => [each.kind, each.name, each.place.line, each.undoes.length]),
      [['value', 'PasswordLength', 5, 1]],
    );
    const parent = key.slice(0, key.lastIndexOf('\\'));
    const whole = documentFrom(`${head}[${key}]\n"PasswordLength"=dword:e\n[-${parent}]\n`);
    assert.deepEqual([whole.settings.length, whole.deletions?.[0]?.kind, whole.root], [0, 'key', 'GPO']);
  });

  it('passes over other keys, whatever stands in them, and tells near misses', () => {
    const near = key.replace('CurrentVersion\\Policies', 'CurrentVersion\\Policys');
    const document = documentFrom(
      `${head}[HKEY_LOCAL_MACHINE\\X]\n"a"="[${key}]\n\\"b"\n"c"=rubbish\nrubbish\n[${near}]\n"BackupDirectory"=dword:1\n` +
        `[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\LAPS\\State]\n"x"=dword:1\n`,
    );
    assert.deepEqual([document.settings, document.problems], [[], []]);
    assert.deepEqual(
      document.strays?.map((each) => [each.where, each.name, each.place.line]),
      [[near, 'BackupDirectory', 9]],
    );
  });

  it('refuses with a place: no header, an open bracket, text or data that is none, a text that never closes', () => {
    assert.deepEqual(problems(`[${key}]\n"PasswordLength"=dword:e`), [['unreadable', 1, 1]]);
    assert.deepEqual(problems(`${head}[${key}\n`), [['unreadable', 3, 1]]);
    assert.deepEqual(problems(`${head}[${key}]\n"PasswordLength"=dword:xyz`), [['unreadable', 4, 18]]);
    assert.deepEqual(problems(`${head}[${key}]\n"PasswordLength"=hex(4):0e,0\\,00`), [['unreadable', 4, 18]]);
    assert.deepEqual(problems(`${head}[${key}]\nPasswordLength=1`), [['unreadable', 4, 1]]);
    assert.deepEqual(problems(`${head}[${key}]\n"PasswordLength`), [['unreadable', 4, 1]]);
    assert.deepEqual(problems(`${head}[${key}]\n"AdministratorAccountName"="x`), [['unreadable', 4, 28]]);
  });

  it('refuses a file for two roots, and more values than any policy has', () => {
    const two = `${head}[${key}]\n"PasswordLength"=dword:e\n[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Policies\\LAPS]\n"PasswordLength"=dword:e\n`;
    assert.deepEqual(problems(two), [['mixedRoots', 4, 1]]);
    assert.deepEqual(problems(`${head}[${key}]\n${'"x"=dword:1\n'.repeat(1001)}`), [['tooLarge', 1004, 1]]);
  });

  it('keeps legacy LAPS apart from the root that comes before it, if that sets anything', () => {
    const legacy = '[HKEY_LOCAL_MACHINE\\Software\\Policies\\Microsoft Services\\AdmPwd]\n"AdmPwdEnabled"=dword:1\n';
    const both = documentFrom(`${head}${legacy}[${key}]\n"PasswordLength"=dword:14\n`);
    assert.deepEqual([both.problems, both.root], [[], 'GPO']);
    assert.deepEqual(
      [both.settings, both.shadowed].map((rows) => rows?.map(({ name, namePlace }) => [name, namePlace.line])),
      [[['PasswordLength', 6]], [['AdmPwdEnabled', 4]]],
    );
    assert.deepEqual(problems(`${head}[${key}]\n"Colour"=dword:1\n${legacy}`), [['mixedRoots', 6, 1]]);
  });

  it('reads REGEDIT4: one byte a character, in hex forms too', () => {
    const ansi = Buffer.from(
      `REGEDIT4\r\n[${key}]\r\n"AdministratorAccountName"="\u00e4"\r\n"ADPasswordEncryptionPrincipal"=hex(1):e4,41,00\r\n`,
      'latin1',
    );
    assert.deepEqual(
      documentFrom(ansi).settings.map((each) => each.value),
      ['ä', 'äA'],
    );
  });

  it('is recognised in UTF-16 with and without a mark, and with one line end of any kind', () => {
    const text = `${head}[${key}]\r\n"PasswordLength"=dword:e`;
    for (const bytes of [
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      Buffer.from(text, 'utf16le'),
      Buffer.from(text, 'utf16le').swap16(),
      Buffer.from(text.replaceAll('\r\n', '\r')),
    ])
      assert.equal(documentFrom(bytes).settings[0]?.value, 14);
  });
});

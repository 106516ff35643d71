/** The native shape: what is read, where it stands, and what is refused. */
import assert from 'node:assert/strict';
import { maxPolicyBytes } from '../../../agent/core/policy/document.ts';
import { maxDepth, tooDeepAt } from '../../../agent/core/policy/formats/depth.ts';
import { maxMembers } from '../../../agent/core/policy/formats/json.ts';
import { rootRows } from '../../../agent/core/policy/settings.ts';
import { documentOf } from '../../support/policies.ts';
import { readNow } from '../../support/readers.ts';

const values = (content: unknown): Array<[string, unknown]> =>
  documentOf(content).settings.map((setting) => [setting.name, setting.value]);
const problem = (content: unknown): string | undefined => documentOf(content).problems[0]?.kind;

describe('a native policy file', () => {
  it('gives every setting with the place of its name and of its value', () => {
    const [, length] = documentOf('{\r\n  "BackupDirectory": 1,\r\n\t"PasswordLength": 14\r\n}').settings;
    assert.deepEqual(length, {
      name: 'PasswordLength',
      value: 14,
      namePlace: { line: 3, column: 2, endLine: 3, endColumn: 18 },
      valuePlace: { line: 3, column: 20, endLine: 3, endColumn: 22 },
      pointer: '/PasswordLength',
    });
  });

  it('reads comments, booleans, texts and the $schema line', () => {
    const text = '// head\n{ "$schema": "x", /* a */ "ADBackupDSRMPassword": true, "AdministratorAccountName": "ä" }';
    assert.deepEqual(values(text), [
      ['ADBackupDSRMPassword', true],
      ['AdministratorAccountName', 'ä'],
    ]);
  });

  it('reads settings under the OMA-URI prefix and as full OMA-URIs', () => {
    const prefix = './Device/Vendor/MSFT/LAPS/Policies';
    for (const content of [{ [prefix]: { PasswordLength: 20 } }, { [`${prefix}/PasswordLength`]: 20 }]) {
      assert.equal(documentOf(content).root, 'CSP');
      assert.deepEqual(values(content), [['PasswordLength', 20]]);
    }
  });

  it('reads settings under each registry key, in either spelling and any case, names included', () => {
    for (const root of ['CSP', 'GPO', 'Local', 'Legacy'] as const) {
      const { key } = rootRows[root];
      for (const spelled of [key, key.replace('HKLM', 'HKEY_LOCAL_MACHINE'), key.toUpperCase(), `${key}\\`]) {
        const document = documentOf({ [spelled]: { passwordlength: 20 } });
        assert.equal(document.root, root);
        assert.deepEqual(
          document.settings.map((setting) => setting.name),
          ['PasswordLength'],
        );
      }
    }
  });

  it('sees both of two settings with one name', () => {
    const twice = documentOf('{"PasswordLength": 8, "PasswordLength": 9}').settings;
    assert.deepEqual(
      twice.map((setting) => [setting.value, setting.namePlace.column]),
      [
        [8, 2],
        [9, 23],
      ],
    );
  });

  it('keeps names that mean something to JavaScript as plain names', () => {
    assert.deepEqual(values('{"__proto__": 1, "constructor": 2, "toString": {}}'), [
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', { kind: 'object' }],
    ]);
  });

  it('keeps texts with escapes, NUL and lone surrogates as they are', () => {
    assert.deepEqual(values('{"AdministratorAccountName": "a\\u0000\\ud800"}'), [
      ['AdministratorAccountName', 'a\u0000\ud800'],
    ]);
  });

  it('takes nothing from a file that was cut short at any byte', () => {
    const whole = '{ "BackupDirectory": 1, // c\n "PasswordLength": 14 }';
    for (let end = 0; end < whole.length; end += 1) {
      const document = documentOf(whole.slice(0, end));
      assert.equal(document.problems[0]?.kind, 'unreadable', whole.slice(0, end));
      assert.deepEqual(document.settings, []);
    }
  });

  it('tells an empty file from a file that ends in the middle', () => {
    assert.match(documentOf(' \n').problems[0]?.message ?? '', /empty/);
    assert.match(documentOf('{"a": ').problems[0]?.message ?? '', /cut short/);
  });

  it('places the first mistake', () => {
    const [mistake] = documentOf('{\n  "BackupDirectory": 1\n  "PasswordLength": 14\n}').problems;
    assert.equal(mistake?.place.line, 3);
    assert.equal(mistake?.place.column, 3);
    assert.match(mistake?.message ?? '', /comma/);
  });

  it('refuses what is not an object, a key without one, and trailing commas', () => {
    for (const text of ['[]', '"x"', '14', 'null', '{"a":1,}', '{"a":1} {}', '{a:1}', '<', 'x'])
      assert.notEqual(problem(text), undefined, text);
    assert.equal(problem({ [rootRows.GPO.key]: 1 }), 'unreadable');
  });

  it('refuses a file that speaks for two roots, mixes forms, or names a key twice', () => {
    const { CSP, GPO } = rootRows;
    assert.equal(problem({ [CSP.key]: {}, [GPO.key]: {} }), 'mixedRoots');
    assert.equal(problem({ BackupDirectory: 1, [GPO.key]: {} }), 'mixedRoots');
    assert.equal(problem(`{"${CSP.prefix}": {}, "${CSP.prefix}": {}}`), 'mixedRoots');
  });

  it('refuses nesting past the limit without overflowing, but not brackets in texts and comments', () => {
    assert.equal(problem('['.repeat(100_000)), 'tooDeep');
    assert.equal(problem(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`), 'tooDeep');
    assert.equal(tooDeepAt(`{"a": "${'['.repeat(1000)}\\"${'['.repeat(1000)}" /* ${'{'.repeat(1000)} */ }`), undefined);
    assert.equal(tooDeepAt(`//${'['.repeat(1000)}\n{}`), undefined);
    assert.equal(tooDeepAt('['.repeat(maxDepth)), undefined);
    assert.equal(tooDeepAt('['.repeat(maxDepth + 1)), maxDepth);
  });

  it('refuses a file that is too large by its size alone', () => {
    const [large] = readNow({ path: 'x', bytes: new Uint8Array(maxPolicyBytes + 1) }).problems;
    assert.equal(large?.kind, 'tooLarge');
  });

  it('refuses an object with more members than any policy has', () => {
    assert.equal(
      problem(Object.fromEntries(Array.from({ length: maxMembers + 1 }, (_, n) => [`n${n}`, n]))),
      'tooLarge',
    );
  });
});

describe('the shape of a file', () => {
  const cases: Array<[string, string | Uint8Array]> = [
    ['reg', '\ufeffWindows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\Software]'],
    ['reg', 'REGEDIT4\n'],
    ['reg', Buffer.from('\ufeffWindows Registry Editor Version 5.00\r\n', 'utf16le')],
    ['pol', Buffer.from([0x50, 0x52, 0x65, 0x67, 1, 0, 0, 0])],
    ['syncml', '<?xml version="1.0"?><SyncML/>'],
    ['lgpo', '; comment\nComputer\nSoftware\\Policies\nx\nDELETE\n'],
    ['intune', '{"settings": [], "templateReference": {}}'],
    ['intune', '[{"id": "1", "settingInstance": {}}]'],
    ['omauri', '{"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "omaSettings": []}'],
  ];
  for (const [format, content] of cases)
    it(`is told from its content: ${format} ${String(content).slice(0, 12).trim()}`, () => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const document = readNow({ path: 'x', bytes });
      assert.equal(document.format, format);
      assert.deepEqual(document.problems, []);
    });
});

/** LGPO text: its actions, its places, and blocks out of step. */
import assert from 'node:assert/strict';
import { rootRows } from '../../../../agent/core/policy/settings.ts';
import { documentFrom } from '../../../support/readers.ts';

const key = rootRows.GPO.key.slice(5);
const block = (name: string, action: string, at = key, configuration = 'Computer'): string =>
  `${configuration}\r\n${at}\r\n${name}\r\n${action}\r\n\r\n`;
const read = (...blocks: string[]) => documentFrom(`; comment\r\n${blocks.join('')}`);

describe('an LGPO text', () => {
  it('reads numbers in both notations and texts as they stand, spaces included', () => {
    const document = read(
      block('backupdirectory', 'DWORD:1'),
      block('PasswordLength', 'dword:0x14'),
      block('AdministratorAccountName', 'SZ: a;b '),
    );
    assert.deepEqual(
      document.settings.map(({ name, value }) => [name, value]),
      [
        ['BackupDirectory', 1],
        ['PasswordLength', 20],
        ['AdministratorAccountName', ' a;b '],
      ],
    );
    assert.deepEqual(document.settings[0]?.valuePlace, { line: 5, column: 1, endLine: 5, endColumn: 8 });
    assert.equal(document.root, 'GPO');
  });

  it('deletes one value, or all that stand before', () => {
    const document = read(
      block('BackupDirectory', 'DWORD:1'),
      block('*', 'DELETEALLVALUES'),
      block('PasswordLength', 'DELETE'),
    );
    assert.equal(document.settings.length, 0);
    assert.deepEqual(
      document.deletions?.map((each) => [each.kind, each.undoes.length]),
      [
        ['allValues', 1],
        ['value', 0],
      ],
    );
  });

  it('takes nothing from the user configuration or from other keys, and tells that a LAPS key there is none', () => {
    const document = read(block('BackupDirectory', 'DWORD:1', key, 'User'), block('x', 'nonsense', 'Software\\X'));
    assert.deepEqual([document.settings, document.problems, document.strays?.length], [[], [], 1]);
  });

  it('refuses an action that is none, a number too large, and a block of three lines, each with its line', () => {
    const line = (...blocks: string[]): unknown => read(...blocks).problems.map((each) => each.place.line);
    assert.deepEqual(line(block('PasswordLength', '14')), [5]);
    assert.deepEqual(line(block('PasswordLength', 'DWORD:4294967296')), [5]);
    assert.deepEqual(line('Computer\r\nX\r\ny\r\n\r\n', block('PasswordLength', 'DWORD:8')), [2]);
    assert.deepEqual(line('Computer\r\nX'), [2]);
    assert.deepEqual(line('Computre\r\nX'), [2]);
  });

  it('says of a number that is none that the number is wrong, and how many lines of a block are there', () => {
    const told = (...blocks: string[]): readonly string[] => read(...blocks).problems.map(({ message }) => message);
    for (const action of ['DWORD:-1', 'DWORD:1G', 'DWORD:99999999999', 'QWORD:x'])
      assert.deepEqual(told(block('PasswordLength', action)), [`${action} holds no number of this type`]);
    assert.deepEqual(told(block('PasswordLength', 'WORD:1')), ['this is no action of LGPO']);
    assert.match(told('Computer\r\n\r\n')[0] ?? '', /^this block has 1 of its four lines: /);
  });
});

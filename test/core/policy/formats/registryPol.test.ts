/** Registry.pol: records, orders, byte places, and every way to cut it short. */
import assert from 'node:assert/strict';
import { writePolicy } from '../../../../agent/core/policy/formats/write.ts';
import { leftBehind } from '../../../../agent/core/policy/leftBehind.ts';
import { rootRows } from '../../../../agent/core/policy/settings.ts';
import { documentFrom } from '../../../support/readers.ts';

const key = rootRows.GPO.key.slice(5);
const head = Buffer.from([0x50, 0x52, 0x65, 0x67, 1, 0, 0, 0]);
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const record = (at: string, name: string, type: number, data: Buffer, size = data.length): Buffer =>
  Buffer.concat([wide(`[${at}\0;${name}\0;`), number(type), wide(';'), number(size), wide(';'), data, wide(']')]);
const pol = (...records: Buffer[]) => documentFrom(Buffer.concat([head, ...records]));

describe('a Registry.pol', () => {
  it('gives values with their bytes', () => {
    const document = pol(record('Software\\X', 'y', 4, number(1)), record(key, 'passwordlength', 4, number(20)));
    const [setting] = document.settings;
    assert.deepEqual(
      [document.format, document.root, setting?.name, setting?.value],
      ['pol', 'GPO', 'PasswordLength', 20],
    );
    const at = head.length + record('Software\\X', 'y', 4, number(1)).length + 2 + (key.length + 1) * 2 + 2;
    assert.deepEqual(setting?.namePlace, { line: 1, column: at + 1, endLine: 1, endColumn: at + 29, byteOffset: at });
  });

  it('keeps of a soft value that it is one, so that what is converted does not lose it without a word', () => {
    const document = pol(
      record(key, 'BackupDirectory', 4, number(1)),
      record(key, '**soft.PasswordAgeDays', 4, number(9)),
    );
    assert.deepEqual(
      leftBehind(document).map(({ setting, why }) => [setting, why.includes('**soft.')]),
      [['PasswordAgeDays', true]],
    );
  });

  it('reads every record kind: orders that delete, soft values, and those that change nothing', () => {
    const document = pol(
      record(key, 'PasswordLength', 4, number(20)),
      record(key, '**DeleteValues', 1, wide('PasswordLength;Other\0')),
      record(key, '**Del.PassphraseLength', 1, wide(' \0')),
      record(key, '**soft.PasswordAgeDays', 4, number(9)),
      record(key, '**SecureKey', 4, number(1)),
      record(key, '', 0, Buffer.alloc(0)),
      record('', '**DeleteKeys', 1, wide('Software\\Policies\\Microsoft Services\0')),
    );
    assert.deepEqual(
      document.settings.map((each) => [each.name, each.value]),
      [['PasswordAgeDays', 9]],
    );
    assert.deepEqual(
      document.deletions?.map((each) => [each.kind, each.root, each.name, each.undoes.length]),
      [
        ['value', 'GPO', 'PasswordLength', 1],
        ['value', 'GPO', 'Other', 0],
        ['value', 'GPO', 'PassphraseLength', 0],
        ['key', 'Legacy', undefined, 0],
      ],
    );
    assert.equal(
      pol(record(key, 'PasswordLength', 4, number(8)), record(key, '**delvals.', 1, wide(' \0'))).settings.length,
      0,
    );
  });

  it('keeps other types as what they are', () => {
    const values = pol(
      record(key, 'PasswordLength', 11, Buffer.alloc(8, 1)),
      record(key, 'BackupDirectory', 99, Buffer.alloc(0)),
    );
    assert.deepEqual(
      values.settings.map((each) => each.value),
      [
        { kind: 'registry', type: 'REG_QWORD', shown: '72340172838076673' },
        { kind: 'registry', type: 'registry type 99', shown: '' },
      ],
    );
  });

  it('sets nothing when it is cut short at any byte within a record, and says where', () => {
    const { bytes } = writePolicy({
      format: 'pol',
      root: 'GPO',
      settings: [
        { name: 'BackupDirectory', value: 2 },
        { name: 'AdministratorAccountName', value: 'lapsadmin' },
      ],
    });
    const firstEnd = head.length + record(key, 'BackupDirectory', 4, number(2)).length;
    for (let length = 4; length < bytes.length; length += 1) {
      const document = documentFrom(bytes.slice(0, length));
      if (length === 8 || length === firstEnd) assert.deepEqual(document.problems, []);
      else {
        assert.equal(document.problems[0]?.kind, 'unreadable', `at ${length}`);
        assert.ok((document.problems[0]?.place.byteOffset ?? Number.NaN) <= length);
        assert.deepEqual(document.settings, []);
      }
    }
  });

  it('refuses a size past the end, another version and a record that begins otherwise', () => {
    const size = pol(record(key, 'PasswordLength', 4, number(1), 0xffff_ffff)).problems[0];
    assert.match(size?.message ?? '', /4294967295 bytes/);
    assert.equal(documentFrom(Buffer.from('PReg\x02\0\0\0', 'latin1')).problems[0]?.place.byteOffset, 4);
    assert.equal(documentFrom(Buffer.concat([head, wide('x')])).problems[0]?.place.byteOffset, 8);
  });
});

/** The writers: what a shape cannot say is told, deletions survive where they can, and names of shapes are understood. */
import assert from 'node:assert/strict';
import type { WritableFormat } from '../../../../agent/core/policy/document.ts';
import { formatByName, writableFormats, writePolicy } from '../../../../agent/core/policy/formats/write.ts';
import type { PolicyRootName } from '../../../../agent/core/ports.ts';
import { documentFrom } from '../../../support/readers.ts';

const refused = (
  format: WritableFormat,
  root: PolicyRootName,
  given: Record<string, string | number | boolean>,
): string[] =>
  writePolicy({
    format,
    root,
    settings: Object.entries(given).map(([name, value]) => ({ name, value })),
  }).notExpressed.map(({ setting, why }) => `${setting}: ${why}`);

describe('writing a policy', () => {
  it('knows its shapes by name', () => {
    for (const format of writableFormats) assert.equal(formatByName(format.toUpperCase()), format);
    assert.equal(formatByName('gporeport'), undefined);
  });

  it('says what MDM cannot carry', () => {
    for (const format of ['syncml', 'omauri', 'intune'] as const) {
      assert.deepEqual(refused(format, 'GPO', { ADBackupDSRMPassword: 1 }), [
        'ADBackupDSRMPassword: only GPO and Local can carry it, not CSP',
      ]);
      assert.deepEqual(refused(format, 'GPO', { PostAuthenticationActions: 0 }), [
        'PostAuthenticationActions: its value 0: only GPO can carry it, not CSP',
      ]);
      assert.match(refused(format, 'Legacy', { AdmPwdEnabled: 1 })[0] ?? '', /no MDM form/);
    }
    assert.deepEqual(refused('reg', 'GPO', { ADBackupDSRMPassword: 1, PostAuthenticationActions: 0 }), []);
  });

  it('says what Intune has no place for', () => {
    assert.deepEqual(refused('intune', 'CSP', { PasswordAgeDays: 14 }), [
      'PasswordAgeDays: Intune offers it only under BackupDirectory 1 or 2',
    ]);
    assert.deepEqual(
      refused('intune', 'CSP', { BackupDirectory: 1, PasswordAgeDays: 3, PasswordLength: 99, PassphraseLength: 6 }),
      [
        'PasswordAgeDays: Intune takes 7 to 365, not 3',
        'PasswordLength: Intune takes 8 to 64, not 99',
        'PassphraseLength: Intune offers it only under PasswordComplexity 6, 7, 8',
      ],
    );
    assert.deepEqual(refused('intune', 'CSP', { PasswordComplexity: 9 }), [
      'PasswordComplexity: Intune has no option 9',
    ]);
  });

  it('hands back what has no such name or is of the wrong type, in every shape', () => {
    for (const format of writableFormats)
      assert.deepEqual(
        refused(format, 'CSP', { PasswordLenght: 14, PasswordLength: '14', AdministratorAccountName: 5 }),
        [
          'PasswordLenght: no setting has this name',
          'PasswordLength: it is "14", but a whole number belongs there',
          'AdministratorAccountName: it is 5, but a text belongs there',
        ],
      );
    assert.deepEqual(refused('pol', 'GPO', { PasswordLength: -1 }), ['PasswordLength: no REG_DWORD holds -1']);
  });

  it('lets the last of two settings count, and keeps the root of every registry shape', () => {
    const settings = [
      { name: 'PasswordLength', value: 9 },
      { name: 'PasswordLength', value: 10 },
    ];
    for (const root of ['CSP', 'GPO', 'Local', 'Legacy'] as const)
      for (const format of ['reg', 'pol', 'lgpo', 'native'] as const) {
        const document = documentFrom(writePolicy({ format, root, settings }).bytes);
        assert.deepEqual(
          document.settings.map((each) => each.value),
          [10],
        );
        if (format !== 'native' || root !== 'CSP') assert.equal(document.root, root);
      }
  });

  it('writes deletions where a shape has them, and says so where it has none', () => {
    const source = documentFrom(
      'Computer\nSoftware\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS\nPasswordLength\nDELETE\n',
    );
    const { deletions = [] } = source;
    for (const format of ['reg', 'pol', 'lgpo', 'syncml'] as const) {
      const again = documentFrom(writePolicy({ format, root: 'GPO', settings: [], deletions }).bytes);
      assert.deepEqual(
        again.deletions?.map(({ kind, name }) => [kind, name]),
        [['value', 'PasswordLength']],
        format,
      );
    }
    for (const format of ['native', 'omauri', 'intune'] as const)
      assert.match(
        writePolicy({ format, root: 'GPO', settings: [], deletions }).notExpressed[0]?.why ?? '',
        /cannot delete/,
      );
  });

  it('writes .reg as regedit does, UTF-16 with a mark and CRLF', () => {
    const { bytes, text } = writePolicy({
      format: 'reg',
      root: 'GPO',
      settings: [{ name: 'AdministratorAccountName', value: 'a\\"b' }],
    });
    assert.deepEqual([...bytes.slice(0, 4)], [0xff, 0xfe, 0x57, 0]);
    assert.match(text ?? '', /\r\n"AdministratorAccountName"="a\\\\\\"b"\r\n/);
  });
});

/** A value that an MDM sends as another kind than its node has: told in both shapes that name kinds, once, and never guessed at. */
import assert from 'node:assert/strict';
import { lint } from '../../../support/policies.ts';

const told = (content: unknown): unknown[] => lint(content).map(({ name, setting, hint }) => [name, setting, hint]);
const profile = (...rows: ReadonlyArray<readonly [string, string, unknown]>): object => ({
  '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
  omaSettings: rows.map(([type, name, value]) => ({
    '@odata.type': `#microsoft.graph.omaSetting${type}`,
    omaUri: `./Device/Vendor/MSFT/LAPS/Policies/${name}`,
    value,
  })),
});
const directory = ['Integer', 'BackupDirectory', 1] as const;
const base64 = Buffer.from('lapsadmin').toString('base64');

describe('sent-as-other-kind', () => {
  it('is silent about the kinds of the nodes', () => {
    assert.deepEqual(
      told(
        profile(
          directory,
          ['Boolean', 'AutomaticAccountManagementEnabled', false],
          ['String', 'AdministratorAccountName', 'x'],
        ),
      ),
      [],
    );
  });

  it('is silent about a text that comes as a file', () => {
    for (const kind of ['StringXml', 'Base64'])
      assert.deepEqual(told(profile(directory, [kind, 'AdministratorAccountName', base64])), []);
  });

  it('names the right kind, and the value as that kind has it', () => {
    for (const [row, hint] of [
      [['FloatingPoint', 'PasswordLength', 20], 'write 20 as omaSettingInteger'],
      [['Integer', 'AutomaticAccountManagementEnabled', 0], 'write false as omaSettingBoolean'],
      [['DateTime', 'AdministratorAccountName', 'x'], 'write "x" as omaSettingString'],
    ] as const)
      assert.deepEqual(told(profile(directory, row)), [['sent-as-other-kind', row[1], hint]]);
  });

  it('leaves what is no value of the setting to the rule about that, and guesses at no switch', () => {
    assert.deepEqual(told(profile(directory, ['String', 'PasswordLength', '20'])), [
      ['wrong-type', 'PasswordLength', 'write 20 without quotes, as omaSettingInteger'],
    ]);
    assert.deepEqual(told(profile(directory, ['Integer', 'AutomaticAccountManagementEnabled', 2])), [
      ['sent-as-other-kind', 'AutomaticAccountManagementEnabled', 'write an allowed value as omaSettingBoolean'],
      ['value-not-allowed', 'AutomaticAccountManagementEnabled', 'write true or false'],
    ]);
  });

  it('reads the Format of a command and of an item alike, and points at it', () => {
    const [found, ...more] = lint(
      [
        '<SyncML><Replace><Meta><Format>int</Format></Meta>',
        '<Item><Target><LocURI>./Device/Vendor/MSFT/LAPS/Policies/BackupDirectory</LocURI></Target><Data>2</Data></Item>',
        '<Item><Target><LocURI>./Device/Vendor/MSFT/LAPS/Policies/ADPasswordEncryptionEnabled</LocURI></Target><Data>1</Data></Item>',
        '</Replace></SyncML>',
      ].join('\n'),
      { path: 'csp.xml' },
    );
    assert.deepEqual([found?.name, found?.hint, more], ['sent-as-other-kind', 'write true with the Format bool', []]);
    assert.deepEqual([found?.place.line, found?.place.column], [1, 32]);
  });
});

/** Policy Analyzer rules and GPO reports: the shapes that are read and never written. */
import assert from 'node:assert/strict';
import { rootRows } from '../../../../agent/core/policy/settings.ts';
import { documentFrom } from '../../../support/readers.ts';

const key = rootRows.GPO.key.slice(5);
const pairs = (text: string): unknown[] => documentFrom(text).settings.map(({ name, value }) => [name, value]);

describe('Policy Analyzer rules', () => {
  const rule = (name: string, type: string, data: string, of = 'ComputerConfig'): string =>
    `<${of}><Key>${key}</Key><Value>${name}</Value><RegType>${type}</RegType><RegData>${data}</RegData></${of}>`;

  it('are read by key; the user half, deletions and other types are what they are', () => {
    const document = documentFrom(
      `<PolicyRules>${rule('backupdirectory', 'REG_DWORD', '2')}${rule('PasswordLength', 'REG_DWORD', 'x')}${rule('PasswordAgeDays', 'REG_QWORD', '3')}${rule('**del.PassphraseLength', 'REG_SZ', '')}${rule('PasswordLength', 'REG_DWORD', '9', 'UserConfig')}</PolicyRules>`,
    );
    assert.deepEqual(
      document.settings.map(({ name, value }) => [name, value]),
      [
        ['BackupDirectory', 2],
        ['PasswordLength', 'x'],
        ['PasswordAgeDays', { kind: 'registry', type: 'REG_QWORD', shown: '3' }],
      ],
    );
    assert.deepEqual([document.format, document.root, document.deletions?.length], ['policyrules', 'GPO', 1]);
    assert.deepEqual(
      document.strays?.map(({ where, name }) => [where, name]),
      [[`HKCU\\${key}`, 'PasswordLength']],
    );
  });

  it('that are cut short have that one mistake, whatever policies they name', () => {
    const named = rule('BackupDirectory', 'REG_DWORD', '2').replace('<Key>', '<PolicyName>Clients</PolicyName><Key>');
    const { problems, root } = documentFrom(`<PolicyRules>${named}<ComputerConfig>`);
    assert.deepEqual([problems.map(({ kind }) => kind), root], [['unreadable'], 'GPO']);
  });
});

describe('a GPO report', () => {
  const policy = (name: string, state: string, body = '', category = 'System/LAPS'): string =>
    `<q1:Policy><q1:Name>${name}</q1:Name><q1:State>${state}</q1:State><q1:Category>${category}</q1:Category>${body}</q1:Policy>`;
  const drop = (name: string, word: string): string =>
    `<q1:DropDownList><q1:Name>${name}</q1:Name><q1:Value><q1:Name>${word}</q1:Name></q1:Value></q1:DropDownList>`;
  const report = (computer: string, user = ''): string =>
    `<GPO><Computer>${computer}</Computer><User>${user}</User></GPO>`;

  it('is read by the words of the console', () => {
    const text = report(
      policy('Configure password backup directory', 'Enabled', drop('Backup directory', 'Active Directory')) +
        policy('Enable password encryption', 'Disabled') +
        policy(
          'Post-authentication actions',
          'Enabled',
          `<q1:Numeric><q1:Name>Grace period (hours):</q1:Name><q1:Value>8</q1:Value></q1:Numeric>${drop('Actions:', 'Reset the password, logoff the managed account, and terminate any remaining processes')}`,
        ) +
        policy('Password Settings', 'Not configured') +
        policy('Something else', 'Enabled', '', 'System/Logon'),
      policy('Enable password backup for DSRM accounts', 'Enabled'),
    );
    assert.deepEqual(pairs(text), [
      ['BackupDirectory', 2],
      ['ADPasswordEncryptionEnabled', 0],
      ['PostAuthenticationResetDelay', 8],
      ['PostAuthenticationActions', 11],
    ]);
  });

  it('tells legacy LAPS by its category', () => {
    const document = documentFrom(report(policy('Enable local admin password management', 'Enabled', '', 'LAPS')));
    assert.deepEqual([document.root, document.settings[0]?.name], ['Legacy', 'AdmPwdEnabled']);
  });

  it('says so when it is in words that are not known, rather than drop a policy', () => {
    const german = documentFrom(report(policy('Verzeichnis für die Kennwortsicherung konfigurieren', 'Enabled')));
    assert.match(german.problems[0]?.hint ?? '', /English/);
    const option = documentFrom(
      report(policy('Configure password backup directory', 'Enabled', drop('Backup directory', 'Entra'))),
    );
    assert.equal(option.settings[0]?.value, 'Entra');
  });

  it('holds registry values and preference items as well', () => {
    const text = report(
      `<q1:RegistrySetting><q1:KeyPath>${key}</q1:KeyPath><q1:Value><q1:Name>PasswordLength</q1:Name><q1:Number>20</q1:Number></q1:Value><q1:Value><q1:Name>AdministratorAccountName</q1:Name><q1:String>x</q1:String></q1:Value></q1:RegistrySetting>` +
        `<Properties action="U" hive="HKEY_LOCAL_MACHINE" key="${key}" name="PasswordAgeDays" type="REG_DWORD" value="0000001e"/>` +
        `<Properties action="D" hive="HKEY_LOCAL_MACHINE" key="${key}" name="PassphraseLength"/>`,
    );
    assert.deepEqual(pairs(text), [
      ['PasswordLength', 20],
      ['AdministratorAccountName', 'x'],
      ['PasswordAgeDays', 30],
    ]);
    assert.equal(documentFrom(text).deletions?.[0]?.name, 'PassphraseLength');
  });

  it('takes nothing of a computer half that is switched off, wherever the half says so', () => {
    const off = policy('Configure password backup directory', 'Enabled', drop('Backup directory', 'Active Directory'));
    for (const half of [`<Enabled>false</Enabled>${off}`, `${off}<Enabled> False </Enabled>`]) {
      const document = documentFrom(report(half));
      assert.deepEqual(document.settings, []);
      assert.deepEqual(
        document.switchedOff?.map(({ what, names }) => [what, names]),
        [['the computer half of this GPO', ['BackupDirectory']]],
      );
    }
    assert.equal(documentFrom(report(`<Enabled>true</Enabled>${off}`)).settings.length, 1);
    // Not a word of it need be known.
    assert.deepEqual(documentFrom(report(`<Enabled>false</Enabled>${policy('Unbekannt', 'Enabled')}`)).problems, []);
  });

  it('keeps apart what the user half holds of LAPS, unless that half is switched off', () => {
    const rows = `${policy('Enable password backup for DSRM accounts', 'Enabled')}<q1:RegistrySetting><q1:KeyPath>${key}</q1:KeyPath><q1:Value><q1:Name>PasswordLength</q1:Name><q1:Number>20</q1:Number></q1:Value></q1:RegistrySetting><q1:RegistrySetting><q1:KeyPath>Software\\Foo</q1:KeyPath><q1:Value><q1:Name>PasswordLength</q1:Name><q1:Number>20</q1:Number></q1:Value></q1:RegistrySetting>`;
    const { settings, strays } = documentFrom(report('', rows));
    assert.deepEqual(settings, []);
    assert.deepEqual(
      strays?.map(({ where, name }) => [where, name]),
      [
        [`HKCU\\${key}`, 'Enable password backup for DSRM accounts'],
        [`HKCU\\${key}`, 'PasswordLength'],
      ],
    );
    for (const off of [`<Enabled>false</Enabled>${rows}`, `${rows}<Enabled>false</Enabled>`])
      assert.equal(documentFrom(report('', off)).strays, undefined);
    // An item may be kept for the users and write to the computer's hive all the same.
    const item = `<Properties action="U" hive="HKEY_LOCAL_MACHINE" key="${key}" name="PasswordAgeDays" type="REG_DWORD" value="0000001e"/>`;
    assert.deepEqual(pairs(report('', item)), [['PasswordAgeDays', 30]]);
  });

  it('tells when none of its links is on, and judges its settings all the same', () => {
    const link = (enabled: string): string =>
      `<LinksTo><SOMPath>contoso.com/${enabled}</SOMPath><Enabled>${enabled}</Enabled></LinksTo>`;
    const linked = (links: string, read = '<ReadTime>2026-11-27T06:00:00</ReadTime>') => {
      const rows = policy('Enable password encryption', 'Enabled');
      const { settings, unlinked } = documentFrom(
        `<GPO><Name>x</Name>${read}<Computer>${rows}</Computer>${links}</GPO>`,
      );
      assert.equal(settings.length, 1);
      return unlinked;
    };
    const off = linked(link('false') + link('False'));
    assert.deepEqual([off?.kind, off?.paths], ['off', ['contoso.com/false', 'contoso.com/False']]);
    assert.equal(linked(link('false') + link('true')), undefined);
    assert.equal(linked('<LinksTo><SOMPath>contoso.com</SOMPath></LinksTo>'), undefined);
    assert.equal(linked('')?.kind, 'none');
    assert.equal(linked('', ''), undefined);
  });

  it('takes no preference item that is switched off by itself or with the collection around it', () => {
    const item = (name: string, disabled = ''): string =>
      `<Registry ${disabled}><Properties action="U" hive="HKEY_LOCAL_MACHINE" key="${key}" name="${name}" type="REG_DWORD" value="1"/></Registry>`;
    const document = documentFrom(
      `<RegistrySettings>${item('BackupDirectory', 'disabled="0"')}${item('PasswordLength', 'disabled="1"')}<Collection disabled="1"><Collection>${item('PasswordAgeDays')}</Collection></Collection></RegistrySettings>`,
    );
    assert.deepEqual(
      document.settings.map(({ name }) => name),
      ['BackupDirectory'],
    );
    assert.deepEqual(
      document.switchedOff?.flatMap(({ names }) => names),
      ['PasswordLength', 'PasswordAgeDays'],
    );
  });
});

/** SyncML, and XML as such: commands, types, places, and what is hostile in XML. */
import assert from 'node:assert/strict';
import { rootRows } from '../../../../agent/core/policy/settings.ts';
import { documentFrom } from '../../../support/readers.ts';

const uri = rootRows.CSP.prefix ?? '';
const item = (name: string, format: string, data: string): string =>
  `<Item><Target><LocURI>${uri}/${name}</LocURI></Target>${format && `<Meta><Format>${format}</Format></Meta>`}<Data>${data}</Data></Item>`;
const values = (text: string): unknown[] => documentFrom(text).settings.map(({ name, value }) => [name, value]);
const problem = (text: string): unknown[] =>
  documentFrom(text).problems.map(({ kind, place }) => [kind, place.line, place.column]);

describe('a SyncML text', () => {
  it('types a value by its Format; without one it is a text, as OMA DM has it', () => {
    const body = [
      item('PasswordLength', 'int', ' 14 '),
      item('ADPasswordEncryptionEnabled', 'bool', 'True'),
      item('PasswordAgeDays', '', '30'),
      item('BackupDirectory', 'chr', '1'),
      item('AdministratorAccountName', 'chr', ' a&amp;b<![CDATA[<c>]]> '),
    ];
    assert.deepEqual(values(`<Replace>${body.join('')}</Replace>`), [
      ['PasswordLength', 14],
      ['ADPasswordEncryptionEnabled', true],
      ['PasswordAgeDays', '30'],
      ['BackupDirectory', '1'],
      ['AdministratorAccountName', ' a&b<c> '],
    ]);
  });

  it('tells a setting that is sent with a command that none takes, and keeps a reset apart', () => {
    const reset = item('PasswordLength', 'int', '').replace('Policies/PasswordLength', 'Actions/ResetPassword');
    const { problems, actions, settings } = documentFrom(
      `<SyncBody><Exec>${reset}</Exec><Replace>${item('PasswordLength', 'int', '14')}</Replace></SyncBody>`,
    );
    assert.deepEqual([problems.length, actions?.length, settings.length], [0, 1, 1]);
    for (const command of ['Exec', 'Copy']) {
      const wrong = documentFrom(
        `<SyncBody><${command}>${item('PasswordLength', 'int', '14')}</${command}></SyncBody>`,
      );
      assert.match(wrong.problems[0]?.message ?? '', new RegExp(`PasswordLength is sent with ${command}`));
    }
    const near = item('PasswordLength', 'int', '14').replace('Policies', 'Policy');
    assert.equal(documentFrom(`<Exec>${near}</Exec>`).strays?.length, 1);
  });

  it('takes no URI with a space or a slash at its end for the one without', () => {
    for (const name of ['PasswordLength ', 'PasswordLength/', 'PasswordLength\t']) {
      const { strays = [], settings } = documentFrom(`<Replace>${item(name, 'int', '14')}</Replace>`);
      assert.deepEqual([strays.map(({ where }) => where), settings], [[`${uri}/${name}`], []]);
    }
  });

  it('takes a URI on a line of its own for what it is', () => {
    const text = item('PasswordLength', 'int', '14').replace(/<LocURI>(.*)<\/LocURI>/, '<LocURI>\n  $1\n</LocURI>');
    assert.deepEqual(values(`<Replace>${text}</Replace>`), [['PasswordLength', 14]]);
  });

  it('places a value inside its CDATA, and lets Delete undo an Add', () => {
    const [setting] = documentFrom(`<Add>\n${item('PasswordLength', 'int', '<![CDATA[14]]>')}</Add>`).settings;
    const line = item('PasswordLength', 'int', '<![CDATA[14]]>');
    const column = line.indexOf('14]]>') + 1;
    assert.deepEqual(setting?.valuePlace, { line: 2, column, endLine: 2, endColumn: column + 2 });
    const undone = documentFrom(
      `<a:SyncBody xmlns:a="x"><Add>${item('PasswordLength', 'int', '8')}</Add><Delete><Item><Target><LocURI>${uri}/PasswordLength</LocURI></Target></Item></Delete></a:SyncBody>`,
    );
    assert.deepEqual([undone.settings.length, undone.deletions?.[0]?.undoes.length, undone.root], [0, 1, 'CSP']);
  });

  it('passes over other nodes and commands, takes the older spelling of the root, and tells near misses', () => {
    const other = '<Item><Target><LocURI>./Device/Vendor/MSFT/Policy/Config/X</LocURI></Target><Data>1</Data></Item>';
    assert.deepEqual(values(`<Replace>${other}</Replace><Get>${item('PasswordLength', 'int', '1')}</Get>`), []);
    assert.deepEqual(values(`<Replace>${item('PasswordLength', 'int', '9').replace('./Device/', './')}</Replace>`), [
      ['PasswordLength', 9],
    ]);
    const near = documentFrom(`<Replace>${item('PasswordLength', 'int', '9').replace('Policies', 'Policy')}</Replace>`);
    assert.deepEqual(
      near.strays?.map((each) => [each.where, each.name]),
      [[uri.replace('Policies', 'Policy'), 'PasswordLength']],
    );
  });

  it('refuses a value without Data, and a file that is cut short anywhere', () => {
    assert.deepEqual(
      problem(`<Replace><Item><Target><LocURI>${uri}/PasswordLength</LocURI></Target></Item></Replace>`),
      [['unreadable', 1, 32]],
    );
    const text = `<SyncML><SyncBody><Replace>${item('PasswordLength', 'int', '9')}</Replace></SyncBody></SyncML>`;
    for (let length = 1; length < text.length; length += 1) {
      const document = documentFrom(text.slice(0, length));
      assert.equal(document.problems.length, 1, text.slice(0, length));
      assert.deepEqual(document.settings, []);
    }
  });
});

describe('hostile XML', () => {
  it('expands no entity, and tells the first one', () => {
    const bomb =
      '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<SyncML>&b;</SyncML>';
    assert.deepEqual(problem(bomb), [['unreadable', 2, 9]]);
    assert.deepEqual(problem('<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<SyncML/>'), []);
  });

  it('is not nested past the limit, whatever its depth', () => {
    assert.deepEqual(problem('<SyncML>'.repeat(100_000)), [['tooDeep', 1, 513]]);
  });

  it('holds no NUL, no reference to a character that XML lacks, and no half of one', () => {
    assert.equal(problem('<SyncML>\0</SyncML>').length, 1);
    assert.equal(problem('<SyncML>&#0;</SyncML>').length, 1);
    assert.equal(problem('<SyncML>&#xD800;</SyncML>').length, 1);
    const half = documentFrom(Buffer.from('\ufeff<SyncML>\ud800</SyncML>', 'utf16le'));
    assert.equal(half.problems[0]?.kind, 'unreadable');
  });

  it('that is no policy is told so at its first element', () => {
    assert.deepEqual(problem('<?xml version="1.0"?>\n<!-- <SyncML> -->\n<html/>'), [['unreadable', 3, 1]]);
    assert.deepEqual(problem('<'), [['unreadable', 1, 1]]);
  });
});

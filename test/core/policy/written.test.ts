/** What a hint says to write is read back, in each shape, as what was meant. */
import assert from 'node:assert/strict';
import { meantText, writtenDword, writtenText } from '../../../agent/core/policy/written.ts';
import { documentOf } from '../../support/policies.ts';

const texts = ['lapsadmin', 'CONTOSO\\LAPS Readers', 'a"b', 'R&D <x>', 'C\\\\d', 'tab\\temp', 'ümläut@contoso.test'];
const key = 'HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS';
const uri = './Device/Vendor/MSFT/LAPS/Policies/ADPasswordEncryptionPrincipal';
/** A file of each shape around a text that is written into it as it stands. */
const files = {
  native: (written: string) => ({ path: 'csp.json', text: `{ "ADPasswordEncryptionPrincipal": ${written} }` }),
  reg: (written: string) => ({
    path: 'gpo.reg',
    text: `Windows Registry Editor Version 5.00\n\n[${key}]\n"ADPasswordEncryptionPrincipal"=${written}\n`,
  }),
  syncml: (written: string) => ({
    path: 'csp.xml',
    text: `<SyncML xmlns="SYNCML:SYNCML1.2"><SyncBody><Add><Item><Target><LocURI>${uri}</LocURI></Target><Meta><Format xmlns="syncml:metinf">chr</Format></Meta><Data>${written}</Data></Item></Add></SyncBody></SyncML>`,
  }),
  lgpo: (written: string) => ({
    path: 'gpo.txt',
    text: `Computer\n${key.replace('HKEY_LOCAL_MACHINE\\', '')}\nADPasswordEncryptionPrincipal\nSZ:${written}\n`,
  }),
  omauri: (written: string) => ({
    path: 'x.json',
    text: `{ "omaSettings": [{ "@odata.type": "#microsoft.graph.omaSettingString", "omaUri": "${uri}", "value": ${written} }] }`,
  }),
};

describe('a text as a hint writes it', () => {
  for (const format of ['native', 'reg', 'syncml', 'lgpo', 'omauri'] as const)
    it(`is read back by the shape it is written for: ${format}`, () => {
      for (const text of texts) {
        const { path, text: content } = files[format](writtenText(text, format));
        const document = documentOf(content, path);
        assert.deepEqual([document.format, document.settings.map(({ value }) => value)], [format, [text]], content);
      }
    });

  it('is a number of sixteens in a registry file', () => {
    assert.equal(writtenDword(365), 'dword:0000016d');
  });
});

describe('a backslash that was lost', () => {
  it('is found where JSON made another character of it', () => {
    assert.equal(meantText(JSON.parse('"CONTOSO\\temp"'), 'native', ''), 'CONTOSO\\temp');
    assert.equal(meantText('CONTOSO\\temp', 'native', ''), undefined);
  });

  it('is found where a registry file dropped it, and only there', () => {
    assert.equal(meantText('CONTOSOx', 'reg', '"CONTOSO\\x"'), 'CONTOSO\\x');
    assert.equal(meantText('CONTOSO\\x', 'reg', '"CONTOSO\\\\x"'), undefined);
    assert.equal(meantText('a"b', 'reg', '"a\\"b"'), undefined);
    assert.equal(meantText('x', 'reg', 'hex(1):78,00,00,00'), undefined);
    assert.equal(meantText('a\tb', 'lgpo', 'a\tb'), undefined);
  });
});

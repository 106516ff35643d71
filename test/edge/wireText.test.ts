import assert from 'node:assert/strict';
import { Secret } from '../../agent/core/secret.ts';
import { cleanText, repeatsSecret, withheldText } from '../../agent/edge/wireText.ts';

const password = 'Xy7#"\\ 0x1F:%`é/+?';
const secret = new Secret(password);
const body = JSON.stringify({ AccountName: 'lapsadmin', NewPassword: password, PasswordAgeDays: 30 });
/** The body without the telltale name, so that only the password itself gives it away. */
const bare = JSON.stringify({ a: 1, b: password });

describe('repeatsSecret', () => {
  const utf16 = Buffer.from(password, 'utf16le');
  const echoes: Readonly<Record<string, string>> = {
    plain: `bad: ${password}`,
    'JSON-escaped': bare,
    'twice JSON-escaped': JSON.stringify(bare),
    'unicode-escaped': [...password].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    'URL-encoded': encodeURIComponent(password),
    'form-encoded': new URLSearchParams({ p: password }).toString(),
    base64: Buffer.from(password).toString('base64'),
    'base64 inside words': `x ${Buffer.from(bare).toString('base64')} y`,
    'base64, letters before it': `zz${Buffer.from(password).toString('base64')}`,
    base64url: Buffer.from(bare).toString('base64url'),
    hex: Buffer.from(password).toString('hex'),
    'UTF-16': utf16.toString('latin1'),
    'HTML-escaped': password.replaceAll('"', '&quot;').replaceAll('#', '&#35;').replaceAll('%', '&#x25;'),
    'in another case': password.toUpperCase(),
    'cut short': password.slice(0, 9),
    'cut short after the name': body.slice(0, body.indexOf('Xy7#') + 2),
    'URL-encoded in base64': Buffer.from(encodeURIComponent(password)).toString('base64'),
  };
  for (const [form, text] of Object.entries(echoes))
    it(`finds the password ${form}`, () => {
      assert.ok(repeatsSecret(text, secret), text);
      assert.equal(cleanText(text, secret), withheldText);
    });

  it('lets honest texts pass', () => {
    for (const text of [
      'Local admin password solution is not enabled for this tenant.',
      'The device 3f2c9d1e-0000-4000-8000-000000000001 in 8d1f0000-0000-4000-8000-000000000001 could not be found.',
      '{"code":"invalid_request","subcode":"error_fail"}',
      '100% & \\u12 %zz &#99999999; \\',
      '',
    ])
      assert.ok(!repeatsSecret(text, secret), text);
  });

  it('searches nothing for an empty secret', () => {
    assert.ok(!repeatsSecret('anything', new Secret('')));
  });
});

describe('cleanText', () => {
  it('makes one line, and shows control characters and what nobody sees as numbers', () => {
    assert.equal(
      cleanText(' a\r\n\tb\u001b[31mc\u0000\u202ed\u2028e\u0085f\ud800g\u{e0041}\ufeffh\u200b\u00ad '),
      'a b\\x1b[31mc\\x00\\u202ed e f\\ud800g\\u{e0041}\\ufeffh\\u200b\\xad',
    );
    assert.equal(cleanText('honest: é, 日本, 😀'), 'honest: é, 日本, 😀');
  });

  it('is at most three hundred characters, whole ones', () => {
    const text = cleanText('😀'.repeat(1000));
    assert.equal([...text].length, 300);
    assert.ok(text.endsWith('…'));
  });

  it('hides tokens', () => {
    const token = `eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`;
    assert.equal(cleanText(`bad token ${token} here`), 'bad token [token] here');
  });

  it('shows the beginning of a text that is nothing but escapes, as it came', () => {
    for (const piece of ['\\', '%25', 'A', '&#x41;'])
      assert.equal(cleanText(piece.repeat(20_000), secret), `${piece.repeat(300).slice(0, 299)}…`, piece);
  });
});

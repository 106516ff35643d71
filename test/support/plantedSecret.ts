/**
 * Looks for a secret in whatever a program leaves behind (design 8, P6).
 *
 * Promises: found in the clear, in base64 at any alignment, in hex, URL-encoded, JSON-escaped and in UTF-16. Must never:
 * print the secret itself in what it reports.
 */

/** Base64 of a text that stands somewhere inside another one: the part that does not depend on its neighbours. */
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const core = whole.slice(shift === 0 ? 0 : shift + 1, -2);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Every form one secret is looked for in, by name. */
export function formsOf(secret: string): ReadonlyArray<readonly [string, string]> {
  const known = formsBySecret.get(secret) ?? makeForms(secret);
  formsBySecret.set(secret, known);
  return known;
}

const formsBySecret = new Map<string, ReadonlyArray<readonly [string, string]>>();

function makeForms(secret: string): ReadonlyArray<readonly [string, string]> {
  const utf8 = Buffer.from(secret, 'utf8');
  const utf16 = Buffer.from(secret, 'utf16le');
  const utf16be = Buffer.from(utf16).swap16();
  const url = encodeURIComponent(secret);
  const forms: Array<readonly [string, string]> = [
    ['plain', secret],
    ['JSON', JSON.stringify(secret).slice(1, -1)],
    ['URL', url],
    ['URL, lower case', url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ['form', new URLSearchParams({ x: secret }).toString().slice(2)],
  ];
  for (const [name, bytes] of [
    ['UTF-8', utf8],
    ['UTF-16', utf16],
    ['UTF-16 BE', utf16be],
  ] as const) {
    const hex = bytes.toString('hex');
    forms.push([`${name} hex`, hex], [`${name} hex, upper case`, hex.toUpperCase()]);
    for (const core of base64Cores(bytes)) forms.push([`${name} base64`, core]);
  }
  forms.push(['UTF-16 as bytes', utf16.toString('latin1')], ['UTF-16 BE as bytes', utf16be.toString('latin1')]);
  return forms;
}

/** Where any of `secrets` stands in any of the named texts: `journal: base64 of secret 2`; empty when nowhere. */
export function findSecrets(
  haystacks: Readonly<Record<string, string | Uint8Array>>,
  secrets: readonly string[],
): string[] {
  const texts = Object.entries(haystacks).map(([name, content]) => [
    name,
    typeof content === 'string' ? content : Buffer.from(content).toString('latin1'),
  ]);
  return secrets.flatMap((secret, index) =>
    formsOf(secret).flatMap(([form, needle]) =>
      texts.flatMap(([name, text]) => (text?.includes(needle) === true ? [`${name}: ${form} of secret ${index}`] : [])),
    ),
  );
}

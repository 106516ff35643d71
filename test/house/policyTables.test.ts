/**
 * The one table of settings, and what is made from it: schema, compiled validator, README (design law 4).
 *
 * With LAPS_UPDATE_GOLDENS set, the schema and the README's tables are written anew instead of being compared.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'jsonc-parser';
import type { GivenValue } from '../../agent/core/policy/document.ts';
import { schemaText, writeSchema } from '../../agent/core/policy/generated/generate.config.mjs';
import { osWords } from '../../agent/core/policy/os.ts';
import { rules } from '../../agent/core/policy/rules/rules.ts';
import {
  allowedText,
  legacyNames,
  legacyRows,
  namesOf,
  rootNames,
  rootRows,
  type SettingName,
  settingNames,
  settingRows,
} from '../../agent/core/policy/settings.ts';
import { verdictOn } from '../../agent/core/policy/values.ts';
import { lint, osOf } from '../support/policies.ts';
import { readNow } from '../support/readers.ts';

const file = (name: string): URL => new URL(`../../policies/${name}`, import.meta.url);
const read = (name: string): string => readFileSync(file(name), 'utf8');
const updating = process.env['LAPS_UPDATE_GOLDENS'] !== undefined;

/** Spec 2.1, the summary matrix: default, allowed, Entra, since 24H2. */
const matrix: Record<SettingName, [number | string, string, boolean, boolean]> = {
  BackupDirectory: [0, '0, 1 or 2', true, false],
  AdministratorAccountName: ['', 'a text', true, false],
  PasswordAgeDays: [30, '1 to 365', true, false],
  PasswordLength: [14, '8 to 64', true, false],
  PassphraseLength: [6, '3 to 10', true, true],
  PasswordComplexity: [4, '1, 2, 3, 4, 5, 6, 7 or 8', true, false],
  PasswordExpirationProtectionEnabled: [1, 'true or false (1 or 0)', false, false],
  ADPasswordEncryptionEnabled: [1, 'true or false (1 or 0)', false, false],
  ADPasswordEncryptionPrincipal: ['', 'a text', false, false],
  ADEncryptedPasswordHistorySize: [0, '0 to 12', false, false],
  ADBackupDSRMPassword: [0, 'true or false (1 or 0)', false, false],
  PostAuthenticationResetDelay: [24, '0 to 24', true, false],
  PostAuthenticationActions: [3, '0, 1, 3, 5 or 11', true, false],
  AutomaticAccountManagementEnabled: [0, 'true or false (1 or 0)', true, true],
  AutomaticAccountManagementTarget: [1, '0 or 1', true, true],
  AutomaticAccountManagementNameOrPrefix: ['WLapsAdmin', 'a text', true, true],
  AutomaticAccountManagementEnableAccount: [0, 'true or false (1 or 0)', true, true],
  AutomaticAccountManagementRandomizeName: [0, 'true or false (1 or 0)', true, true],
};

describe('the table of settings', () => {
  it('is what the specification says', () => {
    assert.equal(settingNames.length, 18);
    for (const name of settingNames) {
      const row = settingRows[name];
      const said = [row.default, allowedText(row), row.directories.includes('Entra'), row.since === '10.0.26100'];
      assert.deepEqual(said, matrix[name], name);
      assert.ok(row.directories.includes('AD'), name);
    }
    assert.equal(settingRows.PasswordAgeDays.entraMinimum, 7);
    assert.deepEqual(
      settingRows.PasswordComplexity.values?.filter((each) => each.since === '10.0.26100').map((each) => each.value),
      [5, 6, 7, 8],
    );
  });

  it('calls no root the only one of a setting that others carry as well', () => {
    for (const name of settingNames) {
      const { roots, summary } = settingRows[name];
      assert.equal(roots.length > 1 && /Group Policy only|only by Group Policy/.test(summary), false, name);
    }
  });

  it('has the shape the code takes it for', () => {
    const text = { type: 'string', minLength: 1 };
    const build = { type: 'string', pattern: '^10\\.0\\.\\d+$' };
    const roots = { type: 'array', minItems: 1, items: { enum: ['CSP', 'GPO', 'Local'] } };
    const scalars = { type: 'array', minItems: 1, items: { type: 'integer' } };
    const value = {
      type: 'object',
      required: ['value', 'words'],
      additionalProperties: false,
      properties: { value: { type: 'integer' }, words: text, since: build, roots },
    };
    const condition = {
      type: 'object',
      required: ['setting', 'otherwise'],
      additionalProperties: false,
      properties: { setting: { enum: [...settingNames] }, in: scalars, notIn: scalars, otherwise: text },
    };
    const registry = {
      type: 'object',
      required: ['name', 'kind'],
      properties: { name: text, kind: { enum: ['REG_DWORD', 'REG_SZ'] } },
    };
    const common = {
      summary: text,
      type: { enum: ['integer', 'boolean', 'text'] },
      minimum: { type: 'integer' },
      maximum: { type: 'integer' },
      registry,
    };
    const setting = {
      type: 'object',
      required: ['summary', 'type', 'default', 'directories', 'roots', 'since', 'csp', 'registry', 'ignoredUnless'],
      additionalProperties: false,
      properties: {
        ...common,
        default: {},
        unit: text,
        emptyWords: text,
        values: { type: 'array', minItems: 2, items: value },
        entraMinimum: { type: 'integer' },
        editorMaxLength: { type: 'integer' },
        emptyIsUnset: { type: 'boolean' },
        directories: { type: 'array', minItems: 1, items: { enum: ['Entra', 'AD'] } },
        roots,
        since: build,
        csp: {},
        ignoredUnless: { type: 'array', items: condition },
        needs: text,
      },
    };
    const legacy = {
      type: 'object',
      required: ['summary', 'type', 'feeds', 'registry'],
      additionalProperties: false,
      properties: { ...common, feeds: { enum: [null, ...settingNames] } },
    };
    const validate = new Ajv({ allErrors: true }).compile({
      type: 'object',
      required: ['settings', 'legacy', 'roots'],
      properties: {
        settings: { type: 'object', additionalProperties: setting },
        legacy: { type: 'object', additionalProperties: legacy },
      },
    });
    assert.ok(validate(JSON.parse(read('settings.json'))), JSON.stringify(validate.errors));
    for (const name of settingNames) {
      const row = settingRows[name];
      assert.equal(row.registry.name, name);
      assert.equal(row.registry.kind, row.type === 'text' ? 'REG_SZ' : 'REG_DWORD');
      assert.equal(row.csp, row.roots.includes('CSP') ? `${rootRows.CSP.prefix}/${name}` : null);
      assert.ok(row.type !== 'integer' || (row.minimum === undefined) !== (row.values === undefined), name);
    }
    assert.deepEqual(
      rootNames.map((root) => rootRows[root].code),
      [1, 2, 3, 4],
    );
  });
});

describe('laps.schema.json', () => {
  it('is made from the table as it is now', () => {
    if (updating) writeSchema();
    assert.equal(read('laps.schema.json'), schemaText());
  });

  const quiet: string[] = [];
  const note = (...words: unknown[]): void => void quiet.push(words.join(' '));
  const compile = () =>
    new Ajv({ logger: { log: note, warn: note, error: note } }).compile(JSON.parse(read('laps.schema.json')));

  it('is taken by a plain ajv without a grumble', () => {
    compile();
    assert.deepEqual(quiet, []);
  });

  it('takes every policy that comes with the package, as the program does', () => {
    const validate = compile();
    const names = ['csp.json', ...readdirSync(file('samples')).map((name) => `samples/${name}`)];
    for (const name of names) {
      const value: unknown = parse(read(name));
      assert.ok(validate(value), `${name}: ${JSON.stringify(validate.errors)}`);
      assert.deepEqual(lint(read(name), { path: name }), [], name);
    }
  });

  it('finds the same values right and wrong as the program, setting by setting', () => {
    const validate = compile();
    const values: GivenValue[] = [...Array(400).keys(), -1, 0.5, 1e9, true, false, 'x', '', null, { kind: 'object' }];
    for (const name of settingNames)
      for (const value of values) {
        const root = settingRows[name].roots.includes('CSP') ? 'CSP' : 'GPO';
        const { kind } = verdictOn({ name, value }, root, osOf());
        // A value that only another root can carry is right in the flat form, which speaks for any.
        const right = kind === 'fine' || kind === 'valueNotInRoot';
        assert.equal(validate({ [name]: value }), right, `${name} ${JSON.stringify(value)}: ${kind}`);
      }
  });

  it('knows which values a root can carry, wherever a file says which root it is for', () => {
    const validate = compile();
    const { prefix } = rootRows.CSP;
    type Form = readonly ['CSP' | 'GPO' | 'Local', (name: string, value: GivenValue) => object];
    const forms: readonly Form[] = [
      ...(['CSP', 'GPO', 'Local'] as const).flatMap((root) =>
        [rootRows[root].key, rootRows[root].key.toUpperCase()].map(
          (key): Form => [root, (name, value) => ({ [key]: { [name]: value } })],
        ),
      ),
      ['CSP', (name, value) => ({ [`${prefix}`]: { [name]: value } })],
      ['CSP', (name, value) => ({ [`${prefix}/${name}`]: value })],
    ];
    for (const [root, make] of forms)
      for (const name of settingNames)
        for (const value of [0, 1, 2, 3, 4, 5, 8, 11, 14, 'x']) {
          const right = verdictOn({ name, value }, root, osOf()).kind === 'fine';
          const policy = make(name, value);
          assert.equal(validate(policy), right, JSON.stringify(policy));
        }
  });

  it('tells an editor, over each setting, its range, its default and what it depends on', () => {
    const { definitions } = JSON.parse(read('laps.schema.json'));
    const validate = compile();
    for (const name of settingNames) {
      const row = settingRows[name];
      const { description, default: fallback, anyOf } = definitions.values[name];
      assert.ok(description.startsWith(row.summary) && description.includes('Default: '), name);
      if (row.minimum !== undefined) assert.ok(description.includes(`${row.minimum} to ${row.maximum}`), name);
      for (const { setting } of row.ignoredUnless) assert.ok(description.includes(`Ignored unless ${setting}`), name);
      assert.deepEqual(
        anyOf?.map((each: { description: string }) => each.description),
        row.values?.map((each) => each.words),
      );
      assert.ok(validate({ [name]: fallback }), `the default of ${name}`);
    }
  });

  it('takes all native forms and refuses what the rules call an error', () => {
    const validate = compile();
    const prefix = rootRows.CSP.prefix ?? '';
    const good: unknown[] = [
      {},
      { PasswordLength: 8, ADPasswordEncryptionEnabled: true, ADBackupDSRMPassword: 0 },
      { [prefix]: { PasswordLength: 8 } },
      { [`${prefix}/PasswordLength`]: 8, [`${prefix}/BackupDirectory`]: 1 },
      // The older spelling of the same place, alone and beside the usual one.
      { './Vendor/MSFT/LAPS/Policies': { PasswordLength: 8 } },
      { './Vendor/MSFT/LAPS/Policies/PasswordLength': 8, [`${prefix}/BackupDirectory`]: 1 },
      { AdmPwdEnabled: 1, AdminAccountName: 'x' },
      ...rootNames.map((root) => ({ $schema: 'x', [rootRows[root].key]: { PasswordLength: 8 } })),
      // The registry ignores case, in keys and in the names of values, and its hive has two names.
      ...rootNames.flatMap((root) => {
        const { key } = rootRows[root];
        const spellings = [key, key.replace(/^HKLM/, 'HKEY_LOCAL_MACHINE')];
        return [...spellings, ...spellings.map((each) => each.toUpperCase()), ...spellings.map((each) => `${each}\\`)]
          .concat(key.toLowerCase())
          .flatMap((each) => [{ [each]: { PasswordLength: 8, passwordagedays: 30, PASSWORDCOMPLEXITY: 4 } }]);
      }),
    ];
    for (const value of good) {
      assert.ok(validate(value), JSON.stringify(value));
      assert.deepEqual(readNow({ path: 'csp.json', bytes: Buffer.from(JSON.stringify(value)) }).problems, []);
    }
    const bad: unknown[] = [
      [],
      { PasswordLenght: 8 },
      { PasswordLength: '8' },
      { PasswordLength: 7 },
      { PasswordLength: 8.5 },
      { BackupDirectory: 3 },
      { ADPasswordEncryptionEnabled: 'true' },
      { BackupDirectory: 1, PasswordAgeDays: 6 },
      { [prefix]: { BackupDirectory: 1, PasswordAgeDays: 6 } },
      { [`${prefix}/BackupDirectory`]: 1, [`${prefix}/PasswordAgeDays`]: 6 },
      { './Vendor/MSFT/LAPS/Policies/BackupDirectory': 1, [`${prefix}/PasswordAgeDays`]: 6 },
      { './Vendor/MSFT/LAPS/Policies/PasswordLenght': 8 },
      { './User/Vendor/MSFT/LAPS/Policies/PasswordLength': 8 },
      { [prefix]: { ADBackupDSRMPassword: 1 } },
      { PasswordLength: 8, [prefix]: {} },
      { [rootRows.GPO.key]: {}, [rootRows.CSP.key]: {} },
      { [rootRows.GPO.key.toUpperCase()]: {}, [rootRows.CSP.key]: {} },
      { [rootRows.GPO.key.toUpperCase()]: { passwordlength: 7 } },
      { [rootRows.GPO.key.toUpperCase()]: { passwordlenght: 8 } },
      { [rootRows.GPO.key]: { backupdirectory: 1, PASSWORDAGEDAYS: 6 } },
      { [rootRows.CSP.key]: { adbackupdsrmpassword: 1 } },
      { [`${rootRows.GPO.key}\\Sub`]: {} },
      { [prefix.toLowerCase()]: { PasswordLength: 8 } },
      { [prefix]: { passwordlength: 8 } },
      { passwordlength: 8 },
    ];
    for (const value of bad) assert.equal(validate(value), false, JSON.stringify(value));
  });
});

describe('policies/README.md', () => {
  const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
  const head = (...cells: string[]): string[] => [row(...cells), `|${cells.map(() => '---').join('|')}|`];
  const code = (text: string): string => `\`${text}\``;
  const conditions = (name: SettingName): string => {
    const { ignoredUnless, needs, directories } = settingRows[name];
    const parts = ignoredUnless.map((each) =>
      each.in === undefined
        ? `${code(each.setting)} is not ${each.notIn?.join(', ')}`
        : `${code(each.setting)} is ${each.in.join(', ')}`,
    );
    if (!directories.includes('Entra')) parts.unshift(`${code('BackupDirectory')} is 2`);
    if (needs !== undefined) parts.push(needs);
    return parts.join('; ');
  };
  const tables: Record<string, () => string[]> = {
    roots: () => [
      ...head('Root', 'Key or prefix'),
      ...rootNames.flatMap((root) =>
        [rootRows[root].prefix, rootRows[root].key].flatMap((key) => (key === null ? [] : [row(root, code(key))])),
      ),
    ],
    settings: () => [
      ...head('Setting', 'Default', 'Allowed', 'Directory', 'Roots', 'Since', 'Ignored unless', 'Meaning'),
      ...settingNames.map((name) => {
        const each = settingRows[name];
        return row(
          code(name),
          each.default === '' ? 'empty' : code(String(each.default)),
          allowedText(each) + (each.entraMinimum === undefined ? '' : `; with Entra ID from ${each.entraMinimum}`),
          each.directories.join(', '),
          each.roots.join(', '),
          each.since,
          conditions(name),
          each.summary,
        );
      }),
    ],
    values: () => [
      ...head('Setting', 'Value', 'Meaning', 'Since'),
      ...settingNames.flatMap((name) =>
        (settingRows[name].values ?? []).map((each) =>
          row(
            code(name),
            String(each.value),
            each.words + (each.roots === undefined ? '' : ` (${each.roots.join(', ')} only)`),
            each.since === undefined ? '' : osWords(each.since),
          ),
        ),
      ),
    ],
    legacy: () => [
      ...head('Value', 'Allowed', 'Stands for', 'Meaning'),
      ...legacyNames.map((name) => {
        const { feeds, summary } = legacyRows[name];
        return row(code(name), allowedText(legacyRows[name]), feeds === null ? '' : code(feeds), summary);
      }),
    ],
    rules: () => [
      ...head('Rule', 'Name', 'Severity', 'Finds'),
      ...rules.map((rule) => row(rule.id, rule.name, rule.severity, rule.summary)),
    ],
  };

  // The formatter pads columns; a table is the same table with and without.
  const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/\| ?-+ ?(?=\|)/g, '|---');

  for (const [name, make] of Object.entries(tables))
    it(`tells the ${name} as the tables do`, () => {
      const pattern = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
      const made = (text: string): string =>
        text.replace(pattern, (_, from, to) => `${from}${make().join('\n')}\n${to}`);
      if (updating) writeFileSync(file('README.md'), made(read('README.md')));
      assert.match(read('README.md'), pattern);
      assert.equal(unpadded(read('README.md')), unpadded(made(read('README.md'))));
    });

  it('names every setting of every root', () => {
    for (const root of rootNames)
      for (const name of namesOf(root)) assert.ok(read('README.md').includes(code(name)), name);
  });
});

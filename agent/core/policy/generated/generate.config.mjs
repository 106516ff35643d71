// Makes what is compiled rather than written, from policies/settings.json: the JSON schema that editors and CI use
// (committed, draft-07, standard keywords only) and the validator that the program runs (ajv compiled standalone, not
// committed: compiling at run time would more than double the start of `laps validate`). A build step, never loaded by
// the program itself; plain JavaScript because it runs before there is anything to run TypeScript with.
import { readFileSync, writeFileSync } from 'node:fs';

const settingsFile = new URL('../../../../policies/settings.json', import.meta.url);
const schemaFile = new URL('../../../../policies/laps.schema.json', import.meta.url);
const validatorFile = new URL('./settingsValidator.mjs', import.meta.url);
const baselineSchemaFile = new URL('../../../../policies/baseline.schema.json', import.meta.url);
const baselineValidatorFile = new URL('./baselineValidator.mjs', import.meta.url);

/** What an editor shows over a setting: all that decides about its value, since nobody looks into another window. */
function hoverText(row) {
  const parts = [row.summary];
  if (row.minimum !== undefined)
    parts.push(`${row.minimum} to ${row.maximum}${row.unit === undefined ? '' : ` ${row.unit}`}.`);
  if (row.entraMinimum !== undefined) parts.push(`With Entra ID at least ${row.entraMinimum}.`);
  for (const { value, words, since, roots } of row.values ?? []) {
    const build = since === undefined ? '' : `, from Windows build ${since} on`;
    parts.push(`${value} = ${words}${build}${roots === undefined ? '' : `, by ${roots.join(' and ')} only`}.`);
  }
  if ('default' in row) parts.push(`Default: ${row.default === '' ? 'empty' : defaultOf(row)}.`);
  if (row.directories?.length === 1)
    parts.push(`For ${row.directories[0] === 'AD' ? 'Active Directory' : 'Entra ID'} only.`);
  for (const { setting, in: one, notIn } of row.ignoredUnless ?? [])
    parts.push(`Ignored unless ${setting} is ${one === undefined ? `not ${notIn.join(' or ')}` : one.join(' or ')}.`);
  if (row.roots !== undefined && !row.roots.includes('CSP'))
    parts.push('Group Policy or local configuration only, not MDM.');
  if (row.since === '10.0.26100') parts.push('From Windows 11 24H2 and Server 2025 (build 26100) on.');
  if (row.feeds !== undefined) parts.push(`Legacy LAPS${row.feeds === null ? '' : `; today's name is ${row.feeds}`}.`);
  return parts.join(' ');
}

const defaultOf = (row) => (row.type === 'boolean' ? row.default === 1 : row.default);

/** The schema of one value. Types are never unions: a plain `new Ajv()` would grumble about them. */
function valueSchema(row) {
  const said = { description: hoverText(row), ...('default' in row && { default: defaultOf(row) }) };
  if (row.type === 'text') return { ...said, type: 'string' };
  if (row.type === 'boolean') return { ...said, enum: [true, false, 1, 0] };
  if (row.values !== undefined)
    // The list refuses; the alternatives only bring each value's own words into an editor's completion.
    return {
      ...said,
      type: 'integer',
      enum: row.values.map(({ value }) => value),
      anyOf: row.values.map(({ value, words }) => ({ const: value, description: words })),
    };
  return { ...said, type: 'integer', minimum: row.minimum, maximum: row.maximum };
}

/** A text in any case, as an expression: a schema has no other way to say that the registry ignores it. */
const anyCase = (text) =>
  text.replace(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`).replace(/[.\\]/g, '\\$&');
const escaped = (text) => text.replace(/[.\\]/g, '\\$&');
/** A name in every spelling, and in every one but the usual, which editors complete and which has a row of its own. */
const anySpelling = (name) => `^${anyCase(name)}$`;
const otherSpelling = (name) => `^(?!${escaped(name)}$)${anyCase(name)}$`;

const hives = ['HKLM', 'HKEY_LOCAL_MACHINE'];
/** A registry key, its hive under either name, in every spelling but the two that have a row of their own. */
function otherKeySpelling(key) {
  const below = key.replace(/^HKLM/, '');
  return `^(?!(?:${hives.join('|')})${escaped(below)}$)(?:${hives.map(anyCase).join('|')})${anyCase(below)}[\\\\/]*$`;
}

/** A URI in its older spelling, as a pattern: what is read as well is not what an editor should offer. */
const olderUri = (uri) => `^${escaped(uri.replace('./Device/', './'))}$`;

const mapValues = (rows, make) =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, make(row, name)]));

/** The draft-07 schema of all the native forms of contract 4, as a plain object. */
export function makeSchema(catalogue = JSON.parse(readFileSync(settingsFile, 'utf8'))) {
  const { settings, legacy, roots } = catalogue;
  const inCsp = Object.fromEntries(Object.entries(settings).filter(([, row]) => row.csp !== null));
  const uris = Object.fromEntries(Object.values(inCsp).map((row) => [row.csp, row]));
  /** A value that only some roots may carry makes a setting's schema another one in the others. */
  const carried = (row, root) => row.values?.filter(({ roots: only }) => only?.includes(root) ?? true);
  const isNarrower = (row, root) => (carried(row, root)?.length ?? 0) < (row.values?.length ?? 0);
  const reference = (name, root) => ({
    $ref: `#/definitions/${isNarrower(settings[name], root) ? `valuesIn/${root}` : 'values'}/${name}`,
  });
  const referenceIn = (root) => (name) => reference(name, root);
  /** What stands under a key or a URI of a root; a flat file does not say which it is for. */
  const narrower = (root) =>
    Object.fromEntries(
      Object.entries(settings)
        .filter(([, row]) => isNarrower(row, root))
        .map(([name, row]) => [name, valueSchema({ ...row, values: carried(row, root) })]),
    );
  const floor = settings.PasswordAgeDays.entraMinimum;
  // Spec 2.3: BackupDirectory 1 replaces the range of PasswordAgeDays. A device raises it, an author is told.
  const consequence = 'then';
  const floorOf = (age, directory) => ({
    if: { type: 'object', properties: { [directory]: { const: 1 } }, required: [directory] },
    [consequence]: { type: 'object', properties: { [age]: { type: 'integer', minimum: floor } } },
  });
  /** The same where names ignore case: one of them is there, each of them holds 1. */
  const floorInAnyCase = (age, directory) => ({
    if: {
      type: 'object',
      patternProperties: { [anySpelling(directory)]: { const: 1 } },
      not: { propertyNames: { not: { pattern: anySpelling(directory) } } },
    },
    [consequence]: {
      type: 'object',
      patternProperties: { [anySpelling(age)]: { type: 'integer', minimum: floor } },
    },
  });
  const rootKeys = Object.entries(roots).flatMap(([root, row]) => {
    const body = { $ref: `#/definitions/${root.toLowerCase()}Key` };
    const keys = hives.map((hive) => ({ root, key: row.key.replace(/^HKLM/, hive), body }));
    // URIs go by case; the registry does not.
    return row.prefix === null ? keys : [{ root, key: row.prefix, body: { $ref: '#/definitions/csp' } }, ...keys];
  });
  const otherKeys = Object.fromEntries(
    Object.entries(roots).map(([root, row]) => [
      otherKeySpelling(row.key),
      { root, body: rootKeys.find((entry) => entry.root === root && entry.key === row.key).body },
    ]),
  );
  const { prefix } = roots.CSP;
  const olderUris = Object.fromEntries([
    ...Object.entries(uris).map(([uri, row]) => [olderUri(uri), reference(row.registry.name, 'CSP')]),
    [olderUri(prefix), { $ref: '#/definitions/csp' }],
  ]);
  const patternOf = (root) => Object.entries(otherKeys).find(([, entry]) => entry.root === root)[0];
  const form = (names) => ({ type: 'object', propertyNames: { enum: ['$schema', ...names] } });
  const keyForm = (root) => ({
    type: 'object',
    propertyNames: {
      anyOf: [
        { enum: ['$schema', ...rootKeys.filter((entry) => entry.root === root).map((entry) => entry.key)] },
        { pattern: patternOf(root) },
        ...(root === 'CSP' ? [{ pattern: olderUri(prefix) }] : []),
      ],
    },
    maxProperties: 2,
  });
  const spellingsOf = (uri) => [uri, uri.replace('./Device/', './')];
  const settingsFloor = floorOf('PasswordAgeDays', 'BackupDirectory');
  const keyFloor = floorInAnyCase('PasswordAgeDays', 'BackupDirectory');
  /** What stands under a registry key: the usual spellings first, for an editor to complete. */
  const keyBody = (names, refer, conditions) => ({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, refer(name)])),
    patternProperties: Object.fromEntries(names.map((name) => [otherSpelling(name), refer(name)])),
    additionalProperties: false,
    ...(conditions !== undefined && { allOf: conditions }),
  });
  const properties = {
    $schema: { type: 'string' },
    ...mapValues(settings, (_, name) => ({ $ref: `#/definitions/values/${name}` })),
    ...Object.fromEntries(
      Object.entries(legacy)
        .filter(([name]) => settings[name] === undefined)
        .map(([name]) => [name, { $ref: `#/definitions/legacyValues/${name}` }]),
    ),
    ...Object.fromEntries(Object.entries(uris).map(([uri, row]) => [uri, reference(row.registry.name, 'CSP')])),
    ...Object.fromEntries(rootKeys.map(({ key, body }) => [key, body])),
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Windows LAPS policy',
    description: 'Made from settings.json; change that and run the tests with LAPS_UPDATE_GOLDENS=1.',
    type: 'object',
    properties,
    patternProperties: { ...mapValues(otherKeys, ({ body }) => body), ...olderUris },
    additionalProperties: false,
    anyOf: [
      { ...form(Object.keys(settings)), allOf: [settingsFloor] },
      form(Object.keys(legacy)),
      {
        type: 'object',
        propertyNames: {
          anyOf: [
            { enum: ['$schema', ...Object.keys(uris)] },
            { pattern: `^${escaped(prefix.replace('./Device/', './'))}/` },
          ],
        },
        allOf: spellingsOf(settings.PasswordAgeDays.csp).flatMap((age) =>
          spellingsOf(settings.BackupDirectory.csp).map((directory) => floorOf(age, directory)),
        ),
      },
      ...Object.keys(roots).map(keyForm),
    ],
    definitions: {
      values: mapValues(settings, valueSchema),
      legacyValues: mapValues(legacy, valueSchema),
      csp: {
        type: 'object',
        properties: mapValues(inCsp, (_, name) => reference(name, 'CSP')),
        additionalProperties: false,
        allOf: [settingsFloor],
      },
      valuesIn: Object.fromEntries(['CSP', 'Local'].map((root) => [root, narrower(root)])),
      cspKey: keyBody(Object.keys(inCsp), referenceIn('CSP'), [keyFloor]),
      gpoKey: keyBody(Object.keys(settings), referenceIn('GPO'), [keyFloor]),
      localKey: keyBody(Object.keys(settings), referenceIn('Local'), [keyFloor]),
      legacyKey: keyBody(Object.keys(legacy), (name) => ({ $ref: `#/definitions/legacyValues/${name}` })),
    },
  };
}

/** The text of policies/laps.schema.json as it should be. */
export function schemaText() {
  return `${JSON.stringify(makeSchema(), null, 2)}\n`;
}

/** Rewrites policies/laps.schema.json; the tests do it under LAPS_UPDATE_GOLDENS=1 and refuse a stale one otherwise. */
export function writeSchema() {
  writeFileSync(schemaFile, schemaText());
}

/** What a baseline may require of one setting: values of its own kind; bounds for numbers only. */
function requirementSchema(name, row) {
  const value =
    row.type === 'text'
      ? { type: 'string' }
      : row.type === 'boolean'
        ? { enum: [true, false, 0, 1] }
        : { type: 'integer' };
  const bounds = row.type === 'integer' ? { minimum: { type: 'integer' }, maximum: { type: 'integer' } } : {};
  return {
    description: row.summary,
    type: 'object',
    properties: {
      id: { $ref: '#/definitions/id' },
      setting: { const: name },
      value,
      oneOf: { type: 'array', minItems: 1, items: value },
      ...bounds,
      explicit: { type: 'boolean', description: 'true: the file must say it itself; the default does not satisfy it' },
      because: { $ref: '#/definitions/because' },
      severity: { $ref: '#/definitions/severity' },
      source: { $ref: '#/definitions/source' },
    },
    required: ['id', 'setting'],
    additionalProperties: false,
  };
}

/** The draft-07 schema of a baseline file, as a plain object: every setting may be required, each as its kind allows. */
export function makeBaselineSchema(catalogue = JSON.parse(readFileSync(settingsFile, 'utf8'))) {
  const consequence = 'then';
  const names = Object.keys(catalogue.settings);
  // A pattern, not minLength: counting characters would need a helper module at run time.
  const text = { type: 'string', pattern: '\\S' };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Windows LAPS baseline',
    description: 'Required values and bounds for laps validate --baseline. Made from settings.json.',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      name: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9._-]*$', description: 'stands before each id: name/id' },
      title: { ...text, description: 'what people call it' },
      source: { ...text, description: 'where the requirements come from' },
      requirements: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          // A branch for each setting, so that a mistake is told at its member and not as "none of the forms".
          allOf: [
            ...names.map((name) => ({
              if: { type: 'object', properties: { setting: { const: name } }, required: ['setting'] },
              [consequence]: { $ref: `#/definitions/requirements/${name}` },
            })),
            {
              if: { type: 'object', required: ['setting'] },
              [consequence]: {
                type: 'object',
                properties: { setting: { enum: names } },
                allOf: [{ $ref: '#/definitions/wanted' }],
              },
              else: { $ref: '#/definitions/strength' },
            },
            // One way to say what is wanted: beside a value a list or a bound is either empty words or a contradiction.
            ...[
              ['value', ['oneOf', 'minimum', 'maximum']],
              ['oneOf', ['minimum', 'maximum']],
            ].map(([said, others]) => ({
              if: { type: 'object', required: [said] },
              [consequence]: {
                type: 'object',
                properties: mapValues(Object.fromEntries(others.map((each) => [each, 0])), () => false),
              },
            })),
          ],
        },
      },
    },
    required: ['name', 'requirements'],
    additionalProperties: false,
    definitions: {
      id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', description: 'unique in the file' },
      because: { ...text, description: 'the requirement in words, for the author of a policy' },
      severity: { enum: ['error', 'warning', 'info'], default: 'warning' },
      source: { ...text, description: 'where this requirement comes from, if not where the others do' },
      strength: {
        type: 'object',
        properties: {
          id: { $ref: '#/definitions/id' },
          minimumBits: { type: 'number', minimum: 1, description: 'bits of chance that the password must hold' },
          when: { enum: ['password', 'passphrase'] },
          because: { $ref: '#/definitions/because' },
          severity: { $ref: '#/definitions/severity' },
          source: { $ref: '#/definitions/source' },
        },
        required: ['id', 'minimumBits'],
        additionalProperties: false,
      },
      wanted: {
        description: 'a setting alone wants nothing: beside it stands a value, a list, a bound, or explicit',
        anyOf: [
          ...['value', 'oneOf', 'minimum', 'maximum'].map((each) => ({ type: 'object', required: [each] })),
          { type: 'object', properties: { explicit: { const: true } }, required: ['explicit'] },
        ],
      },
      requirements: mapValues(catalogue.settings, (row, name) => requirementSchema(name, row)),
    },
  };
}

/** The text of policies/baseline.schema.json as it should be. */
export function baselineSchemaText() {
  return `${JSON.stringify(makeBaselineSchema(), null, 2)}\n`;
}

/** Rewrites policies/baseline.schema.json; the tests do it under LAPS_UPDATE_GOLDENS=1. */
export function writeBaselineSchema() {
  writeFileSync(baselineSchemaFile, baselineSchemaText());
}

/** Compiles the device's validators: what a value may be at all, without the author's conditions between settings. */
export async function writeGenerated() {
  const { Ajv } = await import('ajv');
  const standalone = (await import('ajv/dist/standalone/index.js')).default;
  const catalogue = JSON.parse(readFileSync(settingsFile, 'utf8'));
  const of = (name, rows) => ({
    $id: name,
    type: 'object',
    // Without the words for readers: the device needs none, and a smaller file starts faster.
    properties: mapValues(rows, (row) => {
      const { description: _words, default: _default, anyOf: _each, ...kept } = valueSchema(row);
      return kept;
    }),
    additionalProperties: false,
  });
  const ajv = new Ajv({
    code: { source: true, esm: true, lines: true },
    allErrors: true,
    messages: false,
    schemas: [of('modern', catalogue.settings), of('legacy', catalogue.legacy)],
  });
  const code = (standalone.default ?? standalone)(ajv, { validateModern: 'modern', validateLegacy: 'legacy' });
  write(validatorFile, code);
  // A module of its own: only --baseline loads it.
  const forBaselines = new Ajv({
    code: { source: true, esm: true, lines: true },
    allErrors: true,
    messages: false,
    inlineRefs: false,
    schemas: [{ ...makeBaselineSchema(catalogue), $id: 'baseline' }],
  });
  write(baselineValidatorFile, (standalone.default ?? standalone)(forBaselines, { validateBaseline: 'baseline' }));
}

function write(file, code) {
  if (code.includes('require(')) throw new Error('the compiled validator must stand alone, but it requires a module');
  writeFileSync(file, `// Made by generate.config.mjs from policies/settings.json. Do not edit.\n${code}`);
}

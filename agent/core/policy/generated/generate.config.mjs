// Makes what is compiled rather than written, from policies/settings.json: the JSON schema that editors and CI use
// (committed, draft-07, standard keywords only) and the validator that the program runs (ajv compiled standalone, not
// committed: compiling at run time would more than double the start of `laps validate`). A build step, never loaded by
// the program itself; plain JavaScript because it runs before there is anything to run TypeScript with.
import { readFileSync, writeFileSync } from 'node:fs';

const settingsFile = new URL('../../../../policies/settings.json', import.meta.url);
const schemaFile = new URL('../../../../policies/laps.schema.json', import.meta.url);
const validatorFile = new URL('./settingsValidator.mjs', import.meta.url);

/** The schema of one value. Types are never unions: a plain `new Ajv()` would grumble about them. */
function valueSchema(row) {
  const said = { description: row.summary, ...('default' in row && { default: row.default }) };
  if (row.type === 'text') return { ...said, type: 'string' };
  if (row.type === 'boolean') return { ...said, enum: [0, 1, false, true] };
  if (row.values !== undefined) {
    const words = row.values.map(({ value, words: meaning }) => `${value}: ${meaning}`).join('; ');
    return { ...said, description: `${row.summary} ${words}.`, type: 'integer', enum: row.values.map((v) => v.value) };
  }
  return { ...said, type: 'integer', minimum: row.minimum, maximum: row.maximum };
}

const mapValues = (rows, make) =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, make(row, name)]));

/** The draft-07 schema of all the native forms of contract 4, as a plain object. */
export function makeSchema(catalogue = JSON.parse(readFileSync(settingsFile, 'utf8'))) {
  const { settings, legacy, roots } = catalogue;
  const inCsp = Object.fromEntries(Object.entries(settings).filter(([, row]) => row.csp !== null));
  const uris = Object.fromEntries(Object.values(inCsp).map((row) => [row.csp, row]));
  const reference = (name) => ({ $ref: `#/definitions/values/${name}` });
  const floor = settings.PasswordAgeDays.entraMinimum;
  // Spec 2.3: BackupDirectory 1 replaces the range of PasswordAgeDays. A device raises it, an author is told.
  const consequence = 'then';
  const floorOf = (age, directory) => ({
    if: { type: 'object', properties: { [directory]: { const: 1 } }, required: [directory] },
    [consequence]: { type: 'object', properties: { [age]: { type: 'integer', minimum: floor } } },
  });
  const rootKeys = Object.entries(roots).flatMap(([root, row]) => {
    const body = { $ref: `#/definitions/${root === 'CSP' ? 'csp' : root === 'Legacy' ? 'legacy' : 'settings'}` };
    const keys = [row.key, row.key.replace(/^HKLM/, 'HKEY_LOCAL_MACHINE')];
    if (row.prefix !== null) keys.unshift(row.prefix);
    return keys.map((key) => ({ root, key, body }));
  });
  const form = (names) => ({ type: 'object', propertyNames: { enum: ['$schema', ...names] } });
  const settingsFloor = floorOf('PasswordAgeDays', 'BackupDirectory');
  const properties = {
    $schema: { type: 'string' },
    ...mapValues(settings, (_, name) => reference(name)),
    ...Object.fromEntries(
      Object.entries(legacy)
        .filter(([name]) => settings[name] === undefined)
        .map(([name]) => [name, { $ref: `#/definitions/legacyValues/${name}` }]),
    ),
    ...Object.fromEntries(Object.entries(uris).map(([uri, row]) => [uri, reference(row.registry.name)])),
    ...Object.fromEntries(rootKeys.map(({ key, body }) => [key, body])),
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Windows LAPS policy',
    description: 'Made from settings.json; change that and run the tests with LAPS_UPDATE_GOLDENS=1.',
    type: 'object',
    properties,
    additionalProperties: false,
    anyOf: [
      { ...form(Object.keys(settings)), allOf: [settingsFloor] },
      form(Object.keys(legacy)),
      { ...form(Object.keys(uris)), allOf: [floorOf(settings.PasswordAgeDays.csp, settings.BackupDirectory.csp)] },
      ...Object.keys(roots).map((root) => ({
        ...form(rootKeys.filter((entry) => entry.root === root).map((entry) => entry.key)),
        maxProperties: 2,
      })),
    ],
    definitions: {
      values: mapValues(settings, valueSchema),
      legacyValues: mapValues(legacy, valueSchema),
      settings: {
        type: 'object',
        properties: mapValues(settings, (_, name) => reference(name)),
        additionalProperties: false,
        allOf: [settingsFloor],
      },
      csp: {
        type: 'object',
        properties: mapValues(inCsp, (_, name) => reference(name)),
        additionalProperties: false,
        allOf: [settingsFloor],
      },
      legacy: {
        type: 'object',
        properties: mapValues(legacy, (_, name) => ({ $ref: `#/definitions/legacyValues/${name}` })),
        additionalProperties: false,
      },
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
      const { description: _words, default: _default, ...kept } = valueSchema(row);
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
  if (code.includes('require(')) throw new Error('the compiled validator must stand alone, but it requires a module');
  writeFileSync(validatorFile, `// Made by generate.config.mjs from policies/settings.json. Do not edit.\n${code}`);
}

/**
 * The configuration file of a data folder (contract 1, 2).
 *
 * Knows: how it is kept, by conf with a schema made from the table. Promises: a value that was accepted comes back; one
 * that does not fit is refused before it is kept; a file that was edited wrongly stays where it is, is never passed over,
 * and is told with what is allowed. Must never: hold a secret.
 */
import { readFile } from 'node:fs/promises';
import {
  type Configuration,
  type ConfigurationKey,
  type ConfigurationRow,
  configurationFormats,
  configurationRows,
  configurationTable,
  type Wrong,
  wrongIn,
} from '../core/configuration.ts';
import { LapsError } from '../core/errors.ts';
import { createConfFile, type Facts } from './confFile.ts';

function schemaOf(row: ConfigurationRow): object {
  switch (row.kind) {
    case 'text':
    case 'path':
      return {
        type: 'string',
        pattern: row.pattern,
        maxLength: row.maxLength,
        ...(row.format === undefined ? {} : { format: row.format }),
      };
    case 'word':
      return { type: 'string', enum: row.words };
    case 'integer':
      return { type: 'integer', minimum: row.minimum, maximum: row.maximum };
    case 'switch':
      return { type: 'boolean' };
  }
}
const formats = Object.fromEntries(
  Object.entries(configurationFormats).map(([name, problemOf]) => [
    name,
    (text: string) => problemOf(text) === undefined,
  ]),
);
const schema = Object.fromEntries(configurationRows.map(([name, row]) => [name, schemaOf(row)]));

export interface ConfigurationStore {
  /** The file's path, for people. */
  readonly path: string;
  /** Throws ERR_LAPS_CONFIGURATION when the file is wrong, and as the disk does. */
  read(): Promise<Configuration>;
  /** Sets the members given and forgets those given as null, in one write. Throws ERR_LAPS_USAGE for a wrong value. */
  change(members: { readonly [K in ConfigurationKey]?: Configuration[K] | null }): Promise<Configuration>;
  /** Puts a wrong file aside; its new name, or undefined when there was nothing wrong. */
  putAside(): Promise<string | undefined>;
}

/** The configuration file in `folder`, kept by conf. */
export function createConfiguration(deps: { readonly folder: string }): ConfigurationStore {
  const file = createConfFile<Configuration>({
    folder: deps.folder,
    name: 'configuration',
    schema,
    formats,
    required: [],
    // The parse boundary: conf has held it against the schema, which is made from the same table as the type.
    parse: (facts) => facts as Configuration,
    print: (configuration) => ({ ...configuration }),
    refuse: (problem) =>
      new LapsError('ERR_LAPS_USAGE', {
        message: `that cannot be remembered: ${problem}`,
        hint: `what can be: ${Object.keys(configurationTable).join(', ')}`,
      }),
  });

  /** Which member is wrong, in words; conf says it in the validator's. */
  async function wrongHere(problem: string): Promise<Wrong> {
    const hint = 'mend it; or run: laps repair, which puts it aside and writes anew what the rest of the data tells';
    try {
      const told = wrongIn(JSON.parse(await readFile(file.path, 'utf8')));
      return told ?? { problem, hint };
    } catch {
      // Not even JSON: what conf said is the whole story.
      return { problem, hint };
    }
  }

  async function read(): Promise<Configuration> {
    // A look only: what a person edits is theirs to mend, and must not vanish because a comma is missing.
    const reading = await file.peek();
    if (reading.kind === 'facts') return reading.facts;
    if (reading.kind === 'absent') return {};
    const wrong = await wrongHere(reading.problem);
    throw new LapsError('ERR_LAPS_CONFIGURATION', {
      message: `the configuration ${file.path} is wrong: ${wrong.problem}`,
      hint: wrong.hint,
    });
  }

  return {
    path: file.path,
    read,
    async change(members) {
      const next: Facts = { ...(await read()) };
      for (const [key, value] of Object.entries(members)) {
        if (value === null || value === undefined) delete next[key];
        else next[key] = value;
      }
      // The parse boundary: conf holds it against the schema before it is written.
      await file.write(next as Configuration);
      return next as Configuration;
    },
    async putAside() {
      const reading = await file.read();
      return reading.kind === 'damaged' ? reading.quarantine : undefined;
    },
  };
}

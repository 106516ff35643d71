/**
 * The configuration file of a data folder (contract 1, 2).
 *
 * Knows: how it is kept, by conf with a schema made from the table. Promises: a value that was accepted comes back; one
 * that does not fit is refused before it is kept; a file that was edited wrongly stays where it is, is never passed over,
 * and is told with what is allowed. Must never: hold a secret.
 */
import {
  type Configuration,
  type ConfigurationKey,
  type ConfigurationRow,
  configurationFormats,
  configurationRows,
  configurationTable,
  isConfigurationKey,
} from '../core/configuration.ts';
import { type ConfigurationReading, configurationIn } from '../core/configurationText.ts';
import { isLapsError, LapsError } from '../core/errors.ts';
import { createConfFile, type Facts } from './confFile.ts';
import { readTextFile } from './textFile.ts';

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

const keysOf = (members: object): ConfigurationKey[] => Object.keys(members).filter(isConfigurationKey);

export interface ConfigurationStore {
  /** The file's path, for people. */
  readonly path: string;
  /**
   * Throws ERR_LAPS_CONFIGURATION when the file is wrong, and as the disk does. `without`: members that are left out, and
   * may be wrong.
   */
  read(without?: readonly ConfigurationKey[]): Promise<Configuration>;
  /**
   * Sets the members given and forgets those given as null, in one write; one of them may have been wrong. Throws
   * ERR_LAPS_USAGE for a wrong value.
   */
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

  /** As `read`; `without`: members that are about to be set, and may be wrong now. */
  async function read(without: readonly ConfigurationKey[] = []): Promise<Configuration> {
    // A look only: what a person edits is theirs to mend, and must not vanish because a comma is missing.
    const reading = await file.peek();
    if (reading.kind === 'absent') return {};
    const told = await textRead(without);
    if (told?.kind === 'members' && (reading.kind === 'facts' || without.length > 0)) return told.members;
    const { problem, hint } =
      told?.kind === 'wrong'
        ? told
        : {
            problem: reading.kind === 'damaged' ? reading.problem : 'it cannot be read',
            hint: 'laps repair puts it aside',
          };
    throw new LapsError('ERR_LAPS_CONFIGURATION', {
      message: `the configuration ${file.path} is wrong: ${problem}`,
      hint,
    });
  }

  /** The text as the table judges it; undefined for what is no text file. */
  async function textRead(without: readonly ConfigurationKey[]): Promise<ConfigurationReading | undefined> {
    try {
      return configurationIn(await readTextFile(file.path), without);
    } catch (error) {
      if (isLapsError(error)) return undefined;
      throw error;
    }
  }

  return {
    path: file.path,
    read,
    async change(members) {
      const next: Facts = { ...(await read(keysOf(members))) };
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
      if (reading.kind === 'damaged') return reading.quarantine;
      return reading.kind === 'facts' && (await textRead([]))?.kind !== 'members' ? file.putAside() : undefined;
    },
  };
}

/**
 * What a data folder remembers of how it was set up (contract 1).
 *
 * Knows: each remembered word, its form and nothing of its meaning. Promises: a value that was accepted comes back; one
 * of the wrong form is refused before it is kept. Must never: hold a secret.
 */
import { LapsError } from '../core/errors.ts';
import { createConfFile, type Facts } from './confFile.ts';

/** Everything that is remembered; a member left out was never set. */
export interface Configuration {
  /** Folder with the policy files. */
  readonly policies?: string;
  /** `embedded`, a tenant's URL, or the name of a cloud. */
  readonly tenant?: string;
  readonly tenantPort?: number;
  readonly tenantAdminPort?: number;
  /** PEM file with a private CA that is trusted beside the system's. */
  readonly caFile?: string;
  readonly accounts?: 'simulated' | 'linux';
  /** Real accounts that are otherwise refused: root, those below the first ordinary uid, the one that runs the command. */
  readonly allowRoot?: boolean;
  readonly allowSystem?: boolean;
  readonly allowOwn?: boolean;
  /** Whether a password that something else set is replaced at once (true), or only told until it is due. */
  readonly rotateOnForeignChange?: boolean;
  /** Local group whose members may use the socket. */
  readonly group?: string;
  /** Cron words instead of the hour. */
  readonly schedule?: string;
  /** Windows build the device claims. */
  readonly os?: string;
}

export type ConfigurationKey = keyof Configuration;

const path = { type: 'string', minLength: 1, maxLength: 4096 } as const;
const port = { type: 'integer', minimum: 1, maximum: 65535 } as const;
const yesOrNo = { type: 'boolean' } as const;
const schema = {
  policies: path,
  tenant: { type: 'string', pattern: '^(embedded|global|usgov|china|https://[!-~]{1,2000})$' },
  tenantPort: port,
  tenantAdminPort: port,
  caFile: path,
  accounts: { type: 'string', enum: ['simulated', 'linux'] },
  allowRoot: yesOrNo,
  allowSystem: yesOrNo,
  allowOwn: yesOrNo,
  rotateOnForeignChange: yesOrNo,
  group: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$' },
  schedule: { type: 'string', minLength: 1, maxLength: 200 },
  os: { type: 'string', pattern: '^\\d{1,5}\\.\\d{1,5}\\.\\d{1,6}$' },
} as const satisfies Record<ConfigurationKey, object>;

/** The names a person may get and set. */
export const configurationKeys: readonly string[] = Object.keys(schema);

export interface ConfigurationStore {
  /** Throws ERR_LAPS_DATA_DAMAGED when the file could not be read (it has been put aside), and as the disk does. */
  read(): Promise<Configuration>;
  /** Sets the members given and forgets those given as null, in one write. Throws ERR_LAPS_USAGE for a wrong value. */
  change(members: { readonly [K in ConfigurationKey]?: Configuration[K] | null }): Promise<Configuration>;
}

/** The configuration file in `folder`, kept by conf. */
export function createConfiguration(deps: { readonly folder: string }): ConfigurationStore {
  const file = createConfFile<Configuration>({
    folder: deps.folder,
    name: 'configuration',
    schema,
    required: [],
    // The parse boundary: conf has held it against the schema, which says the same as the type.
    parse: (facts) => facts as Configuration,
    print: (configuration) => ({ ...configuration }),
    refuse: (problem) =>
      new LapsError('ERR_LAPS_USAGE', {
        message: `that cannot be remembered: ${problem}`,
        hint: `what can be: ${configurationKeys.join(', ')}`,
      }),
  });

  async function read(): Promise<Configuration> {
    const reading = await file.read();
    if (reading.kind === 'facts') return reading.facts;
    if (reading.kind === 'absent') return {};
    throw new LapsError('ERR_LAPS_DATA_DAMAGED', {
      message: `the remembered configuration was damaged and put aside as ${reading.quarantine}: ${reading.problem}`,
      hint: 'run the command again with the options you want remembered',
    });
  }

  return {
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
  };
}

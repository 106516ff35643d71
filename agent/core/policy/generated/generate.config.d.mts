/** The build step that makes the schema and the compiled validator from policies/settings.json. */

/** The draft-07 schema as a plain object. */
export function makeSchema(): Record<string, unknown>;
/** The text of policies/laps.schema.json as it should be. */
export function schemaText(): string;
/** Rewrites policies/laps.schema.json. */
export function writeSchema(): void;
/** Writes settingsValidator.mjs beside this file. */
export function writeGenerated(): Promise<void>;

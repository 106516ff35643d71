/** The build step that makes the schema and the compiled validator from policies/settings.json. */

/** The draft-07 schema as a plain object. */
export function makeSchema(): Record<string, unknown>;
/** The text of policies/laps.schema.json as it should be. */
export function schemaText(): string;
/** Rewrites policies/laps.schema.json. */
export function writeSchema(): void;
/** The draft-07 schema of a baseline file as a plain object. */
export function makeBaselineSchema(): Record<string, unknown>;
/** The text of policies/baseline.schema.json as it should be. */
export function baselineSchemaText(): string;
/** Rewrites policies/baseline.schema.json. */
export function writeBaselineSchema(): void;
/** Writes settingsValidator.mjs and baselineValidator.mjs beside this file. */
export function writeGenerated(): Promise<void>;

/** What ajv compiled from policies/baseline.schema.json; made by generate.config.mjs, so only its types are written down. */
import type { CompiledError, CompiledValidator } from './settingsValidator.d.mts';

export type { CompiledError };

/** A whole baseline file. */
export const validateBaseline: CompiledValidator;

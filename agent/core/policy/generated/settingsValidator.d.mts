/** What ajv compiled from policies/settings.json; made by generate.config.mjs, so only its types are written down. */

/** One broken keyword; `params` depends on the keyword (`limit`, `allowedValues`, `additionalProperty`, `type`). */
export interface CompiledError {
  /** JSON pointer: `/PasswordLength`. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface CompiledValidator {
  (data: unknown): boolean;
  errors?: readonly CompiledError[] | null;
}

/** Values of the CSP, GPO and Local roots, by setting name. */
export const validateModern: CompiledValidator;
/** Values of the legacy root, by legacy name. */
export const validateLegacy: CompiledValidator;

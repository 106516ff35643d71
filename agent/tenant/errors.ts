/**
 * Why a tenant could not start: what the caller turns into its own words.
 *
 * Knows: a closed set of codes. Promises: a message for a person, naming the place. Must never: carry a secret.
 */

/** `TENANT_SEED_INVALID`: the seed does not fit; `TENANT_FAULT_INVALID`: a fault could not be understood;
 * `TENANT_DATA_NEWER`, `_DAMAGED`, `_BUSY`: the data file is of a newer program, not what was written, or open elsewhere;
 * `TENANT_DATA_REFUSED`: the disk or its rights keep it from being used now, which says nothing against the file. */
export type TenantErrorCode =
  | 'TENANT_SEED_INVALID'
  | 'TENANT_FAULT_INVALID'
  | 'TENANT_DATA_NEWER'
  | 'TENANT_DATA_DAMAGED'
  | 'TENANT_DATA_BUSY'
  | 'TENANT_DATA_REFUSED';

export class TenantError extends Error {
  readonly code: TenantErrorCode;
  /** Where in the seed, as a JSON pointer. */
  readonly pointer: string | undefined;

  constructor(code: TenantErrorCode, message: string, pointer?: string) {
    super(message);
    this.name = 'TenantError';
    this.code = code;
    this.pointer = pointer;
  }
}

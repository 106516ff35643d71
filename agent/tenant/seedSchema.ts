/**
 * What a seed file may say (contract 5), as a JSON schema.
 *
 * Knows: members and their limits. Promises: draft-07, standard keywords only. Must never: accept a member nobody reads:
 * a misspelt one would be passed over in silence.
 */
import { Ajv, type ValidateFunction } from 'ajv';

const guid = { type: 'string', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' } as const;
const words = { type: 'array', items: { type: 'string', minLength: 1, maxLength: 100 }, uniqueItems: true } as const;
const name = { type: 'string', minLength: 1, maxLength: 256 } as const;

export const seedSchema = {
  type: 'object',
  required: ['tenantId', 'domain', 'users', 'applications'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    tenantId: guid,
    domain: {
      type: 'string',
      pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$',
      maxLength: 200,
    },
    displayName: name,
    users: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['userPrincipalName', 'displayName', 'roles'],
        additionalProperties: false,
        properties: {
          id: guid,
          userPrincipalName: { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+$', maxLength: 256 },
          displayName: name,
          roles: words,
          password: { type: 'string', minLength: 1, maxLength: 256 },
        },
      },
    },
    applications: {
      type: 'array',
      items: {
        type: 'object',
        required: ['appId', 'displayName', 'roles'],
        additionalProperties: false,
        properties: {
          appId: guid,
          displayName: name,
          roles: words,
          scopes: words,
          publicClient: { type: 'boolean' },
          secret: { type: 'string', minLength: 1, maxLength: 256 },
        },
      },
    },
    deviceRegistrationPolicy: {
      type: 'object',
      additionalProperties: false,
      properties: {
        userDeviceQuota: { type: 'integer', minimum: 0 },
        multiFactorAuthConfiguration: { enum: ['notRequired', 'required'] },
        localAdminPassword: {
          type: 'object',
          required: ['isEnabled'],
          additionalProperties: false,
          properties: { isEnabled: { type: 'boolean' } },
        },
      },
    },
  },
} as const;

/** The schema as a judge. In this file so that ajv is loaded only when a seed is read. */
export function compileSeedSchema<T>(): ValidateFunction<T> {
  return new Ajv({ allErrors: false }).compile<T>(seedSchema);
}

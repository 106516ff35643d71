/**
 * The JSON forms of contract 3 as schemas, written down once more by hand: what scripts rely on.
 *
 * Promises: members may be added, none may go missing or change its type. Must never: be made from the product's types.
 */
import assert from 'node:assert/strict';
import { Ajv, type ValidateFunction } from 'ajv';

const text = { type: 'string', minLength: 1 };
const textOrNull = { type: ['string', 'null'] };
const instant = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,7})?Z$' };
const instantOrNull = { anyOf: [instant, { type: 'null' }] };
const guid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' };
const guidOrNull = { anyOf: [guid, { type: 'null' }] };
const yesOrNo = { type: 'boolean' };
const count = { type: 'integer', minimum: 0 };

/** All members required. */
const object = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
const oneOf = (...values: string[]) => ({ enum: values });

const told = object({ code: { type: 'string', pattern: '^ERR_LAPS_' }, message: text, hint: textOrNull });

const check = object({
  check: text,
  result: oneOf('ok', 'trouble', 'notReached'),
  text,
  code: textOrNull,
  hint: textOrNull,
});

const forms = {
  status: object({
    daemon: object({ running: yesOrNo }),
    data: text,
    policies: text,
    device: object({
      deviceId: guidOrNull,
      displayName: textOrNull,
      joinType: oneOf('entra', 'hybrid', 'registered', 'none'),
      tenantId: textOrNull,
      endpoint: textOrNull,
      os: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' },
    }),
    policy: object({ source: oneOf('CSP', 'GPO', 'Local', 'Legacy', 'none'), settings: { type: 'object' } }),
    managedAccount: {
      anyOf: [
        object({ name: text, sid: { type: 'string', pattern: '^S-1-5-21-\\d+-\\d+-\\d+-\\d+$' } }),
        { type: 'null' },
      ],
    },
    lastPasswordUpdate: instantOrNull,
    passwordExpiry: instantOrNull,
    nextCycle: instantOrNull,
    rotation: object({ state: oneOf('idle', 'prepared', 'escrowed', 'applied'), hold: yesOrNo, inDoubt: count }),
    postAuthentication: { type: ['object', 'null'] },
    lastFailure: { type: ['object', 'null'] },
    healthy: yesOrNo,
  }),
  answer: object({
    outcome: oneOf('rotated', 'unchanged', 'blocked', 'failed'),
    rotationId: guidOrNull,
    events: { type: 'array', minItems: 1, items: { type: 'integer', minimum: 10000, maximum: 59999 } },
    passwordExpiry: instantOrNull,
    error: { anyOf: [told, { type: 'null' }] },
  }),
  event: object({
    time: instant,
    id: { type: 'integer', minimum: 10000, maximum: 59999 },
    level: oneOf('info', 'warning', 'error'),
    name: text,
    message: text,
    cycleId: textOrNull,
    fields: { type: 'object' },
  }),
  recovered: {
    type: 'array',
    items: object({
      DeviceName: text,
      DeviceId: guid,
      Account: textOrNull,
      Password: textOrNull,
      PasswordExpirationTime: instantOrNull,
      PasswordUpdateTime: instantOrNull,
    }),
  },
  devices: {
    type: 'array',
    items: object({ DeviceName: text, DeviceId: guid, LastBackupDateTime: instant, PasswordExpirationTime: instant }),
  },
  tenant: object({
    ready: { const: true },
    url: { type: 'string', pattern: '^https://localhost:\\d+$' },
    adminUrl: { type: 'string', pattern: '^http://127\\.0\\.0\\.1:\\d+$' },
    adminTokenFile: text,
    tenantId: guid,
    domain: text,
    caFile: text,
    credentialsFile: text,
  }),
  doctor: object({
    healthy: yesOrNo,
    checks: { type: 'array', minItems: 17, items: check },
    finding: { anyOf: [check, { type: 'null' }] },
    error: { anyOf: [told, { type: 'null' }] },
  }),
  error: object({ error: told }),
};

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const compiled = new Map<string, ValidateFunction>();

/** Fails unless `value` has the form. */
export function assertForm(name: keyof typeof forms, value: unknown): void {
  const validate = compiled.get(name) ?? ajv.compile(forms[name]);
  compiled.set(name, validate);
  assert.ok(validate(value), `not the form of ${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
}

/** A member by path, for values that passed {@link assertForm}. */
export function at(value: unknown, ...path: ReadonlyArray<string | number>): unknown {
  return path.reduce<unknown>((found, step) => {
    if (typeof found !== 'object' || found === null) return undefined;
    return Object.entries(found).find(([key]) => key === String(step))?.[1];
  }, value);
}

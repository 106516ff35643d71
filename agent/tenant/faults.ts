/**
 * Faults: how the tenant is made to misbehave, on purpose and by name (contract 2, `--fault`).
 *
 * Knows: operations, effects, counts. Promises: a fault that cannot be understood is refused with what would have been
 * right; a counted one ends by itself; what is active can be listed. Must never: change anything while none is active.
 */
import { type DrsSubcode, drsRefusals } from './envelopes.ts';
import { TenantError } from './errors.ts';

export const faultOperations = ['discovery', 'join', 'leave', 'nonce', 'token', 'backup', 'graph', 'any'] as const;
export type FaultOperation = (typeof faultOperations)[number];
/** What one request is, for faults: everything but `any`; null for what no fault but `any` touches. */
export type Operation = Exclude<FaultOperation, 'any'> | null;

export type Effect =
  | { readonly kind: 'drop-reply-before-store' }
  | { readonly kind: 'drop-reply-after-store' }
  | { readonly kind: 'drop-mid-body' }
  /** 429 in the service's own shape, nothing stored. `retryAfter` is the header's text; undefined: 30 s. */
  | { readonly kind: 'throttle'; readonly seconds: number; readonly asDate: boolean }
  /** 503 in the service's own shape, nothing stored. */
  | { readonly kind: 'unavailable' }
  /** The service itself says so, in its own shape, and stores nothing. */
  | { readonly kind: 'status'; readonly status: number }
  /** Something in between says so, in no shape of ours, after the service stored. */
  | { readonly kind: 'status-after-store'; readonly status: number }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'hang-after-store' }
  /** A 200 from something in between; the service never saw the request. */
  | { readonly kind: 'html' }
  /** Stored, but the reply comes back without body and without echo. */
  | { readonly kind: 'empty' }
  /** Stored, but the JSON is cut in half. */
  | { readonly kind: 'malformed' }
  /** Stored, but the reply is that of another request. */
  | { readonly kind: 'wrong-echo' }
  | { readonly kind: 'redirect'; readonly url: string }
  /** The request is carried out twice, as when it was delivered twice. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'clock-skew'; readonly seconds: number }
  | { readonly kind: 'refuse'; readonly subcode: DrsSubcode };

export interface Fault {
  readonly operation: FaultOperation;
  readonly effect: Effect;
  /** Requests it still touches; Infinity until removed. */
  readonly left: number;
  /** As it was written. */
  readonly spec: string;
}

/** Operations of the registration service, whose subcodes `refuse` names. */
const refusable: readonly FaultOperation[] = ['discovery', 'join', 'leave', 'backup'];
const subcodes = Object.keys(drsRefusals);

function isSubcode(text: string): text is DrsSubcode {
  return Object.hasOwn(drsRefusals, text);
}

const shapes = [
  'drop-reply-before-store',
  'drop-reply-after-store',
  'drop-mid-body',
  'throttle[=SECONDS|=httpdate]',
  'unavailable',
  'status=NNN',
  'status-after-store=NNN',
  'delay=5s',
  'hang',
  'hang-after-store',
  'html',
  'empty',
  'malformed',
  'wrong-echo',
  'redirect=URL',
  'duplicate',
  'clock-skew=+SECONDS',
  'refuse=SUBCODE',
] as const;

/** For help texts: what OP and EFFECT may be. */
export const faultHelp = `OP is one of ${faultOperations.join(', ')}; EFFECT one of ${shapes.join(', ')}; COUNT is how many requests it touches (without: all)`;

function refuse(spec: string, why: string): never {
  throw new TenantError(
    'TENANT_FAULT_INVALID',
    `fault "${spec}": ${why}; expected OP:EFFECT[:COUNT], where ${faultHelp}`,
  );
}

function isOperation(text: string): text is FaultOperation {
  return faultOperations.some((operation) => operation === text);
}

/** Throws TENANT_FAULT_INVALID, naming what is possible. A redirect with a count needs a path in its URL. */
export function parseFault(spec: string): Fault {
  const colon = spec.indexOf(':');
  const operation = spec.slice(0, Math.max(colon, 0));
  if (!isOperation(operation)) refuse(spec, `"${operation || spec}" is no operation`);
  const rest = spec.slice(colon + 1);
  const counted = rest.startsWith('redirect=')
    ? /^(redirect=[a-z]+:\/\/[^/]+\/.*?)(?::(\d+))?$/.exec(rest)
    : /^([^:]*)(?::(\d+))?$/.exec(rest);
  const text = counted?.[1] ?? (rest.startsWith('redirect=') ? rest : undefined);
  if (text === undefined) refuse(spec, 'COUNT is not a number');
  const count = counted?.[2];
  if (count !== undefined && (Number(count) < 1 || count.length > 6)) refuse(spec, 'COUNT is at least 1');
  const effect = parseEffect(spec, text);
  if (effect.kind === 'refuse' && !refusable.includes(operation)) {
    refuse(spec, `refuse speaks for the registration service: OP must be one of ${refusable.join(', ')}`);
  }
  return { operation, effect, left: count === undefined ? Infinity : Number(count), spec };
}

function parseEffect(spec: string, text: string): Effect {
  const equals = text.indexOf('=');
  const kind = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? undefined : text.slice(equals + 1);
  const number = (pattern: RegExp, what: string): number => {
    if (value === undefined || !pattern.test(value)) refuse(spec, `${kind} needs ${what}`);
    return Number.parseInt(value, 10);
  };
  switch (kind) {
    case 'throttle':
      if (value === 'httpdate') return { kind, seconds: 30, asDate: true };
      return {
        kind,
        seconds: value === undefined ? 30 : number(/^\d{1,9}$/, 'whole seconds or httpdate'),
        asDate: false,
      };
    case 'status':
    case 'status-after-store':
      return { kind, status: number(/^[2-5]\d\d$/, 'a status from 200 to 599') };
    case 'delay': {
      const amount = number(/^\d{1,6}(ms|s)$/, 'a time such as 5s or 250ms');
      return { kind, ms: value?.endsWith('ms') === true ? amount : amount * 1000 };
    }
    case 'clock-skew':
      return { kind, seconds: number(/^[+-]?\d{1,10}$/, 'seconds such as +3600 or -60') };
    case 'redirect':
      if (value === undefined || !/^https?:\/\/[!-~]+$/.test(value))
        refuse(spec, 'redirect needs an http or https URL');
      return { kind, url: value };
    case 'refuse':
      if (value === undefined || !isSubcode(value)) refuse(spec, `refuse needs one of ${subcodes.join(', ')}`);
      return { kind, subcode: value };
    case 'drop-reply-before-store':
    case 'drop-reply-after-store':
    case 'drop-mid-body':
    case 'unavailable':
    case 'hang':
    case 'hang-after-store':
    case 'html':
    case 'empty':
    case 'malformed':
    case 'wrong-echo':
    case 'duplicate':
      if (value !== undefined) refuse(spec, `${kind} takes no value`);
      return { kind };
    default:
      return refuse(spec, `"${kind}" is no effect`);
  }
}

/** The active faults. */
export interface FaultBoard {
  /** All or none: throws TENANT_FAULT_INVALID before anything is added. */
  add(specs: readonly string[]): void;
  list(): readonly Fault[];
  clear(): void;
  /**
   * The effects on one request, counted down: every delay, skew and duplicate that applies, and the first other one.
   */
  take(operation: Operation): readonly Effect[];
}

export function createFaultBoard(specs: readonly string[]): FaultBoard {
  let faults: readonly Fault[] = specs.map(parseFault);
  return {
    add(more) {
      faults = [...faults, ...more.map(parseFault)];
    },
    list: () => faults,
    clear() {
      faults = [];
    },
    take(operation) {
      const taken: Effect[] = [];
      let verdict = false;
      faults = faults.flatMap((fault) => {
        const modifier = ['delay', 'clock-skew', 'duplicate'].includes(fault.effect.kind);
        const applies = fault.operation === 'any' || fault.operation === operation;
        if (!applies || (verdict && !modifier)) return [fault];
        if (!modifier) verdict = true;
        taken.push(fault.effect);
        return fault.left <= 1 ? [] : [{ ...fault, left: fault.left - 1 }];
      });
      return taken;
    },
  };
}

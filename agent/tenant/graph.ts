/**
 * What every Graph operation does first: who asks, and may they.
 *
 * Knows: the order: token, principal, permission. Promises: nothing of the directory is looked at for a caller who may
 * not. Must never: tell a refused caller whether a thing exists.
 */
import type { OutgoingReply } from '../edge/httpServer.ts';
import { type Action, type Caller, mayCaller } from './access.ts';
import { type Exchange, headerOf, type OperationHandler } from './context.ts';
import { graphError } from './envelopes.ts';
import { callerOf } from './tokens.ts';

/** An operation that is told who asks, and may put further questions about them. */
export type GraphHandler = (
  exchange: Exchange,
  caller: Caller,
  may: (action: Action) => boolean,
) => OutgoingReply | Promise<OutgoingReply>;

/** `action` null: any valid caller; the operation asks for itself. */
export function guarded(action: Action | null, handler: GraphHandler): OperationHandler {
  return async (exchange) => {
    const { tenant, request, voice, at, note } = exchange;
    const claims = await tenant.tokens.read(headerOf(request, 'authorization'), 'graph', at);
    const caller = claims && callerOf(claims, tenant.store.principals);
    if (caller === undefined) return graphError(voice, 'InvalidAuthenticationToken');
    note('caller', caller.kind === 'user' ? caller.userPrincipalName : caller.displayName);
    if (tenant.limits.requireUserAgent && headerOf(request, 'user-agent') === undefined) {
      return graphError(voice, 'BadRequest', { message: 'The User-Agent header is required.' });
    }
    const may = (wanted: Action) => {
      const verdict = mayCaller(caller, wanted);
      if (!verdict.allowed) note('refused', `${wanted}: ${verdict.missing}`);
      return verdict.allowed;
    };
    if (action !== null && !may(action)) return graphError(voice, 'Authorization_RequestDenied');
    return handler(exchange, caller, may);
  };
}

/** `https://host/v1.0/$metadata#…`. */
export function contextOf({ tenant, param }: Exchange, what: string): string {
  return `${tenant.origin}/${param('version')}/$metadata#${what}`;
}

/** The address of the page after this one: the same query with the token in place. */
export function nextLink({ tenant, request }: Exchange, token: string): string {
  const query = new URLSearchParams(request.query);
  query.set('$skiptoken', token);
  return `${tenant.origin}${request.path}?${query.toString().replaceAll('%24', '$')}`;
}

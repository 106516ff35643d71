/**
 * The tenant's switch in Graph: `policies/deviceRegistrationPolicy`, get and put (wire 5).
 *
 * Knows: the singleton's fixed members. Promises: a put answers with the whole object as it now is. Must never: change a
 * part of it for a body that is refused.
 */
import { writeAudit } from '../auditRecords.ts';
import type { Exchange } from '../context.ts';
import { graphError, graphReply } from '../envelopes.ts';
import { contextOf, type GraphHandler } from '../graph.ts';
import { isJson, parseJson } from '../plain.ts';
import { fixedMembers, policyOf, type RegistrationPolicy, readPolicy, writePolicy } from '../policy.ts';

function entityOf(exchange: Exchange, policy: RegistrationPolicy) {
  return {
    '@odata.context': contextOf(exchange, 'deviceRegistrationPolicy'),
    ...fixedMembers,
    ...policy,
  };
}

/** `GET /policies/deviceRegistrationPolicy`. */
export const getRegistrationPolicy: GraphHandler = (exchange) =>
  graphReply(exchange.voice, entityOf(exchange, readPolicy(exchange.tenant.store.meta)));

/** `PUT /policies/deviceRegistrationPolicy`. */
export const putRegistrationPolicy: GraphHandler = (exchange, caller) => {
  const { tenant, request, voice, note } = exchange;
  const body = parseJson(request.body);
  const policy = isJson(body) ? policyOf(body, readPolicy(tenant.store.meta)) : 'The request body is not valid JSON.';
  if (typeof policy === 'string') return graphError(voice, 'BadRequest', { message: policy });
  tenant.store.transaction(() => {
    writePolicy(tenant.store.meta, policy);
    writeAudit(exchange, {
      activity: 'Set device registration policies',
      category: 'Policy',
      operationType: 'Update',
      result: 'success',
      by: caller,
      info: `localAdminPassword.isEnabled ${policy.localAdminPassword.isEnabled}, userDeviceQuota ${policy.userDeviceQuota}`,
    });
  });
  note('lapsEnabled', String(policy.localAdminPassword.isEnabled));
  return graphReply(voice, entityOf(exchange, policy));
};

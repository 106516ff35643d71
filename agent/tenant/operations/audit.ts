/**
 * The audit journal in Graph: `auditLogs/directoryAudits`, list and get (wire 6).
 *
 * Knows: what may be filtered by. Promises: newest first unless asked otherwise; pages hold while records are added.
 * Must never: write.
 */
import { graphError, graphReply } from '../envelopes.ts';
import { contextOf, type GraphHandler, nextLink } from '../graph.ts';
import { isRefused, type ListQuery, type Offer, readListQuery, selected, tokenOf } from '../odata.ts';
import { type Json, member } from '../plain.ts';
import type { AuditEntry, AuditStore } from '../store/audits.ts';

const offer: Offer = {
  filters: {
    activityDateTime: ['eq', 'ge', 'le'],
    activityDisplayName: ['eq', 'startswith'],
    category: ['eq'],
    correlationId: ['eq'],
    id: ['eq'],
    loggedByService: ['eq'],
    result: ['eq'],
    'initiatedBy/user/id': ['eq'],
    'initiatedBy/user/displayName': ['eq'],
    'initiatedBy/user/userPrincipalName': ['eq', 'startswith'],
    'initiatedBy/app/appId': ['eq'],
    'initiatedBy/app/displayName': ['eq'],
    'targetResources/any/id': ['eq'],
    'targetResources/any/displayName': ['eq', 'startswith'],
  },
  orders: ['activityDateTime'],
  // Not among the options of this list (wire 6).
  counts: false,
  selects: [
    'id',
    'category',
    'correlationId',
    'result',
    'resultReason',
    'activityDisplayName',
    'activityDateTime',
    'loggedByService',
    'operationType',
    'initiatedBy',
    'targetResources',
    'additionalDetails',
  ],
};

/** `GET /auditLogs/directoryAudits`. */
export const listAudits: GraphHandler = (exchange) => {
  const { tenant, request, voice } = exchange;
  const query = readListQuery(request.query, offer);
  if (isRefused(query)) return graphError(voice, 'BadRequest', { message: query.refused });
  const found = search(tenant.store.audits, query);
  const last = found.more ? found.entries.at(-1) : undefined;
  return graphReply(voice, {
    '@odata.context': contextOf(exchange, 'auditLogs/directoryAudits'),
    ...(last === undefined ? {} : { '@odata.nextLink': nextLink(exchange, tokenOf({ seq: last.seq })) }),
    value: found.entries.map((entry) => selected(entry.record, query.select)),
  });
};

/** Walks the journal in chunks until a page is full: records are written in the order of their times. */
function search(audits: AuditStore, query: ListQuery) {
  const entries: AuditEntry[] = [];
  const ascending = query.order !== undefined && !query.order.descending;
  const token = query.after === undefined ? undefined : member(query.after, 'seq');
  let seq = typeof token === 'number' ? token : ascending ? 0 : Number.MAX_SAFE_INTEGER;
  for (;;) {
    const chunk = audits.page(ascending ? { afterSeq: seq } : { beforeSeq: seq }, 500);
    for (const entry of chunk) {
      if (!query.test(entry.record)) continue;
      if (entries.length === query.top) return { entries, more: true };
      entries.push(entry);
    }
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < 500) return { entries, more: false };
    seq = last.seq;
  }
}

/** `GET /auditLogs/directoryAudits/{id}`. */
export const getAudit: GraphHandler = (exchange) => {
  const { tenant, param, voice } = exchange;
  const record: Json | undefined = tenant.store.audits.byId(param('id'));
  if (record === undefined) return graphError(voice, 'ResourceNotFound');
  return graphReply(voice, {
    '@odata.context': contextOf(exchange, 'auditLogs/directoryAudits/$entity'),
    ...record,
  });
};

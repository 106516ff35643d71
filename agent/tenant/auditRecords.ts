/**
 * What the directory writes down about itself (wire 6).
 *
 * Knows: the records' shape. Promises: the record is durable when the call returns (inside a transaction: with it). Must
 * never: hold a password.
 */
import type { Caller } from './access.ts';
import { type Exchange, headerOf } from './context.ts';
import { stampOf } from './instants.ts';
import { cleanText } from './plain.ts';

/** The Device Registration Service, which acts where the device does (wire 6, project-owned). */
const registrationService = {
  displayName: 'Device Registration Service',
  appId: '01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9',
  servicePrincipalId: null,
  servicePrincipalName: null,
};

export interface AuditFacts {
  readonly activity: string;
  readonly category: 'Device' | 'Policy';
  readonly operationType: 'Update' | 'Read' | 'Add' | 'Delete';
  readonly result: 'success' | 'failure';
  readonly reason?: string;
  /** Undefined: the registration service. */
  readonly by?: Caller | undefined;
  readonly target?: { readonly id: string | null; readonly displayName: string | null } | undefined;
  readonly deviceId?: string;
  readonly info?: string;
}

export function writeAudit({ tenant, request, at, voice }: Exchange, facts: AuditFacts): void {
  const recordId = tenant.newId();
  const correlationId = (voice.clientRequestId ?? voice.requestId).replace(/[{}]/g, '').toLowerCase();
  const id = `Device Registration Service_${correlationId}_${recordId.slice(0, 5).toUpperCase()}_${recordId.slice(24)}`;
  const agent = headerOf(request, 'user-agent');
  const details = [
    ['AdditionalInfo', facts.info],
    ['Device Id', facts.deviceId],
    ['User-Agent', agent === undefined ? undefined : cleanText(agent)],
  ].flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
  tenant.store.audits.add(id, {
    id,
    category: facts.category,
    correlationId,
    result: facts.result,
    resultReason: facts.reason ?? '',
    activityDisplayName: facts.activity,
    activityDateTime: stampOf(at),
    loggedByService: 'Device Registration Service',
    operationType: facts.operationType,
    initiatedBy: initiator(facts.by, request.remoteAddress),
    targetResources: facts.target === undefined ? [] : [{ ...facts.target, type: 'Device', ...targetRest }],
    additionalDetails: details,
  });
}

const targetRest = { userPrincipalName: null, groupType: null, modifiedProperties: [] };

function initiator(by: Caller | undefined, ipAddress: string) {
  if (by === undefined) return { app: registrationService, user: null };
  if (by.kind === 'application') {
    const { appId, displayName, id } = by;
    return { app: { appId, displayName, servicePrincipalId: id, servicePrincipalName: null }, user: null };
  }
  return { app: null, user: { id: by.id, displayName: null, userPrincipalName: by.userPrincipalName, ipAddress } };
}

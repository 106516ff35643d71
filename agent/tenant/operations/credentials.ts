/**
 * Recovery: `deviceLocalCredentials`, list and get, in all four addresses (wire 4).
 *
 * Knows: the entity. Promises: a password leaves only for a caller who may read it, only where `credentials` was asked
 * for by name, and only after the audit record is on the disk. Must never: put a password into a list.
 */
import type { OutgoingReply } from '../../edge/httpServer.ts';
import { writeAudit } from '../auditRecords.ts';
import { graphError, graphReply, graphText } from '../envelopes.ts';
import { contextOf, type GraphHandler, nextLink } from '../graph.ts';
import { isRefused, pageOf, readListQuery, readSelect, selected } from '../odata.ts';
import type { Json } from '../plain.ts';
import type { CredentialSummary } from '../store/credentials.ts';

const names = ['id', 'deviceName', 'lastBackupDateTime', 'refreshDateTime'];
const offer = {
  filters: {
    id: ['eq'],
    deviceName: ['eq', 'startswith'],
    lastBackupDateTime: ['eq', 'ge', 'le'],
    refreshDateTime: ['eq', 'ge', 'le'],
  },
  orders: names,
  // In a list it is understood and asks for nothing: lists never hold passwords (wire 4.2).
  selects: [...names, 'credentials'],
} as const;

function entityOf(summary: CredentialSummary): Json {
  const { deviceId: id, deviceName, lastBackupDateTime, refreshDateTime } = summary;
  return { id, deviceName, lastBackupDateTime, refreshDateTime };
}

/** `GET …/deviceLocalCredentials`. */
export const listCredentials: GraphHandler = (exchange) => {
  const { tenant, request, voice } = exchange;
  const query = readListQuery(request.query, offer);
  if (isRefused(query)) return graphError(voice, 'BadRequest', { message: query.refused });
  const { page, next, total } = pageOf(tenant.credentials.summaries().map(entityOf), query, 'id');
  const asked = query.select?.filter((name) => name !== 'credentials');
  // Alone it leaves the metadata, as in the address of one device.
  const wanted = asked?.length === 0 ? undefined : asked;
  return graphReply(voice, {
    '@odata.context': contextOf(exchange, `${folder(exchange)}deviceLocalCredentials`),
    ...(query.count ? { '@odata.count': total } : {}),
    ...(next === undefined ? {} : { '@odata.nextLink': nextLink(exchange, next) }),
    value: page.map((row) => selected(row, wanted)),
  });
};

/** `GET …/deviceLocalCredentials/$count`. */
export const countCredentials: GraphHandler = ({ tenant, request, voice }) => {
  const query = readListQuery(request.query, offer);
  if (isRefused(query)) return graphError(voice, 'BadRequest', { message: query.refused });
  return graphText(voice, String(tenant.credentials.summaries().map(entityOf).filter(query.test).length));
};

/** `GET …/deviceLocalCredentials/{deviceId}`; the key is the deviceId, not the object id (wire 4.1). */
export const getCredentials: GraphHandler = (exchange, caller, may): OutgoingReply => {
  const { tenant, request, voice, param, note } = exchange;
  for (const name of request.query.keys()) {
    if (name.startsWith('$') && name !== '$select') {
      return graphError(voice, 'BadRequest', { message: `The query option ${name} is not supported here.` });
    }
  }
  const select = readSelect(request.query, offer);
  if (isRefused(select)) return graphError(voice, 'BadRequest', { message: select.refused });
  const withPasswords = select.names?.includes('credentials') === true;
  if (withPasswords && !may('readLapsPassword')) return graphError(voice, 'Authorization_RequestDenied');

  const deviceId = param('deviceId').toLowerCase();
  note('device', deviceId);
  const summary = tenant.credentials.summary(deviceId);
  const device = tenant.store.devices.byDeviceId(deviceId);
  if (summary === undefined || device === undefined) {
    return graphError(voice, 'ResourceNotFound', { message: 'No local credential is stored for this device.' });
  }
  const path = `${folder(exchange)}deviceLocalCredentials`;
  if (!withPasswords) {
    return graphReply(voice, { '@odata.context': contextOf(exchange, `${path}/$entity`), ...entityOf(summary) });
  }
  const credentials = tenant.credentials.recover(deviceId).map((credential) => ({
    accountName: credential.accountName,
    accountSid: credential.accountSid,
    backupDateTime: credential.backupDateTime,
    // UTF-8, whatever the documentation's sample suggests (wire 4.3).
    passwordBase64: Buffer.from(credential.password, 'utf8').toString('base64'),
  }));
  writeAudit(exchange, {
    activity: 'Recover device local administrator password',
    category: 'Device',
    operationType: 'Read',
    result: 'success',
    by: caller,
    target: { id: device.id, displayName: device.displayName },
    deviceId,
    info: 'Successfully recovered local credential by device id',
  });
  return graphReply(voice, {
    '@odata.context': contextOf(exchange, `${path}(credentials)/$entity`),
    ...entityOf(summary),
    credentials,
  });
};

/** The address with `/directory` says so in its context. */
function folder({ request }: { readonly request: { readonly path: string } }): string {
  return /^\/[^/]+\/directory\//i.test(request.path) ? 'directory/' : '';
}

/**
 * Devices in Graph (wire 9): read, change, delete, by object id or by deviceId.
 *
 * Knows: the entity and which members may be written. Promises: deleting a device takes its credentials with it, for
 * ever; every change is audited. Must never: let an application delete, or anybody but two roles enable and disable.
 */
import type { OutgoingReply } from '../../edge/httpServer.ts';
import { writeAudit } from '../auditRecords.ts';
import type { Exchange } from '../context.ts';
import { graphError, graphReply, graphText } from '../envelopes.ts';
import { contextOf, type GraphHandler, nextLink } from '../graph.ts';
import { secondOf } from '../instants.ts';
import { isRefused, pageOf, readListQuery, readSelect, selected } from '../odata.ts';
import { cleanText, isGuid, isJson, type Json, member, parseJson } from '../plain.ts';
import type { Device, DeviceChange } from '../store/devices.ts';

const members = [
  'id',
  'deletedDateTime',
  'accountEnabled',
  'approximateLastSignInDateTime',
  'deviceId',
  'deviceOwnership',
  'deviceVersion',
  'displayName',
  'enrollmentType',
  'isCompliant',
  'isManaged',
  'managementType',
  'manufacturer',
  'mdmAppId',
  'model',
  'operatingSystem',
  'operatingSystemVersion',
  'physicalIds',
  'profileType',
  'registrationDateTime',
  'systemLabels',
  'trustType',
  'alternativeSecurityIds',
];
const offer = {
  filters: {
    id: ['eq'],
    deviceId: ['eq'],
    displayName: ['eq', 'startswith'],
    accountEnabled: ['eq'],
    trustType: ['eq'],
    operatingSystem: ['eq', 'startswith'],
  },
  orders: ['displayName', 'id'],
  selects: members,
} as const;

function entityOf(device: Device): Json {
  return {
    id: device.id,
    deletedDateTime: null,
    accountEnabled: device.accountEnabled,
    approximateLastSignInDateTime: secondOf(device.lastSignInAt),
    deviceId: device.deviceId,
    deviceOwnership: null,
    deviceVersion: 2,
    displayName: device.displayName,
    enrollmentType: null,
    isCompliant: null,
    isManaged: null,
    managementType: null,
    manufacturer: null,
    mdmAppId: null,
    model: null,
    operatingSystem: device.operatingSystem,
    operatingSystemVersion: device.operatingSystemVersion,
    physicalIds: [],
    profileType: 'RegisteredDevice',
    registrationDateTime: secondOf(device.registeredAt),
    systemLabels: [],
    trustType: device.trustType,
    alternativeSecurityIds: [{ type: 2, identityProvider: null, key: thumbprintKey(device) }],
    ...device.extra,
  };
}

/** How the directory carries a device's certificate: its thumbprint, encoded. */
function thumbprintKey(device: Device): string {
  return Buffer.from(`X509:<SHA1-TP-PUBKEY>${device.thumbprint}`, 'utf16le').toString('base64');
}

/** `GET /devices`. */
export const listDevices: GraphHandler = (exchange) => {
  const { tenant, request, voice } = exchange;
  const query = readListQuery(request.query, offer);
  if (isRefused(query)) return graphError(voice, 'Request_BadRequest', { message: query.refused });
  const { page, next, total } = pageOf(tenant.store.devices.all().map(entityOf), query, 'id');
  return graphReply(voice, {
    '@odata.context': contextOf(exchange, 'devices'),
    ...(query.count ? { '@odata.count': total } : {}),
    ...(next === undefined ? {} : { '@odata.nextLink': nextLink(exchange, next) }),
    value: page.map((row) => selected(row, query.select)),
  });
};

/** `GET /devices/$count`. */
export const countDevices: GraphHandler = ({ tenant, request, voice }) => {
  const query = readListQuery(request.query, offer);
  if (isRefused(query)) return graphError(voice, 'Request_BadRequest', { message: query.refused });
  return graphText(voice, String(tenant.store.devices.all().map(entityOf).filter(query.test).length));
};

/** `GET /devices/{id}` and `/devices(deviceId='{deviceId}')`. */
export const getDevice: GraphHandler = (exchange) => {
  const { request, voice } = exchange;
  const select = readSelect(request.query, offer);
  if (isRefused(select)) return graphError(voice, 'Request_BadRequest', { message: select.refused });
  const device = addressed(exchange);
  if (device === undefined) return notFound(exchange);
  return graphReply(voice, {
    '@odata.context': contextOf(exchange, 'devices/$entity'),
    ...selected(entityOf(device), select.names),
  });
};

/** Members an administrator or a management system may write; the others are the directory's own. */
const writable: ReadonlyMap<string, 'text' | 'boolean'> = new Map([
  ['displayName', 'text'],
  ['operatingSystem', 'text'],
  ['operatingSystemVersion', 'text'],
  ['accountEnabled', 'boolean'],
  ['isCompliant', 'boolean'],
  ['isManaged', 'boolean'],
]);

/** `PATCH /devices/…`. */
export const patchDevice: GraphHandler = (exchange, caller, may) => {
  const { tenant, request, voice } = exchange;
  const body = parseJson(request.body);
  const change = isJson(body) ? changeOf(body) : 'The request body is not valid JSON.';
  if (typeof change === 'string') return graphError(voice, 'Request_BadRequest', { message: change });
  if (change.accountEnabled !== undefined && !may('enableOrDisableDevice')) {
    return graphError(voice, 'Authorization_RequestDenied');
  }
  const device = addressed(exchange);
  if (device === undefined) return notFound(exchange);
  tenant.store.transaction(() => {
    tenant.store.devices.change(device.deviceId, change);
    const disabled = change.accountEnabled === false && device.accountEnabled;
    writeAudit(exchange, {
      activity: disabled ? 'Disable device' : 'Update device',
      category: 'Device',
      operationType: 'Update',
      result: 'success',
      by: caller,
      target: { id: device.id, displayName: device.displayName },
      deviceId: device.deviceId,
    });
  });
  return graphReply(voice);
};

function changeOf(body: Json): DeviceChange | string {
  const extra: Record<string, boolean> = {};
  let change: DeviceChange = {};
  for (const name of Object.keys(body)) {
    if (name.startsWith('@odata.')) continue;
    const kind = writable.get(name);
    const value = member(body, name);
    if (kind === undefined) {
      return members.includes(name)
        ? `Property '${name}' is read-only and cannot be set.`
        : `Could not find a property named '${cleanText(name)}' on a device.`;
    }
    if (kind === 'boolean') {
      if (typeof value !== 'boolean') return `Property '${name}' must be true or false.`;
      if (name === 'accountEnabled') change = { ...change, accountEnabled: value };
      else extra[name] = value;
    } else {
      if (typeof value !== 'string' || value === '' || value.length > 255) {
        return `Property '${name}' must be a text of 1 to 255 characters.`;
      }
      if (/\p{Cc}/u.test(value)) return `Property '${name}' must not hold control characters.`;
      change = { ...change, [name]: value };
    }
  }
  return Object.keys(extra).length > 0 ? { ...change, extra } : change;
}

/** `DELETE /devices/…`. */
export const deleteDevice: GraphHandler = (exchange, caller) => {
  const { tenant, voice } = exchange;
  const device = addressed(exchange);
  if (device === undefined) return notFound(exchange);
  tenant.store.transaction(() => {
    tenant.store.devices.remove(device.deviceId);
    writeAudit(exchange, {
      activity: 'Delete device',
      category: 'Device',
      operationType: 'Delete',
      result: 'success',
      by: caller,
      target: { id: device.id, displayName: device.displayName },
      deviceId: device.deviceId,
    });
  });
  return graphReply(voice);
};

function addressed({ tenant, param, note }: Exchange): Device | undefined {
  const [objectId, deviceId] = [param('id'), param('deviceId')];
  const device =
    deviceId !== '' ? tenant.store.devices.byDeviceId(deviceId) : tenant.store.devices.byObjectId(objectId);
  if (device !== undefined) note('device', device.deviceId);
  return device;
}

function notFound({ voice, param }: Exchange): OutgoingReply {
  const id = param('deviceId') || param('id');
  const message = isGuid(id)
    ? `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`
    : 'The id is not a GUID.';
  return graphError(voice, isGuid(id) ? 'Request_ResourceNotFound' : 'Request_BadRequest', { message });
}

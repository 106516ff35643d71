/**
 * The LAPS backup call (wire 3.1 to 3.3): a device hands over the password it is about to set.
 *
 * Knows: the checks, in the wire's order: token, tenant, device, enabled, switch, limit, body. Promises: when the yes
 * leaves, credential and audit record are on the disk in one piece. Must never: echo, log or audit the password, or
 * name a member's value.
 */
import type { OutgoingReply } from '../../edge/httpServer.ts';
import { writeAudit } from '../auditRecords.ts';
import { type Exchange, headerOf, namesTenant } from '../context.ts';
import { type DrsSubcode, drsRefusal, drsReply } from '../envelopes.ts';
import { cleanText, isGuid, isJson, type Json, member, parseJson, textMember } from '../plain.ts';
import { readPolicy } from '../policy.ts';
import type { Device } from '../store/devices.ts';

const activity = 'Update device local administrator password';
const members = ['AccountName', 'AccountSid', 'NewPassword', 'PasswordAgeDays'];

interface BackupBody {
  readonly accountName: string;
  readonly accountSid: string;
  readonly password: string;
  readonly ageDays: number;
}

/** `POST {DeviceManagementEndpoint}lapsdevicepasswordupdate/{deviceId}`. */
export async function backup(exchange: Exchange): Promise<OutgoingReply> {
  const { tenant, request, param, voice, at, note } = exchange;
  const { tenantId } = tenant;
  const deviceId = param('deviceId').toLowerCase();
  const refusal = (subcode: DrsSubcode, more: { readonly message?: string; readonly retryAfter?: string } = {}) => {
    note('refused', subcode);
    return drsRefusal(voice, subcode, { operation: request.method, tenantId, deviceId, ...more });
  };

  const claims = await tenant.tokens.read(headerOf(request, 'authorization'), 'registration', at);
  // Only what the token was issued for is believed: audience, tenant, device, times (wire 2.3).
  const tokenDevice = claims && textMember(claims, 'deviceid')?.toLowerCase();
  if (tokenDevice === undefined) return refusal('error_invalid_token');
  note('device', tokenDevice);
  if (!namesTenant(tenant, param('tenant'))) {
    return refusal('error_authorization_request_denied');
  }
  if (!isGuid(deviceId) || tokenDevice !== deviceId) return refusal('error_device_mismatch');

  const device = tenant.store.devices.byDeviceId(deviceId);
  const refuse = (subcode: DrsSubcode, more: { readonly message?: string; readonly retryAfter?: string } = {}) => {
    const reply = refusal(subcode, more);
    writeAudit(exchange, failure(deviceId, device, subcode));
    return reply;
  };
  if (device === undefined) return refuse('error_missing_device');
  if (!device.accountEnabled) return refuse('error_authorization_request_denied');
  if (device.trustType === 'Workplace') return refuse('error_unsupported_join_type');
  if (!readPolicy(tenant.store.meta).localAdminPassword.isEnabled) return refuse('error_fail');
  const wait = tenant.backupLimit.take(deviceId, at);
  if (wait !== undefined) return refuse('error_too_many_requests', { retryAfter: String(wait) });
  if (request.query.get('api-version') !== '1.0') return refuse('error_unsupported_api_version');
  const body = readBody(request.body, tenant.limits.lenientHexNumbers, note);
  if (typeof body === 'string') return refuse('error_invalid_body', { message: body });

  const requestId = voice.clientRequestId?.replace(/[{}]/g, '').toLowerCase();
  const times = tenant.store.transaction(() => {
    const before =
      tenant.limits.recogniseRepeats && requestId !== undefined
        ? tenant.credentials.answered(deviceId, requestId)
        : undefined;
    if (before !== undefined) return before;
    const added = tenant.credentials.add({ deviceId, ...body, at, requestId });
    writeAudit(exchange, {
      activity,
      category: 'Device',
      operationType: 'Update',
      result: 'success',
      target: { id: device.id, displayName: device.displayName },
      deviceId,
      info: 'Successfully updated password on the device',
    });
    return added;
  });
  return drsReply(voice, 200, times);
}

function failure(deviceId: string, device: Device | undefined, subcode: DrsSubcode) {
  return {
    activity,
    category: 'Device',
    operationType: 'Update',
    result: 'failure',
    reason: subcode,
    target: device && { id: device.id, displayName: device.displayName },
    deviceId,
    info: 'Failed to update password on the device',
  } as const;
}

/** A text says which member is wrong; never what it held. */
function readBody(bytes: Buffer, lenient: boolean, note: Exchange['note']): BackupBody | string {
  const body = parseJson(lenient ? decimalNumbers(bytes.toString('utf8')) : bytes);
  if (!isJson(body)) return 'The request body is not valid JSON.';
  const unknown = Object.keys(body).filter((name) => !members.includes(name));
  if (unknown.length > 0) note('unknownMembers', cleanText(unknown.join(',')));
  const accountName = sizedText(body, 'AccountName', 64);
  const accountSid = sizedText(body, 'AccountSid', 184);
  const password = sizedText(body, 'NewPassword', 256);
  const ageDays = member(body, 'PasswordAgeDays');
  if (accountName === undefined || /\p{Cc}/u.test(accountName))
    return 'AccountName must be a text of 1 to 64 characters.';
  if (accountSid === undefined || !/^S-1-\d{1,14}(-\d{1,10}){1,15}$/.test(accountSid))
    return 'AccountSid must be a SID.';
  if (password === undefined) return 'NewPassword must be a text of 1 to 256 characters.';
  if (typeof ageDays !== 'number' || !Number.isInteger(ageDays) || ageDays < 7 || ageDays > 365) {
    return 'PasswordAgeDays must be a whole number from 7 to 365.';
  }
  return { accountName, accountSid, password, ageDays };
}

function sizedText(body: Json, name: string, longest: number): string | undefined {
  const text = textMember(body, name);
  return text !== undefined && text.length >= 1 && text.length <= longest ? text : undefined;
}

/** Bare `0x…` numbers outside of texts as decimal ones: what a genuine client is believed to send (wire 3.1). */
export function decimalNumbers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|0[xX]([0-9a-fA-F]{1,8})\b/g, (found, digits?: string) =>
    digits === undefined ? found : String(Number.parseInt(digits, 16)),
  );
}

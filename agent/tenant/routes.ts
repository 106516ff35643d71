/**
 * Which address is which operation.
 *
 * Knows: every path the tenant answers, those that come later (501), and the service each belongs to. Promises: a known
 * path with another method is 405, anything else 404, in the shape of its service. Must never: fall silent.
 */
import type { IncomingRequest, OutgoingReply } from '../edge/httpServer.ts';
import type { Action } from './access.ts';
import type { Exchange, OperationHandler } from './context.ts';
import { drsRefusal, type GraphErrorCode, graphError, oauthError } from './envelopes.ts';
import type { Operation } from './faults.ts';
import { type GraphHandler, guarded } from './graph.ts';
import { getAudit, listAudits } from './operations/audit.ts';
import { backup } from './operations/backup.ts';
import { countCredentials, getCredentials, listCredentials } from './operations/credentials.ts';
import { approveDeviceLogin, deviceLoginPage } from './operations/deviceLogin.ts';
import { countDevices, deleteDevice, getDevice, listDevices, patchDevice } from './operations/devices.ts';
import { discover, instance, keys, openidConfiguration, userRealm } from './operations/discovery.ts';
import { csrNonce, join, leave } from './operations/registration.ts';
import { getRegistrationPolicy, putRegistrationPolicy } from './operations/registrationPolicy.ts';
import { deviceCodeEndpoint, grantOf, tokenEndpoint } from './operations/token.ts';
import { cleanText } from './plain.ts';

/** The service an address belongs to: whose shape its errors have. */
export type Service = 'registration' | 'login' | 'graph';

export interface FoundRoute {
  readonly service: Service;
  readonly operation: Operation;
  readonly handler: OperationHandler;
  readonly params: Readonly<Record<string, string>>;
}

interface Route {
  readonly method: string;
  /** Fixed segments in lower case; `{name}` takes one segment, `{*}` the rest. */
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly service: Service;
  readonly operation: Operation | ((request: IncomingRequest) => Operation);
  readonly handler: OperationHandler;
}

function route(
  method: string,
  path: string,
  service: Service,
  operation: Route['operation'],
  handler: OperationHandler,
): Route {
  const names: string[] = [];
  const source = path.replace(/\{(\w+)\}|[.()$]/g, (found, name?: string) => {
    if (name === undefined) return `\\${found}`;
    names.push(name);
    // What begins with a dollar sign is an operation of OData, never a name.
    return name === 'version' ? '(v1\\.0|beta)' : "([^/()'$][^/()']*)";
  });
  return { method, pattern: new RegExp(`^${source}/?$`, 'i'), names, service, operation, handler };
}

const drs = (method: string, path: string, operation: Operation, handler: OperationHandler) =>
  route(method, path, 'registration', operation, handler);
const login = (method: string, path: string, operation: Route['operation'], handler: OperationHandler) =>
  route(method, path, 'login', operation, handler);
const graph = (method: string, path: string, action: Action, handler: GraphHandler) =>
  route(method, `/{version}${path}`, 'graph', 'graph', guarded(action, handler));
const nonceOrToken = (request: IncomingRequest): Operation =>
  grantOf(request.body) === 'srv_challenge' ? 'nonce' : 'token';

const credentialRoutes = ['/deviceLocalCredentials', '/directory/deviceLocalCredentials'].flatMap((path) => [
  graph('GET', path, 'readLapsMetadata', listCredentials),
  graph('GET', `${path}/$count`, 'readLapsMetadata', countCredentials),
  graph('GET', `${path}/{deviceId}`, 'readLapsMetadata', getCredentials),
  graph('GET', `${path}('{deviceId}')`, 'readLapsMetadata', getCredentials),
]);
const deviceRoutes = ['/devices/{id}', "/devices('{id}')", "/devices(deviceId='{deviceId}')"].flatMap((path) => [
  graph('GET', path, 'readDevices', getDevice),
  graph('PATCH', path, 'updateDevice', patchDevice),
  graph('DELETE', path, 'deleteDevice', deleteDevice),
]);

const routes: readonly Route[] = [
  drs('GET', '/{tenant}/discover', 'discovery', discover),
  drs('GET', '/enrollmentserver/nonce/{tenant}', 'nonce', csrNonce),
  drs('POST', '/enrollmentserver/device', 'join', join),
  drs('DELETE', '/enrollmentserver/device/{deviceId}', 'leave', leave),
  drs('POST', '/manage/{tenant}/lapsdevicepasswordupdate/{deviceId}', 'backup', backup),
  login('POST', '/{tenant}/oauth2/token', nonceOrToken, tokenEndpoint('v1')),
  login('POST', '/{tenant}/oauth2/v2.0/token', nonceOrToken, tokenEndpoint('v2')),
  login('POST', '/{tenant}/oauth2/devicecode', 'token', deviceCodeEndpoint('v1')),
  login('POST', '/{tenant}/oauth2/v2.0/devicecode', 'token', deviceCodeEndpoint('v2')),
  login('GET', '/{tenant}/v2.0/.well-known/openid-configuration', 'discovery', openidConfiguration),
  login('GET', '/{tenant}/discovery/v2.0/keys', null, keys),
  login('GET', '/common/discovery/instance', null, instance),
  login('GET', '/common/userrealm/{upn}', null, userRealm),
  login('GET', '/devicelogin', null, deviceLoginPage),
  login('POST', '/devicelogin', null, approveDeviceLogin),
  ...credentialRoutes,
  graph('GET', '/devices', 'readDevices', listDevices),
  graph('GET', '/devices/$count', 'readDevices', countDevices),
  ...deviceRoutes,
  graph('GET', '/policies/deviceregistrationpolicy', 'readRegistrationPolicy', getRegistrationPolicy),
  graph('PUT', '/policies/deviceregistrationpolicy', 'writeRegistrationPolicy', putRegistrationPolicy),
  graph('GET', '/auditlogs/directoryaudits', 'readAudits', listAudits),
  graph('GET', '/auditlogs/directoryaudits/{id}', 'readAudits', getAudit),
  graph('GET', "/auditlogs/directoryaudits('{id}')", 'readAudits', getAudit),
];

/** Families of Graph that this tenant does not have yet (issue 2, part 7). */
const later =
  /^\/(v1\.0|beta)\/(roleManagement|directoryRoles|directoryRoleTemplates|directoryObjects|administrativeUnits|directory|identity|users|me|groups|applications|servicePrincipals|oauth2PermissionGrants|organization|domains|subscribedSkus|deviceManagement|deviceAppManagement|informationProtection|policies|auditLogs|\$batch)(\/|\(|$)/i;
/** Parts of registration and sign-in that come later: hybrid join, keys, precreation, the browser's flows. */
const laterRegistration = /^\/(enrollmentserver\/(device|key)|manage\/[^/]+\/device)\b/i;
const laterLogin = /^\/[^/]+\/(oauth2\/(v2\.0\/)?(authorize|logout)|wsfed|saml2|openid\/userinfo)$/i;

/** Always finds one: what is not there has a handler that says so. */
export function findRoute(request: IncomingRequest): FoundRoute {
  const path = decodedPath(request.path);
  if (path === undefined) return missing(request.path);
  // HEAD is GET without the body, which the server leaves out by itself.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const others: Route[] = [];
  for (const each of routes) {
    const match = each.pattern.exec(path);
    if (match === null) continue;
    if (each.method !== method) {
      others.push(each);
      continue;
    }
    const params = Object.fromEntries(each.names.map((name, index) => [name, match[index + 1] ?? '']));
    const operation = typeof each.operation === 'function' ? each.operation(request) : each.operation;
    return { service: each.service, operation, handler: each.handler, params };
  }
  const isLater = later.test(path) || laterRegistration.test(path) || laterLogin.test(path);
  // A put on a device is the hybrid join of later, not a wrong method.
  const [first] = others;
  if (first !== undefined && !laterRegistration.test(path)) {
    const operation = typeof first.operation === 'function' ? 'token' : first.operation;
    return { service: first.service, operation, handler: refusingMethod(first.service, others), params: {} };
  }
  return isLater ? saying(path, 'NotImplemented') : missing(path);
}

function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function missing(path: string): FoundRoute {
  return saying(path, 'ResourceNotFound');
}

function saying(path: string, code: GraphErrorCode): FoundRoute {
  const registration = /^\/(enrollmentserver|manage)(\/|$)/i.test(path);
  const service = registration ? 'registration' : laterLogin.test(path) ? 'login' : 'graph';
  const operation = /^\/(v1\.0|beta)(\/|$)/i.test(path) ? 'graph' : null;
  return { service, operation, handler: says(service, code), params: {} };
}

/** 405 with the methods there are, as HTTP wants it. */
function refusingMethod(service: Service, there: readonly Route[]): OperationHandler {
  const methods = [...new Set(there.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].sort();
  return (exchange) => {
    const { voice, request } = exchange;
    const reply =
      service === 'login'
        ? oauthError(voice, 'wrongMethod', `${methods.join(', ')} requests. Received a ${cleanText(request.method)}`)
        : says(service, 'MethodNotAllowed')(exchange);
    return { ...reply, headers: { ...reply.headers, allow: methods.join(', ') } };
  };
}

/** A refusal of the address itself. */
function says(service: Service, code: GraphErrorCode) {
  return ({ voice, tenant, request }: Exchange): OutgoingReply => {
    if (service === 'login') return oauthError(voice, 'notHere', cleanText(request.path.split('/').at(-1) ?? ''));
    if (service === 'graph') return graphError(voice, code);
    const about = { operation: request.method, tenantId: tenant.tenantId };
    if (code === 'MethodNotAllowed') return drsRefusal(voice, 'error_method_not_allowed', about);
    if (code === 'ResourceNotFound') return drsRefusal(voice, 'error_not_found', about);
    return drsRefusal(voice, 'error_internal', {
      ...about,
      status: 501,
      message: 'This tenant does not have this yet.',
    });
  };
}

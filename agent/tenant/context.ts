/**
 * What every operation is given: the tenant it serves and the one request it answers.
 *
 * Knows: names of things. Promises: time, ids and the log arrive from here and from nowhere else. Must never: be kept
 * beyond the request.
 */
import type { IncomingRequest, OutgoingReply } from '../edge/httpServer.ts';
import type { DeviceCodes } from './deviceCodes.ts';
import type { Voice } from './envelopes.ts';
import type { TenantKeys } from './keys.ts';
import type { Nonces } from './nonces.ts';
import type { RateLimit } from './rateLimit.ts';
import type { CredentialStore } from './store/credentials.ts';
import type { Store } from './store.ts';
import type { Tokens } from './tokens.ts';

/** Limits and choices of a tenant, all with generous defaults (contract 5). */
export interface TenantLimits {
  /** Backups an hour a device may post; 0 switches the limit off. Default 100. */
  readonly backupsPerHour: number;
  /** Credentials kept per device. Default 3. */
  readonly historyDepth: number;
  /** Reads bare `0x…` numbers in a backup's body (wire 3.3). Default false. */
  readonly lenientHexNumbers: boolean;
  /** Answers a repeated client-request-id as before, storing nothing (rotation.md 1). Default false. */
  readonly recogniseRepeats: boolean;
  /** Refuses Graph requests without a User-Agent (wire 4.5). Default false. */
  readonly requireUserAgent: boolean;
  /** Life of a server certificate. Default one day. */
  readonly serverCertificateMs: number;
}

/** One served request, for the operator. No query, no body, no token. */
export interface TenantLogLine {
  /** Epoch ms. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  /** What was noted on the way: caller, device, refusal, unknown member names, fault. */
  readonly notes: Readonly<Record<string, string>>;
}

export interface TenantContext {
  readonly tenantId: string;
  readonly domain: string;
  readonly displayName: string;
  /** `https://localhost:port`. */
  readonly origin: string;
  /** `urn:ms-drs:` and the host of the registration service. */
  readonly registrationResource: string;
  readonly store: Store;
  readonly credentials: CredentialStore;
  readonly keys: TenantKeys;
  readonly tokens: Tokens;
  readonly nonces: Nonces;
  readonly deviceCodes: DeviceCodes;
  readonly backupLimit: RateLimit;
  readonly limits: TenantLimits;
  readonly newId: () => string;
}

/** One request on its way. */
export interface Exchange {
  readonly tenant: TenantContext;
  readonly request: IncomingRequest;
  /** A named part of the path, decoded; empty for a name the route does not have. */
  readonly param: (name: string) => string;
  /** Epoch ms by the tenant's clock, faults included. */
  readonly at: number;
  readonly voice: Voice;
  /** Adds to the log line; values are cleaned there. */
  readonly note: (name: string, value: string) => void;
}

export type OperationHandler = (exchange: Exchange) => OutgoingReply | Promise<OutgoingReply>;

/** Whether a path segment names this tenant, by id or by domain. */
export function namesTenant(tenant: TenantContext, segment: string): boolean {
  const name = segment.toLowerCase();
  return name === tenant.tenantId || name === tenant.domain;
}

/** A header by its lower-case name. */
export function headerOf(request: IncomingRequest, name: string): string | undefined {
  return request.headers[name];
}

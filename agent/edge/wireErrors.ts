/**
 * The error bodies of the tenant's two services, read: the token endpoint's (wire 2.4) and the device service's
 * (wire 1.6, both generations).
 *
 * Promises: only a well-formed body counts as the service's own word; anything else is undefined, because a proxy or a
 * portal may have answered in its place. Must never: judge by the message.
 */
import { listIn, numberIn, objectOf, textIn } from './wireJson.ts';

/** What the token endpoint said. */
export interface OAuthError {
  readonly error: string;
  readonly description: string;
  /** The AADSTS number; 0 when it gave none. */
  readonly aadsts: number;
}

/** Undefined when the text is no OAuth error. */
export function oauthErrorOf(text: string): OAuthError | undefined {
  const body = objectOf(text);
  const error = textIn(body, 'error');
  if (error === undefined) return undefined;
  const description = textIn(body, 'error_description') ?? '';
  const listed = numberIn({ code: listIn(body, 'error_codes')?.[0] }, 'code');
  const named = /AADSTS(\d{4,9})/.exec(description)?.[1];
  return { error, description, aadsts: listed ?? (named === undefined ? 0 : Number(named)) };
}

/** A description without the trace trailer that follows the sentence (wire 2.4), for people. */
export function sentenceOf(description: string): string {
  return description.replace(/\s*Trace ID:.*$/s, '').replace(/\.$/, '');
}

/** What the device service said. */
export interface DeviceServiceError {
  readonly code: string;
  /** Empty in the old generation. */
  readonly subcode: string;
  readonly message: string;
}

/**
 * Undefined when the text is no device-service error. All the members that make the shape unmistakable are asked for:
 * `{"code","message"}` alone is what half the world's gateways answer.
 */
export function deviceServiceErrorOf(text: string): DeviceServiceError | undefined {
  const body = objectOf(text);
  const code = textIn(body, 'code');
  const subcode = textIn(body, 'subcode');
  const message = textIn(body, 'message');
  if (code && subcode && message && textIn(body, 'requestId') && textIn(body, 'time'))
    return { code, subcode, message };
  const type = textIn(body, 'ErrorType');
  const oldMessage = textIn(body, 'Message');
  if (type && oldMessage && textIn(body, 'TraceId') && textIn(body, 'Time'))
    return { code: type, subcode: '', message: oldMessage };
  return undefined;
}

/**
 * Looks at the certificate a host shows, when it was refused, so that a person can be told whose it is.
 *
 * Promises: the handshake is all there is; nothing is sent and nothing is believed. Must never: be used to reach a tenant:
 * this one connection takes any certificate.
 */
import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { connect, type DetailedPeerCertificate, type SecureContext, type TLSSocket } from 'node:tls';
import type { OutdatedAuthority, ShownCertificate } from '../core/diagnosis/facts.ts';
import { openTunnel } from './connector.ts';
import { type Env, proxyFor } from './proxyEnv.ts';
import { certificatesBeyond } from './trust.ts';
import { cleanText } from './wireText.ts';

/** Certificates of private authorities that are trusted, PEM, and where they are kept. */
export interface TrustedFile {
  readonly text: string;
  readonly file: string;
  /** It is of the embedded tenant of the same data folder. */
  readonly isOwn: boolean;
}

function nameOf(name: Readonly<Record<string, unknown>> | undefined): string {
  const parts = [name?.['CN'], name?.['O']].flat().filter((part) => typeof part === 'string');
  return cleanText(parts.length === 0 ? 'nobody named' : parts.join(', '));
}

function shownOf(certificate: DetailedPeerCertificate | Record<string, never>): ShownCertificate | undefined {
  if (certificate.valid_from === undefined) return undefined;
  return {
    subject: nameOf({ ...certificate.subject }),
    issuer: nameOf({ ...certificate.issuer }),
    names: cleanText((certificate.subjectaltname ?? '').replaceAll(/(DNS|IP Address):/g, '')),
    validFrom: Date.parse(certificate.valid_from),
    validTo: Date.parse(certificate.valid_to),
  };
}

/** The authority of `shown` among those that are trusted, where it is out of its dates at `now`, and none of its name is in them. */
export function outdatedAuthority(
  shown: ShownCertificate,
  trusted: readonly TrustedFile[],
  now: number,
): OutdatedAuthority | undefined {
  const named = trusted.flatMap(({ text, file, isOwn }) =>
    certificatesBeyond('', text).flatMap((pem) => {
      const { subject, valid_from: from, valid_to: to } = new X509Certificate(pem).toLegacyObject();
      const name = nameOf({ ...subject });
      return name === shown.issuer ? [{ name, validFrom: Date.parse(from), validTo: Date.parse(to), file, isOwn }] : [];
    }),
  );
  const isOut = ({ validFrom, validTo }: OutdatedAuthority): boolean => now < validFrom || now > validTo;
  return named.every(isOut) ? named.at(-1) : undefined;
}

/** Undefined when none was shown in time. `secureContext` is for a proxy that is itself spoken to over TLS. */
export async function lookAtCertificate(options: {
  readonly url: URL;
  readonly env: Env;
  readonly secureContext: SecureContext;
  readonly timeoutMs: number;
}): Promise<ShownCertificate | undefined> {
  const { url, env, secureContext, timeoutMs } = options;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 443 : Number(url.port);
  const choice = proxyFor(host, port, env);
  if (choice.kind === 'unusable') return undefined;
  let tunnel: Duplex | undefined;
  try {
    const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    tunnel =
      choice.kind === 'none'
        ? undefined
        : await openTunnel({ proxy: choice.url, named: choice.named, target, secureContext, timeoutMs });
  } catch {
    // What the proxy says is told where the proxy is looked at.
    return undefined;
  }
  return new Promise((resolve) => {
    const servername = /^[\d.]+$/.test(host) || host.includes(':') ? '' : host;
    const socket: TLSSocket = connect({
      ...(tunnel === undefined ? { host, port } : { socket: tunnel }),
      servername,
      // On purpose, and only here: it was refused already, and is looked at to say why.
      rejectUnauthorized: false,
    });
    const end = (shown: ShownCertificate | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(shown);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    socket.on('error', () => end(undefined));
    socket.once('secureConnect', () => end(shownOf(socket.getPeerCertificate(true))));
  });
}

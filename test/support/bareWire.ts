/** One exchange over HTTP or HTTPS by Node alone. Must never: use a client of the agent. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { asRecord } from './foreignJson.ts';

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Parsed, where it is JSON; `{}` otherwise. */
  readonly json: Record<string, unknown>;
}

export interface WireRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text goes as it is, an object as JSON, URLSearchParams as a form. */
  readonly body?: string | object | URLSearchParams;
  /** Client certificate: PEM. */
  readonly client?: { readonly key: string; readonly cert: string };
}

function replyOf(status: number, headers: WireReply['headers'], chunks: readonly Buffer[]): WireReply {
  const text = Buffer.concat(chunks).toString('utf8');
  let json: Record<string, unknown> = {};
  try {
    json = asRecord(JSON.parse(text));
  } catch {
    // Not JSON: the text stands for itself.
  }
  return { status, headers, text, json };
}

/** Sends `text`; rejects where the connection broke. */
export function exchange(url: string, options: RequestOptions, text: string | undefined): Promise<WireReply> {
  return new Promise((resolve, reject) => {
    const onReply = (incoming: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => resolve(replyOf(incoming.statusCode ?? 0, incoming.headers, chunks)));
    };
    const outgoing = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options, onReply);
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

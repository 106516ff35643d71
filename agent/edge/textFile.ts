/**
 * Small text files a person names: a CA's PEM, a seed.
 *
 * Promises: trouble is told with the path and what to do; what has no end, or is larger than a mebibyte, is refused. Must
 * never: wait for a pipe with a name, or write.
 */
import { X509Certificate } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { LapsError } from '../core/errors.ts';
import { codeOf } from './diskError.ts';
import { isNamedPipe } from './namedPipe.ts';

const maxBytes = 1_048_576;

/** What the system says of its size is not asked: a pipe and a device have none. */
async function readAtMost(path: string, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: count - 1 })) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Throws ERR_LAPS_NO_SUCH_FILE or ERR_LAPS_FILE_UNREADABLE. */
export async function readTextFile(path: string): Promise<string> {
  try {
    if (await isNamedPipe(path))
      throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
        message: `${path} is not a plain file`,
        hint: 'name a file',
      });
    const bytes = await readAtMost(path, maxBytes + 1);
    if (bytes.length > maxBytes)
      throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
        message: `${path} is larger than a mebibyte`,
        hint: 'name another file',
      });
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof LapsError) throw error;
    if (codeOf(error) === 'ENOENT')
      throw new LapsError('ERR_LAPS_NO_SUCH_FILE', { message: `there is no file ${path}`, hint: 'check the path' });
    if (codeOf(error) === 'EISDIR')
      throw new LapsError('ERR_LAPS_FILE_UNREADABLE', { message: `${path} is a folder`, hint: 'name a file in it' });
    throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
      message: `${path} cannot be read (${codeOf(error) ?? 'no reason given'})`,
      hint: 'check its permissions',
    });
  }
}

/** The PEM of an authority that a person named. Throws also where the file holds no certificate that can be read. */
export async function readCertificateFile(path: string): Promise<string> {
  const text = await readTextFile(path);
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.some(isCertificate)) return text;
  throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
    message: `${path} holds no certificate${found.length === 0 ? '' : ' that can be read'}`,
    hint: "name the authority's PEM file: it holds a line -----BEGIN CERTIFICATE-----",
  });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

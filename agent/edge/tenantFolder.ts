/**
 * What the embedded tenant has left in its folder, seen from outside while it does not run.
 *
 * Knows: its files by name, and the outer form of each. Promises: looking changes nothing; what is put aside keeps its
 * content. Must never: read what the tenant keeps (it is spoken to over HTTPS); so a page that is damaged within, or a
 * key that is another one, is found by the tenant itself when it starts.
 */
import { X509Certificate } from 'node:crypto';
import { lstat, readdir, readlink, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { shellWord } from '../core/shellWord.ts';
import { asideName, nextAside } from './aside.ts';
import { codeOf, diskError } from './diskError.ts';
import { nodeFileSystem, syncFolder } from './durableFile.ts';
import { openPlain, readPlainText } from './plainFile.ts';

export const tenantFiles = { data: 'tenant.db', key: 'tenant.key', ca: 'ca.pem', credentials: 'credentials.json' };

export type TenantLook =
  /** No tenant was ever started here. */
  | { readonly kind: 'none' }
  | { readonly kind: 'good' }
  /** It would start as another tenant, or not at all. `problem` names the file. */
  | { readonly kind: 'lost'; readonly problem: string }
  /** Something else stands where a file of it belongs: only a person knows why, and nothing is lost yet. */
  | { readonly kind: 'displaced'; readonly problem: string; readonly hint: string };

/** What leads back when the embedded tenant is lost. */
export const tenantLostHint =
  'put the file back from a copy; or run: laps repair, which puts aside what is left, joins a new embedded tenant and sets a fresh password';

const keyBytes = 32;
/** SQLite's file format: the header's length, its first bytes, where page size and page count stand in it. */
const headerBytes = 100;
const magic = 'SQLite format 3\0';

async function sizeOf(path: string): Promise<number | 'absent' | 'strange'> {
  try {
    const stat = await lstat(path);
    return stat.isFile() ? stat.size : 'strange';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'absent';
    throw diskError(error, path, 'looked at');
  }
}

/** What is wrong with the outer form of a database that nobody has open; undefined when nothing is. */
async function problemOfData(path: string): Promise<string | undefined> {
  const size = await sizeOf(path);
  if (size === 'absent') return 'is gone';
  if (size === 'strange') return 'is not a file';
  if (size === 0) return 'is empty';
  const header = Buffer.alloc(headerBytes);
  const file = await openPlain(path);
  try {
    if ((await file.read(header, 0, headerBytes, 0)).bytesRead < headerBytes) return 'was cut short';
  } finally {
    await file.close();
  }
  if (header.toString('latin1', 0, magic.length) !== magic) return 'is not what the tenant wrote';
  // While there is a log beside it, the log may hold what the file does not yet.
  const log = await sizeOf(`${path}-wal`);
  if (typeof log === 'number' && log > 0) return undefined;
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  return size < pageSize * header.readUInt32BE(28) ? 'was cut short' : undefined;
}

const anew = 'laps repair, which joins a new embedded tenant and sets a fresh password';

/** What stands at `path` and is no file; undefined where there is one, or nothing. */
async function displacedAt(path: string): Promise<Extract<TenantLook, { readonly kind: 'displaced' }> | undefined> {
  if ((await sizeOf(path)) !== 'strange') return undefined;
  const aside = `mv ${shellWord(path)} ${shellWord(`${path}.aside`)}`;
  const target = await readlink(path).catch(() => undefined);
  if (target !== undefined)
    return {
      kind: 'displaced',
      problem: `${path} is a symbolic link to ${target}, and links are not followed`,
      hint: `put the file itself in the place of the link; or, where it is lost, move the link away (${aside}) and run: ${anew}`,
    };
  const what = (await lstat(path)).isDirectory() ? 'a folder' : 'no file';
  return {
    kind: 'displaced',
    problem: `${path} is ${what}, and a file belongs there`,
    hint: `move it away (${aside}); then put the file back from a copy, or run: ${anew}`,
  };
}

/** Looks at the embedded tenant's folder. Throws ERR_LAPS_DISK, ERR_LAPS_PERMISSION. */
export async function lookAtTenant(folder: string): Promise<TenantLook> {
  const [data, key] = [join(folder, tenantFiles.data), join(folder, tenantFiles.key)];
  const displaced = (await displacedAt(data)) ?? (await displacedAt(key));
  if (displaced !== undefined) return displaced;
  const keySize = await sizeOf(key);
  if (keySize === 'absent' && (await sizeOf(data)) === 'absent') {
    const ca = await sizeOf(join(folder, tenantFiles.ca));
    return ca === 'absent' ? { kind: 'none' } : { kind: 'lost', problem: `${data} is gone` };
  }
  const problem = await problemOfData(data).catch((error: unknown) => {
    throw diskError(error, data, 'looked at');
  });
  if (problem !== undefined) return { kind: 'lost', problem: `${data} ${problem}` };
  if (keySize !== keyBytes)
    return { kind: 'lost', problem: `${key}, which opens its data, is ${keySize === 'absent' ? 'gone' : 'damaged'}` };
  return { kind: 'good' };
}

/**
 * The certificate of the tenant's own authority as it last said, PEM; undefined when there is none to be read, or one that
 * is not as it was signed: what is damaged is no sign of another tenant.
 */
export async function ownAuthority(folder: string): Promise<string | undefined> {
  try {
    const text = (await readPlainText(join(folder, tenantFiles.ca))).trim();
    const certificate = new X509Certificate(text);
    return certificate.verify(certificate.publicKey) ? certificate.toString() : undefined;
  } catch {
    // The tenant writes it anew at each start; whatever is wrong with it until then means only that it says nothing.
    return undefined;
  }
}

/** Renames what the tenant keeps out of its way, durably, so that it starts as a new one; the new names. */
export async function putTenantAside(folder: string): Promise<readonly string[]> {
  const names = [tenantFiles.data, `${tenantFiles.data}-wal`, `${tenantFiles.data}-shm`, tenantFiles.key];
  const aside: string[] = [];
  try {
    const there = await readdir(folder);
    const number = nextAside(names, there);
    for (const name of names.filter((each) => there.includes(each))) {
      await rename(join(folder, name), join(folder, asideName(name, number)));
      aside.push(asideName(name, number));
    }
    await syncFolder(nodeFileSystem, folder);
  } catch (error) {
    throw diskError(error, folder, 'cleared');
  }
  return aside;
}

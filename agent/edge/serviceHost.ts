/**
 * This machine as the host of a service: systemctl, and the files an installation makes.
 *
 * Promises: a file is written whole or not at all; nothing that stands there already is written over unless asked; what
 * is removed is what was named, and a folder only when it is empty. Must never: follow a symbolic link into writing, or
 * decide what is made.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Standing } from '../core/hosting/manifest.ts';
import { isShutByMode } from './accounts/rootPowers.ts';
import { codeOf, diskError } from './diskError.ts';
import { nodeFileSystem, syncFolder } from './durableFile.ts';
import { removeLockFile } from './instanceLock.ts';
import { readPlain, readPlainText } from './plainFile.ts';
import { rootOfEntry } from './policyFolder.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs systemctl; status 127 when there is none. A start waits for the daemon's word, so there is time. */
export function systemctl(words: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }, timeout: 240_000 };
    execFile('systemctl', ['--no-pager', '--no-ask-password', ...words], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ status: code, stdout, stderr });
    });
  });
}

/** Whether systemd is what runs this machine (sd_booted(3)). */
export async function isSystemdHere(): Promise<boolean> {
  return (await standing('/run/systemd/system')).kind === 'folder';
}

/** systemd's version, if it says one. */
export async function systemdVersion(): Promise<number | undefined> {
  const { stdout } = await systemctl(['--version']);
  const found = /^systemd (\d+)/.exec(stdout)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Whether even root needs a capability to read /etc/shadow, or to write to it, as usermod does. */
export async function isShadowShut(): Promise<boolean> {
  try {
    return isShutByMode(await fs.stat('/etc/shadow'));
  } catch {
    // No such file, or no permission to look: the usual case is assumed.
    return false;
  }
}

/** The group of /etc/shadow, where it is not root's own and has a name; none where nobody may look. */
export async function groupsOfShadow(): Promise<readonly string[]> {
  try {
    const { gid } = await fs.stat('/etc/shadow');
    const lines = (await readPlainText('/etc/group')).split('\n').map((line) => line.split(':'));
    const name = lines.find((parts) => parts[2] === String(gid))?.[0] ?? '';
    return gid !== 0 && /^[\w-]{1,32}$/.test(name) ? [name] : [];
  } catch {
    return [];
  }
}

/** Whether /etc/group has this group. */
export async function isLocalGroup(name: string): Promise<boolean> {
  // No such file, or no permission to look: then nothing of it is relied on.
  const text = await readPlainText('/etc/group').catch(() => '');
  return text.split('\n').some((line) => line.startsWith(`${name}:`));
}

export function digestOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What stands at a path; anything that is neither file nor folder is a file of unknown content. */
export async function standing(path: string): Promise<Standing> {
  try {
    const facts = await fs.lstat(path);
    if (facts.isDirectory()) return { kind: 'folder' };
    return { kind: 'file', digest: facts.isFile() ? digestOf(await readPlain(path)) : '' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return { kind: 'absent' };
    throw diskError(error, path, 'looked at');
  }
}

/** Makes a folder, its parents too. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await fs.mkdir(path, { recursive: true, mode: 0o700 });
    await syncFolder(nodeFileSystem, dirname(path));
  } catch (error) {
    throw diskError(error, path, 'made');
  }
}

/** Writes a file whole, in the place of what stood there. Its folder is made when missing, open to look into. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const folder = dirname(path);
  const part = join(folder, `.laps-agent-${process.pid}.part`);
  try {
    await fs.mkdir(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw diskError(error, folder, 'made');
  }
  try {
    const file = await fs.open(part, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(part, path);
    await syncFolder(nodeFileSystem, folder);
  } catch (error) {
    await fs.rm(part, { force: true });
    throw diskError(error, path, 'written');
  }
}

/** Removes a file, or a folder if it is empty; false when the folder is not. */
export async function removeMade(path: string, kind: 'file' | 'folder'): Promise<boolean> {
  try {
    await (kind === 'file' ? fs.unlink(path) : fs.rmdir(path));
    await syncFolder(nodeFileSystem, dirname(path));
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return true;
    if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return false;
    throw diskError(error, path, 'removed');
  }
}

/** Removes a folder with all that is in it. */
export async function removeTree(path: string): Promise<void> {
  try {
    await fs.rm(path, { recursive: true, force: true });
  } catch (error) {
    throw diskError(error, path, 'removed');
  }
}

/**
 * Removes what a service leaves in its folder below /run. The locks of real accounts lie there too, whichever data folder
 * holds them: one that is held stays, and the folder with it.
 */
export async function removeRun(path: string): Promise<void> {
  const accounts = join(path, 'accounts');
  try {
    for (const name of await namesIn(path)) if (name !== 'accounts') await removeTree(join(path, name));
    for (const name of await namesIn(accounts)) if (name.endsWith('.lock')) removeLockFile(join(accounts, name));
    for (const each of [accounts, path]) await removeMade(each, 'folder');
  } catch (error) {
    throw diskError(error, path, 'removed');
  }
}

/** Every file below a folder, and every empty folder there; links are not followed. */
export async function entriesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = (await fs.readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const below = entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) return [path];
      const inner = await entriesBelow(path);
      return inner.length === 0 ? [path] : inner;
    });
    return (await Promise.all(below)).flat();
  } catch (error) {
    throw diskError(error, folder, 'read');
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The text of a file; undefined when there is none. */
export async function textAt(path: string): Promise<string | undefined> {
  try {
    return await readPlainText(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw diskError(error, path, 'read');
  }
}

/** The text of what is a file itself, neither a link to one nor a folder; undefined where there is no such file. */
export async function plainTextAt(path: string): Promise<string | undefined> {
  try {
    if (!(await fs.lstat(path)).isFile()) return undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw diskError(error, path, 'looked at');
  }
  return textAt(path);
}

/** Whether a folder holds a policy of any root. */
export async function hasPolicy(folder: string): Promise<boolean> {
  try {
    return (await fs.readdir(folder)).some((name) => rootOfEntry(name) !== undefined);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw diskError(error, folder, 'read');
  }
}

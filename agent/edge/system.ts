/**
 * What of this process and machine the wiring needs: home, user, name, and how this very program is started again.
 *
 * Must never: be asked for time or chance; those have edges of their own.
 */
import { existsSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { LapsError } from '../core/errors.ts';
import { packageRoot } from './packageRoot.ts';

export interface System {
  /** Of laps-agent. */
  readonly version: string;
  readonly home: string;
  readonly uid: number;
  readonly pid: number;
  /** As Node calls it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** As Windows would call it: at most fifteen letters, digits and hyphens, upper case. */
  readonly deviceName: string;
  /** Whether the program runs from a clone of its repository, sources beside it. */
  readonly isClone: boolean;
  /** The policies that ship with the program. */
  readonly shippedPolicies: string;
  /** The test tenant's own seed. */
  readonly shippedSeed: string;
  /** Program and first words that start this same program again. */
  readonly self: { readonly program: string; readonly words: readonly string[] };
}

function windowsName(name: string): string {
  const cut = (name.split('.')[0] ?? '')
    .toUpperCase()
    .replace(/[^A-Z0-9-]/g, '-')
    .slice(0, 15);
  return cut.replace(/^-+|-+$/g, '') || 'DESKTOP';
}

export function thisSystem(): System {
  const root = packageRoot();
  const fromSource = import.meta.url.endsWith('.ts');
  // Whichever bundle runs, ordinary or with fault points, its chunks lie beside its entry: a child is of the same kind.
  const bundle = join(dirname(fileURLToPath(import.meta.url)), 'laps.js');
  return {
    version: packageJson.version,
    home: homedir(),
    uid: process.getuid?.() ?? 0,
    pid: process.pid,
    platform: process.platform,
    deviceName: windowsName(hostname()),
    isClone: existsSync(join(root, 'agent', 'main.ts')),
    shippedPolicies: join(root, 'policies'),
    shippedSeed: join(root, 'fixtures', 'tenants', 'contoso.json'),
    self: {
      program: process.execPath,
      words: fromSource ? ['--import', 'tsx', join(root, 'agent', 'main.ts')] : [bundle],
    },
  };
}

/** As `main.ts` calls the folder that somebody is in when it was removed meanwhile. */
const removedFolder = '/proc/self/cwd';

/** A path as a person typed it, seen from the folder they are in. Throws ERR_LAPS_NO_SUCH_FILE where that was removed. */
export function absolutePath(path: string, cwd: string): string {
  if (cwd === removedFolder && !isAbsolute(path))
    throw new LapsError('ERR_LAPS_NO_SUCH_FILE', {
      message: `${path} leads nowhere: the folder you are in was removed`,
      hint: 'go to one that is there (cd), or give the whole path, from / on',
    });
  return resolve(cwd, path);
}

/** A path as a person would type it there: relative when it lies below. */
export function shownPath(path: string, cwd: string): string {
  // From the root everything lies below; there the whole path is the short one.
  if (dirname(cwd) === cwd) return path;
  const near = relative(cwd, path);
  return near !== '' && !near.startsWith('..') && !isAbsolute(near) ? near : path;
}

/** A path below another. */
export function joinPath(folder: string, name: string): string {
  return join(folder, name);
}

/** The folder a file lies in. */
export function folderOf(path: string): string {
  return dirname(path);
}

/** Where a service's policies are (contract 1). */
export const systemPolicies = '/etc/laps-agent/policies';

/** Whether a folder is there and may be seen. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Closed to this user is the same as not there.
    return false;
  }
}

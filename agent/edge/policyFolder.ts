/**
 * Policy files on the disk: a folder with at most one file per root, or a single file for an author (contract 4).
 *
 * Knows: which names stand for a root and which are an editor's leftovers. Promises: at most one byte more than a policy
 * may have is read of any file; a folder that is missing, closed or ambiguous is a value with a reason. Must never: look
 * into a file.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LapsError, type LapsErrorCode } from '../core/errors.ts';
import { maxPolicyBytes, rootOfFileName } from '../core/policy/document.ts';
import type { PolicyFile, PolicyFolder, PolicyFolderReading, PolicyRootName } from '../core/ports.ts';
import { codeOf } from './diskError.ts';
import { watchFolder } from './folderWatch.ts';
import { isNamedPipe } from './namedPipe.ts';
import { pathOnDisk } from './rawNames.ts';
import { absolutePath, systemPolicies } from './system.ts';

/** A policy folder that also tells when it changes. */
export interface WatchedPolicyFolder extends PolicyFolder {
  /** Calls `onChange` after every change that may matter; returns the way to stop. */
  watch(onChange: () => void): () => void;
}

/** Names that editors and systems leave behind; never policy. */
const isLeftover = (name: string): boolean => name.startsWith('.') || /(~|\.bak|\.swp|\.swo|\.tmp)$/i.test(name);

/** The root a folder entry stands for; undefined for leftovers and everything else (README.md, the schema). */
export const rootOfEntry = (name: string): PolicyRootName | undefined =>
  isLeftover(name) ? undefined : rootOfFileName(name);

/** A pipe or a device where a file must be; beside the system's own codes. */
const notPlain = 'ENOTPLAIN';
const noPlainFile = (): Error => Object.assign(new Error('no plain file'), { code: notPlain });

interface Trouble {
  readonly code: LapsErrorCode;
  readonly problem: string;
  readonly hint: string;
}

function fileTrouble(error: unknown): Trouble {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 'ERR_LAPS_NO_SUCH_FILE', problem: 'no such file', hint: 'check the path' };
    case 'EISDIR':
      return {
        code: 'ERR_LAPS_FILE_UNREADABLE',
        problem: 'this is a folder, a file is needed',
        hint: 'name the file; laps explain takes a folder',
      };
    case notPlain:
      return {
        code: 'ERR_LAPS_FILE_UNREADABLE',
        problem: 'this is not a plain file',
        hint: 'a policy is a plain file, or comes through a pipe: laps validate -',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'ERR_LAPS_FILE_UNREADABLE',
        problem: 'no permission to read it',
        hint: 'run as a user that may read it, or change its mode',
      };
    default:
      return {
        code: 'ERR_LAPS_FILE_UNREADABLE',
        problem: `it cannot be read (${codeOf(error) ?? 'unknown reason'})`,
        hint: 'check the path and the disk',
      };
  }
}

/** A daemon reads its policy every minute: room for what is `expected`, and a byte to see its end. */
async function readCapped(handle: FileHandle, expected: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  while (total <= maxPolicyBytes) {
    const part = new Uint8Array(Math.min(Math.max(expected + 1, 16_384), maxPolicyBytes + 1 - total));
    const { bytesRead } = await handle.read(part, 0, part.length, null);
    if (bytesRead === 0) break;
    parts.push(part.subarray(0, bytesRead));
    total += bytesRead;
  }
  const only = parts[0];
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

async function readBytes(path: string | Buffer): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const facts = await handle.stat();
    if (facts.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    return await readCapped(handle, facts.size);
  } finally {
    await handle.close();
  }
}

/**
 * A plain file at once, for a command that does nothing else meanwhile: over a thousand files the trips to the thread
 * pool would cost more than all the reading. Undefined for what is no plain file.
 */
function readPlainFile(path: string | Buffer): Uint8Array | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) return undefined;
    // One byte more than it says: a file that grows meanwhile is read on below.
    let bytes = new Uint8Array(Math.min(facts.size, maxPolicyBytes) + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
      // All that was promised, and no byte more: asking again would cost as much as the reading did.
      const isWhole = length === facts.size && length < bytes.length;
      if (read === 0 || isWhole || length > maxPolicyBytes) return bytes.subarray(0, length);
      if (length < bytes.length) continue;
      const larger = new Uint8Array(Math.min(bytes.length * 2, maxPolicyBytes + 1));
      larger.set(bytes);
      bytes = larger;
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Reads one file for an author, capped at a byte more than a policy may have, so that core can say "too large". Pipes
 * are read as well. Throws ERR_LAPS_NO_SUCH_FILE or ERR_LAPS_FILE_UNREADABLE.
 */
export async function readPolicyFile(request: { readonly path: string; readonly cwd: string }): Promise<PolicyFile> {
  const path = pathOnDisk(absolutePath(request.path, request.cwd));
  try {
    const plain = readPlainFile(path);
    if (plain !== undefined) return { path: request.path, bytes: plain };
    if (await isNamedPipe(path)) throw noPlainFile();
    return { path: request.path, bytes: await readBytes(path) };
  } catch (error) {
    const { code, problem, hint } = fileTrouble(error);
    // Node has put this sign where the command line had a byte that is no UTF-8.
    const isMangled = code === 'ERR_LAPS_NO_SUCH_FILE' && request.path.includes('\ufffd');
    throw new LapsError(code, {
      message: `${request.path}: ${problem}`,
      hint: isMangled ? 'a name that is not UTF-8 cannot be named here: name its folder, or rename the file' : hint,
      cause: error,
    });
  }
}

const unreadable = (path: string, trouble: Trouble): PolicyFolderReading => ({ kind: 'unreadable', path, ...trouble });

function folderTrouble(error: unknown, folder: string): Trouble {
  const closed = codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';
  if (closed)
    return {
      code: 'ERR_LAPS_FILE_UNREADABLE',
      problem: 'no permission to read the policy folder',
      hint: 'run as a user that may read it, or change its mode',
    };
  if (folder === systemPolicies && codeOf(error) === 'ENOENT')
    return {
      code: 'ERR_LAPS_POLICIES_MISSING',
      problem: 'the policy folder does not exist, as where the service was uninstalled or never installed',
      hint: `install the service (laps service install), or say which account is meant: sudo mkdir -p ${folder} && sudo laps init ${folder}/csp.json; or name another folder with --policies`,
    };
  return {
    code: 'ERR_LAPS_POLICIES_MISSING',
    problem: codeOf(error) === 'ENOENT' ? 'the policy folder does not exist' : 'this is not a folder of policies',
    hint: 'name another one with --policies',
  };
}

/** Why policy is not taken from these places, in words; undefined when it may be. */
export type PolicyJudge = (
  paths: readonly string[],
) => Promise<{ readonly message: string; readonly hint: string } | undefined>;

/** The policy folder `folder`, called `shownAs` in messages. `judge` is asked before every reading. */
export function createPolicyFolder(options: {
  readonly folder: string;
  readonly shownAs: string;
  readonly judge?: PolicyJudge | undefined;
}): WatchedPolicyFolder {
  const { folder, shownAs, judge } = options;
  const shown = (name: string): string => join(shownAs, name);

  async function read(): Promise<PolicyFolderReading> {
    let names: string[];
    try {
      names = (await readdir(folder)).toSorted();
    } catch (error) {
      return unreadable(shownAs, folderTrouble(error, folder));
    }
    const paths = names.filter((name) => rootOfEntry(name) !== undefined).map((name) => join(folder, name));
    const refusal = await judge?.([folder, ...paths]);
    if (refusal !== undefined)
      return unreadable(shownAs, { code: 'ERR_LAPS_DATA_UNSAFE', problem: refusal.message, hint: refusal.hint });
    const nameOf = new Map<PolicyRootName, string>();
    const files: Array<{ root: PolicyRootName; file: PolicyFile }> = [];
    for (const name of names) {
      const root = rootOfEntry(name);
      if (root === undefined) continue;
      const twin = nameOf.get(root);
      if (twin !== undefined)
        return unreadable(shown(name), {
          code: 'ERR_LAPS_POLICY_UNREADABLE',
          problem: `two files stand for the root ${root}: ${twin} and ${name}`,
          hint: 'keep one of them',
        });
      try {
        const path = join(folder, name);
        // A pipe or device would hold the daemon up; only a plain file can be policy here.
        const facts = await stat(path);
        if (!facts.isFile() && !facts.isDirectory()) throw noPlainFile();
        files.push({ root, file: { path: shown(name), bytes: await readBytes(path) } });
        nameOf.set(root, name);
      } catch (error) {
        // Deleted between the listing and the reading: as if it had not been listed.
        if (codeOf(error) !== 'ENOENT') return unreadable(shown(name), fileTrouble(error));
      }
    }
    return { kind: 'files', files };
  }

  return {
    read,
    watch: (onChange) => watchFolder({ folder, matters: (name) => rootOfEntry(name) !== undefined, onChange }),
  };
}

/** Whether `path` names a folder; false for what is not there. */
export async function isFolder(request: { readonly path: string; readonly cwd: string }): Promise<boolean> {
  const facts = await stat(absolutePath(request.path, request.cwd)).catch(() => undefined);
  return facts?.isDirectory() === true;
}

/** The folder at `path`, or undefined when there is no folder of that name. */
export async function openPolicyFolder(request: {
  readonly path: string;
  readonly cwd: string;
}): Promise<WatchedPolicyFolder | undefined> {
  const folder = absolutePath(request.path, request.cwd);
  return (await isFolder(request)) ? createPolicyFolder({ folder, shownAs: request.path }) : undefined;
}

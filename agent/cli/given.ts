/**
 * The files that a policy author named: each path in order, a folder as the policies below it, `-` as standard input.
 *
 * Promises: one that cannot be read does not keep the others from being read; what a folder holds beside policies is
 * passed over, and told. Must never: read a file twice; what is named twice is given once.
 */
import { isLapsError, LapsError } from '../core/errors.ts';
import type { PolicyFile } from '../core/ports.ts';
import type { Face } from './face.ts';
import { namedPath } from './policyOptions.ts';
import type { UnreadPath } from './render/run.ts';

export interface GivenFiles {
  readonly files: readonly PolicyFile[];
  readonly unread: readonly UnreadPath[];
  readonly passedOver: readonly string[];
  /** The folders that were named and looked through, as they were named. */
  readonly folders: readonly string[];
}

/** Reads what `face.args` name. */
export async function readAllGiven(face: Face): Promise<GivenFiles> {
  const { cwd, stdin } = face.host;
  const { readPolicyFile, policyFilesBelow } = await (await import('../composeAuthoring.ts')).authoring();
  const files: PolicyFile[] = [];
  const unread: UnreadPath[] = [];
  const passedOver: string[] = [];
  const folders: string[] = [];
  const seen = new Set<string>();

  async function attempt<T>(path: string, act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      if (!isLapsError(error)) throw error;
      unread.push({ path, error });
      return undefined;
    }
  }
  async function one(path: string): Promise<void> {
    if (seen.has(path)) return;
    seen.add(path);
    const file = await attempt(path, async () =>
      path === '-' ? { path, bytes: await stdin.readAll() } : await readPolicyFile({ path, cwd }),
    );
    if (file !== undefined) files.push(file);
  }
  async function folder(path: string, below: readonly string[]): Promise<void> {
    const { isPolicyCandidate } = await import('../core/policy/candidates.ts');
    /** Only a file that says nothing of LAPS is looked into before it is passed over. */
    const isMeant = async (file: PolicyFile): Promise<boolean> => {
      if (isPolicyCandidate(file.path, file.bytes)) return true;
      const { isSuspect } = await import('../core/policy/suspects.ts');
      const { readDocument } = await import('../core/policy/formats/formats.ts');
      return isSuspect(file, await readDocument(file));
    };
    let found = false;
    for (const name of below) {
      if (seen.has(name)) {
        found = true;
        continue;
      }
      seen.add(name);
      const file = await attempt(name, () => readPolicyFile({ path: name, cwd }));
      if (file === undefined) found = true;
      else if (!(await isMeant(file))) passedOver.push(name);
      else {
        files.push(file);
        found = true;
      }
    }
    // A check that checked nothing must not look like one that found nothing.
    if (!found)
      unread.push({
        path,
        error: new LapsError('ERR_LAPS_NO_SUCH_FILE', {
          message: `${path}: no policy file in this folder`,
          hint: 'name the files, or another folder',
        }),
      });
  }

  for (const path of face.args.map(namedPath)) {
    const below = path === '-' ? undefined : await attempt(path, () => policyFilesBelow({ path, cwd }));
    if (below === undefined) {
      // A folder that could not be listed has been told already.
      if (!unread.some((each) => each.path === path)) await one(path);
    } else {
      folders.push(path);
      await folder(path, below);
    }
  }
  return { files, unread, passedOver, folders };
}

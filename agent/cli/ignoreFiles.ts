/**
 * The `.lapsaccept` files of a run: found, read once, and asked about each policy file.
 *
 * Promises: looked for beside each policy file, and in the folders above it up to the one the command runs in or the one
 * that was named; a path means the same however it is spelt. Must never: judge.
 */
import { isLapsError } from '../core/errors.ts';
import type { Exception } from '../core/policy/exceptions/exception.ts';
import { type IgnoreLine, ignoreFileName, readIgnoreFile } from '../core/policy/exceptions/ignoreFile.ts';
import { absolutePath, folderOf, isWithin, shownFrom } from '../core/policy/exceptions/paths.ts';
import { decodeText, makeSource, type SourceText } from '../core/policy/text.ts';
import type { Face } from './face.ts';

/** One that is there. */
export interface IgnoreFile {
  /** As a person would type it. */
  readonly path: string;
  readonly source: SourceText;
  readonly lines: readonly IgnoreLine[];
}

export interface IgnoreFiles {
  readonly files: readonly IgnoreFile[];
  /** What they say about the policy file at `path`. */
  exceptionsFor(path: string): readonly Exception[];
  /** Whether a folder, a path from the root on, lies in one whose policies are all judged. */
  isJudgedWhole(folder: string): boolean;
}

async function ignoreFileIn(face: Face, folder: string): Promise<IgnoreFile | undefined> {
  const { readPolicyFile } = await (await import('../composeAuthoring.ts')).authoring();
  const { cwd } = face.host;
  const path = shownFrom(absolutePath(cwd, '.'), absolutePath(folder, ignoreFileName));
  try {
    const { bytes } = await readPolicyFile({ path, cwd });
    const decoded = decodeText(bytes);
    // What is no text gives lines that are no exceptions, and that is told.
    const source = makeSource(decoded.kind === 'text' ? decoded.text : new TextDecoder('utf-8').decode(bytes));
    return { path, source, lines: readIgnoreFile(source, { folder, shown: path }) };
  } catch (error) {
    if (isLapsError(error) && error.code === 'ERR_LAPS_NO_SUCH_FILE') return undefined;
    throw error;
  }
}

/** The folders where an ignore file may speak of `path`: its own, and those above it within one of `bounds`. */
function foldersFor(path: string, bounds: readonly string[]): readonly string[] {
  const own = folderOf(path);
  const folders = [own];
  const within = bounds.filter((bound) => isWithin(own, bound));
  for (let folder = own; folder !== '/' && within.some((bound) => folder !== bound && isWithin(folder, bound)); ) {
    folder = folderOf(folder);
    folders.push(folder);
  }
  return folders;
}

/** Reads what there is for the policy files at `paths`; `folders` are those that were named as a whole. */
export async function readIgnoreFiles(
  face: Face,
  { paths, folders }: { readonly paths: readonly string[]; readonly folders: readonly string[] },
): Promise<IgnoreFiles> {
  const { cwd } = face.host;
  const here = absolutePath(cwd, '.');
  const named = folders.map((folder) => absolutePath(cwd, folder));
  const bounds = [here, ...named];
  const places = new Set([here, ...paths.flatMap((path) => foldersFor(absolutePath(cwd, path), bounds))]);
  const files: IgnoreFile[] = [];
  for (const folder of places) {
    const file = await ignoreFileIn(face, folder);
    if (file !== undefined) files.push(file);
  }
  return {
    files,
    exceptionsFor(path) {
      const whole = absolutePath(cwd, path);
      return files.flatMap(({ lines }) => lines.filter((line) => line.isAbout(whole)).map((line) => line.exception));
    },
    isJudgedWhole: (folder) => named.some((each) => isWithin(folder, each)),
  };
}

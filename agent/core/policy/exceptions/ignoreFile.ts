/**
 * `.lapsaccept`: exceptions for files that have no comments, such as Registry.pol and exports that are made anew.
 *
 * Knows: one exception a line, `path rule: reason`; `#` opens a comment. Promises: a line that is not understood is kept
 * and told, and every line keeps its place. Must never: read a file; the caller does.
 */
import type { SourceText } from '../text.ts';
import { type Exception, wordingOf } from './exception.ts';
import { absolutePath, folderOf } from './paths.ts';

/** The file's name; it is looked for beside each policy file and in the folders above, up to where the command runs. */
export const ignoreFileName = '.lapsaccept';

export interface IgnoreLine {
  /**
   * The path as it is written; a relative one is relative to the ignore file's folder, and `*` stands for any characters
   * but `/`. Empty when the line was not understood.
   */
  readonly path: string;
  /** The deepest folder that all files it can be about lie in, from the root on. */
  readonly folder: string;
  /** Whether it is about the file at this path, from the root on. */
  isAbout(file: string): boolean;
  readonly exception: Exception;
}

// A path may hold spaces; the rules are the last word before the first colon that follows them.
const wording = /^(.+?)\s+((?:[\w./-]+\s*,\s*)*[A-Za-z][\w./-]*\s*(?::.*)?)$/;
const longest = 1000;

/** The lines of an ignore file that stands in `folder`, a path from the root on; `shown` is its own path for a person. */
export function readIgnoreFile(
  source: SourceText,
  { folder, shown }: { readonly folder: string; readonly shown: string },
): readonly IgnoreLine[] {
  const lines: IgnoreLine[] = [];
  for (let number = 1; number <= source.lineCount; number += 1) {
    const raw = source.line(number);
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const found = line.length > longest ? null : wording.exec(line);
    const path = found?.[1] ?? '';
    const column = raw.indexOf(line) + 1;
    const exception: Exception = {
      ...(found?.[2] === undefined ? { rules: [], reason: '' } : wordingOf(found[2])),
      where: `${shown}:${number}`,
      about: path,
      place: { line: number, column, endLine: number, endColumn: column + line.length },
    };
    const whole = absolutePath(folder, path);
    const signs = whole.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${signs.join('[^/]*')}$`);
    lines.push({
      path,
      folder: folderOf(whole.split('*', 1)[0] ?? whole),
      isAbout: (file) => path !== '' && pattern.test(file),
      exception,
    });
  }
  return lines;
}

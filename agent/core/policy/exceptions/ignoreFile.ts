/**
 * `.lapsaccept`: exceptions for files that have no comments, such as Registry.pol and exports that are made anew.
 *
 * Knows: one exception a line, `path rule: reason`; `#` opens a comment. Promises: a line that is not understood is kept
 * and told. Must never: read a file; the caller does.
 */
import { startOfFile } from '../text.ts';
import { type Exception, wordingOf } from './exception.ts';

/** The file's name; it is looked for beside each policy file and in the folder the command runs in. */
export const ignoreFileName = '.lapsaccept';

export interface IgnoreLine {
  /** Path below the ignore file's folder, with `/`; `*` stands for any characters but `/`. */
  readonly path: string;
  readonly exception: Exception;
}

const normal = (path: string): string => path.replaceAll('\\', '/').replace(/^(\.\/)+/, '');

/** The lines of an ignore file; `shown` is its path as a person would type it. */
export function readIgnoreFile(text: string, shown: string): readonly IgnoreLine[] {
  return text.split(/\r\n|\r|\n/).flatMap((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    // A path may hold spaces; the rules are the last word before the first colon that follows them.
    const found = line.length > 1000 ? null : /^(.+?)\s+((?:[\w./-]+\s*,\s*)*[A-Za-z][\w./-]*\s*(?::.*)?)$/.exec(line);
    const wording = found?.[2] === undefined ? { rules: [], reason: '' } : wordingOf(found[2]);
    const exception = { ...wording, where: `${shown}:${index + 1}`, place: startOfFile };
    return [{ path: normal(found?.[1] ?? '*'), exception }];
  });
}

/** Whether a line is about the file at `path` (below the ignore file's folder). */
export function isAbout(line: IgnoreLine, path: string): boolean {
  const parts = line.path.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`).test(normal(path));
}

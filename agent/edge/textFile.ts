/** Small text files a person names: a CA's PEM, a seed. Trouble is told with the path and what to do. */
import { readFile, stat } from 'node:fs/promises';
import { LapsError } from '../core/errors.ts';
import { codeOf } from './diskError.ts';

const maxBytes = 1_048_576;

/** Throws ERR_LAPS_NO_SUCH_FILE or ERR_LAPS_FILE_UNREADABLE. */
export async function readTextFile(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > maxBytes)
      throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
        message: `${path} is larger than a mebibyte`,
        hint: 'name another file',
      });
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof LapsError) throw error;
    if (codeOf(error) === 'ENOENT')
      throw new LapsError('ERR_LAPS_NO_SUCH_FILE', { message: `there is no file ${path}`, hint: 'check the path' });
    throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
      message: `${path} cannot be read (${codeOf(error) ?? 'no reason given'})`,
      hint: 'check its permissions',
    });
  }
}

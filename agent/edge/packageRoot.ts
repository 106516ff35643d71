/**
 * Where this package lies on the disk, from source (agent/edge/...) as well as from the bundle (dist/laps.js, chunks).
 *
 * Knows: the nearest folder above this code whose package.json carries our name. Promises: an absolute path. Must never:
 * depend on the folder the program is started in.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LapsError } from '../core/errors.ts';

const packageName = 'laps-agent';

function isOurs(folder: string): boolean {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    const found: unknown = JSON.parse(text);
    return found !== null && typeof found === 'object' && 'name' in found && found.name === packageName;
  } catch {
    // No package.json here, or not ours to judge: look further up.
    return false;
  }
}

let known: string | undefined;

/** The folder that holds package.json, policies/ and the word lists. Throws ERR_LAPS_INTERNAL when there is none. */
export function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); known === undefined; folder = dirname(folder)) {
    if (isOurs(folder)) known = folder;
    else if (dirname(folder) === folder)
      throw new LapsError('ERR_LAPS_INTERNAL', {
        message: 'the files that belong to laps-agent were not found beside the program',
        hint: 'install the package again; the command needs its own folder',
      });
  }
  return known;
}

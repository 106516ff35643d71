/**
 * Builds of the program for the harness alone, beside a dist/ that may be in use.
 *
 * Promises: both lie inside the package, where the program finds its own files and add-ons.
 */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Builds } from './lane.ts';

/** The folder of package.json. */
export const packageFolder: string = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Builds the program as it ships, and with fault points, into a folder of the cache that is this process's own: another
 * measurement of the same clone would exchange it under commands that are at work. It is gone when the process ends.
 */
export async function buildBoth(): Promise<Builds> {
  const cache = join('node_modules', '.cache', `laps-builds-${process.pid}`);
  process.once('exit', () => rmSync(join(packageFolder, cache), { recursive: true, force: true }));
  const build = async (name: string, ...more: string[]): Promise<string> => {
    const outdir = join(cache, name);
    await promisify(execFile)(process.execPath, ['build.config.mjs', '--outdir', outdir, ...more], {
      cwd: packageFolder,
    });
    return join(packageFolder, outdir, 'laps.js');
  };
  return { ship: await build('ship'), fault: await build('fault', '--test') };
}

/** What `npm test` has built before. */
export function builtForTests(): Builds {
  const [ship, fault] = ['dist', 'dist-test'].map((folder) => join(packageFolder, folder, 'laps.js'));
  if (ship === undefined || fault === undefined || !existsSync(ship) || !existsSync(fault))
    throw new Error('dist/ or dist-test/ is missing: node build.config.mjs --test (npm test does it by itself)');
  return { ship, fault };
}

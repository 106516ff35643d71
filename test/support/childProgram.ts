/**
 * Programs of tests that run as processes of their own, each made into one plain file: compiling them at every start
 * would cost more than what they do.
 *
 * Promises: fault points are compiled in, as in the test build; packages are loaded from where they lie. Must never: be
 * needed by the product.
 */
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Emptied whenever the test build is made. Another process of the same test run makes a file of its own. */
const folder = fileURLToPath(new URL('../../dist-test/children/', import.meta.url));
const made = new Map<string, Promise<string>>();

async function make(source: string): Promise<string> {
  const outfile = join(folder, `${basename(source, '.ts')}-${process.pid}.mjs`);
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    define: { FAULT_POINTS: 'true' },
    logLevel: 'warning',
  });
  return outfile;
}

/** The path of `name`, a TypeScript file of this folder, as a file that Node runs as it is. */
export function childProgram(name: string): Promise<string> {
  const source = fileURLToPath(new URL(name, import.meta.url));
  const file = made.get(source) ?? make(source);
  made.set(source, file);
  return file;
}

/**
 * What `$schema` of a new policy says, so that an editor finds the schema from wherever the policy lies.
 *
 * Knows: the schema that lies in this package. Promises: what it gives resolves against the policy's own place, by URL
 * rules, as editors do it. A project that carries this package gets a relative reference, which is good on every clone of
 * it; anything else a file URL, good on this machine. Must never: name a network address; editors would fetch it.
 */
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from './packageRoot.ts';
import { absolutePath } from './system.ts';

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}${sep}`);

/** The folder whose clones all have this package at the same place: a project it is installed in, or its own clone. */
export function projectOf(root: string): string | undefined {
  const parts = root.split(sep);
  const modules = parts.indexOf('node_modules');
  if (modules === -1) return root;
  const project = parts.slice(0, modules).join(sep);
  // A global installation lies in a folder `lib` or the like, which is nobody's project.
  return parts[modules - 1] === 'lib' || project === '' ? undefined : project;
}

/** The reference for a policy at `path`; `root` is this package's folder unless a test says otherwise. */
export function schemaReference(request: {
  readonly path: string;
  readonly cwd: string;
  readonly root?: string;
}): string {
  const root = request.root ?? packageRoot();
  const schema = join(root, 'policies', 'laps.schema.json');
  const folder = dirname(absolutePath(request.path, request.cwd));
  const project = projectOf(root);
  if (project === undefined || !isBelow(folder, project)) return pathToFileURL(schema).href;
  const steps = relative(folder, schema).split(sep).map(encodeURIComponent).join('/');
  return steps.startsWith('.') ? steps : `./${steps}`;
}

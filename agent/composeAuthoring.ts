/**
 * The wiring of a policy author's verbs.
 *
 * Promises: nothing of the device, its data folder or its tenant is loaded; these commands run in editors and loops, so
 * their start is measured (`npm run bench`). Must never: decide anything.
 */
import type { PasswordSource, PolicyFile, PolicyFolder } from './core/ports.ts';

/** What a policy author's verbs need of the world; each member loads its edge when it is first used. */
export interface Authoring {
  /** Reads one file, at most a byte more than a policy may have; throws ERR_LAPS_NO_SUCH_FILE or ERR_LAPS_FILE_UNREADABLE. */
  readPolicyFile(request: { readonly path: string; readonly cwd: string }): Promise<PolicyFile>;
  /** The folder, or undefined when `path` names no folder. */
  policyFolder(request: { readonly path: string; readonly cwd: string }): Promise<PolicyFolder | undefined>;
  /** Paths of what may be policies below a folder, in order; undefined when `path` names no folder. */
  policyFilesBelow(request: { readonly path: string; readonly cwd: string }): Promise<readonly string[] | undefined>;
  passwordSource(): Promise<PasswordSource>;
}

/** The edges of a policy author's verbs. */
export async function authoring(): Promise<Authoring> {
  const folder = await import('./edge/policyFolder.ts');
  return {
    readPolicyFile: folder.readPolicyFile,
    policyFolder: async (request) => folder.openPolicyFolder(request),
    async policyFilesBelow(request) {
      if (!(await folder.isFolder(request))) return undefined;
      return (await import('./edge/policyTree.ts')).policyFilesBelow(request);
    },
    passwordSource: async () => (await import('./edge/generator.ts')).createPasswordSource(),
  };
}

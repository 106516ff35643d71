/**
 * The wiring of a policy author's verbs.
 *
 * Promises: nothing of the device, its data folder or its tenant is loaded; these commands run in editors and loops, so
 * their start is measured (`npm run bench`). Must never: decide anything.
 */
import type { PasswordSource, PolicyFile, PolicyFolder } from './core/ports.ts';
// Not when first used: every author's verb reads a file, and one wave of loading less is felt.
import * as folder from './edge/policyFolder.ts';

/** What a policy author's verbs need of the world; each member loads its edge when it is first used. */
export interface Authoring {
  /** Reads one file, at most a byte more than a policy may have; throws ERR_LAPS_NO_SUCH_FILE or ERR_LAPS_FILE_UNREADABLE. */
  readPolicyFile(request: { readonly path: string; readonly cwd: string }): Promise<PolicyFile>;
  /** The folder, or undefined when `path` names no folder. */
  policyFolder(request: { readonly path: string; readonly cwd: string }): Promise<PolicyFolder | undefined>;
  /** Paths of what may be policies below a folder, in order; undefined when `path` names no folder. */
  policyFilesBelow(request: { readonly path: string; readonly cwd: string }): Promise<readonly string[] | undefined>;
  /** Writes a file that the author named. Throws as `writeOutputFile` of the edge does. */
  writeOutputFile(request: {
    readonly path: string;
    readonly cwd: string;
    readonly bytes: Uint8Array;
    /** False: a file that is there is left alone, and ERR_LAPS_FILE_EXISTS thrown. */
    readonly replace: boolean;
  }): Promise<void>;
  /** Whether two paths are one file on the disk. */
  isSameFile(request: { readonly path: string; readonly other: string; readonly cwd: string }): Promise<boolean>;
  /** What `$schema` of a policy at `path` says, for editors. */
  schemaReference(request: { readonly path: string; readonly cwd: string }): Promise<string>;
  passwordSource(): Promise<PasswordSource>;
}

/** The edges of a policy author's verbs. */
export async function authoring(): Promise<Authoring> {
  return {
    readPolicyFile: folder.readPolicyFile,
    policyFolder: async (request) => folder.openPolicyFolder(request),
    async policyFilesBelow(request) {
      if (!(await folder.isFolder(request))) return undefined;
      return (await import('./edge/policyTree.ts')).policyFilesBelow(request);
    },
    writeOutputFile: async (request) => (await import('./edge/outputFile.ts')).writeOutputFile(request),
    isSameFile: async (request) => (await import('./edge/outputFile.ts')).isSameFile(request),
    schemaReference: async (request) => (await import('./edge/schemaReference.ts')).schemaReference(request),
    passwordSource: async () => (await import('./edge/generator.ts')).createPasswordSource(),
  };
}

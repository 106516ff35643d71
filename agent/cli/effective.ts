/**
 * A path to what a device would make of it: a file, a folder of roots, or standard input.
 *
 * Promises: a folder is read as a device reads it, with the roots that it would pass over named; what a device would
 * refuse is told as the refusal. Must never: decide a value; resolve does.
 */
import { LapsError } from '../core/errors.ts';
import { type PolicyDocument, rootJudgedAs, rootOfFileName, type Unlinked } from '../core/policy/document.ts';
import { readDocument } from '../core/policy/formats/formats.ts';
import type { OsBuild } from '../core/policy/os.ts';
import type { ShadowedRoot } from '../core/policy/outlook.ts';
import { policyOfFolder, refusalOf, type UnreadablePolicy, unreadableOf } from '../core/policy/read.ts';
import { activeRootOf, type EffectivePolicy, resolvePolicy } from '../core/policy/resolve.ts';
import { isLegacyName } from '../core/policy/settings.ts';
import type { PolicyFile, PolicyFolderReading, PolicyRootName } from '../core/ports.ts';
import { chosenPolicy } from './chosen.ts';
import type { Face } from './face.ts';
import { namedPath, readGiven } from './policyOptions.ts';
import { clean } from './render/display.ts';

export interface EffectiveReading {
  /** What stands in what was read, also where a device would not take it; undefined for what cannot be read at all. */
  readonly policy: EffectivePolicy | undefined;
  /** Why a device would keep the policy it had. */
  readonly refusal: UnreadablePolicy | undefined;
  /** Roots of the folder below the active one that set something, too. */
  readonly shadowed: readonly ShadowedRoot[];
  /** Which of several policies of a file was taken. */
  readonly note?: string;
  /** Present when the policy is a GPO that no link hands out. */
  readonly unlinked?: Unlinked;
  /** The root of another policy that this one was taken for, since nothing says its own, where that is not the usual one. */
  readonly takenFor?: PolicyRootName;
}

type RootedFile = { readonly root: PolicyRootName; readonly file: PolicyFile };

/** Those that would speak if the active root did not; a file that cannot be read says nothing. */
async function shadowedIn(
  files: readonly RootedFile[],
  active: EffectivePolicy['source'],
  os: OsBuild,
): Promise<readonly ShadowedRoot[]> {
  const shadowed: ShadowedRoot[] = [];
  for (const { root, file } of files) {
    if (root === active) continue;
    const document = await readDocument(file);
    if (activeRootOf([{ root, document }], os) !== undefined) shadowed.push({ root, file: file.path });
  }
  return shadowed;
}

/** What a file sets for legacy LAPS beside the root that counts. */
const shadowedBeside = (document: PolicyDocument | undefined): readonly ShadowedRoot[] =>
  document?.shadowed === undefined ? [] : [{ root: 'Legacy', file: document.path, beside: true }];

/** What a verb asks about a path. */
export interface EffectiveRequest {
  readonly path: string;
  readonly os: OsBuild;
  /** `--policy`: which of several policies of a file is meant. */
  readonly policy: string | undefined;
  /** `--root`: what the file is judged as, whatever its name says. */
  readonly root: PolicyRootName | undefined;
  /** Whether `policy` and `root` may be about another path of the same command only. */
  readonly elsewhere?: { readonly policy: boolean; readonly root: boolean };
}

/** A path that is read and not yet judged. */
export interface PolicyAtPath {
  /** The root that is said: with `--root`, by the file's name or content, or by the folder; undefined where by nothing. */
  readonly root: PolicyRootName | undefined;
  /** Whether it holds several policies, which `--policy` tells apart. */
  readonly takesPolicy: boolean;
  /** Whether `--root` is about it: not where it says its root itself. */
  readonly takesRoot: boolean;
  /** What a device makes of it; where nothing says a root, as one of `like`, unless its settings are none of that root. */
  judged(like?: PolicyRootName): EffectiveReading;
}

/** Throws where a person names another root than the one that the content is keyed for. */
export function refuseOtherRoot(document: PolicyDocument, told: PolicyRootName | undefined): void {
  if (told === undefined || document.root === undefined || document.root === told) return;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `--root ${told.toLowerCase()}: what ${clean(document.path)} holds is keyed for the root ${document.root}`,
    hint: 'leave --root out',
  });
}

/** Whether a document that names no root may be one of that root: legacy LAPS has other settings. */
const mayBeOf = (root: PolicyRootName, { settings }: PolicyDocument): boolean =>
  root !== 'Legacy' || settings.every(({ name }) => isLegacyName(name));

async function policyInFile(face: Face, request: EffectiveRequest): Promise<PolicyAtPath> {
  const { path, os, elsewhere } = request;
  const read = await readDocument(await readGiven(face, path));
  const { document, note } = chosenPolicy(read, request.policy, elsewhere?.policy);
  const takesRoot = elsewhere?.root !== true || document.root === undefined;
  const told = takesRoot ? request.root : undefined;
  refuseOtherRoot(document, told);
  const said = told ?? rootOfFileName(document.path) ?? document.root;
  return {
    root: said,
    takesPolicy: note !== undefined,
    takesRoot,
    judged(like) {
      const taken = said === undefined && like !== undefined && mayBeOf(like, document) ? like : undefined;
      const root = rootJudgedAs(document, told ?? taken);
      const refusal = refusalOf(document, root, os);
      return {
        // A file with a value of the wrong type still shows what its other values mean; a broken one shows nothing.
        policy: document.problems.length > 0 ? undefined : resolvePolicy({ documents: [{ root, document }], os }),
        refusal: refusal === undefined ? undefined : unreadableOf(document.path, refusal),
        shadowed: shadowedBeside(document),
        ...(note !== undefined && { note }),
        ...(document.unlinked !== undefined && { unlinked: document.unlinked }),
        ...(taken !== undefined && taken !== rootJudgedAs(document) && { takenFor: taken }),
      };
    },
  };
}

/** What the file of a folder that a device would not take says all the same; undefined for a broken one. */
async function policyRefused(
  files: PolicyFolderReading,
  path: string,
  os: OsBuild,
): Promise<EffectivePolicy | undefined> {
  const refused = files.kind === 'files' ? files.files.find(({ file }) => file.path === path) : undefined;
  if (refused === undefined) return undefined;
  const document = await readDocument(refused.file);
  if (document.problems.length > 0) return undefined;
  return resolvePolicy({ documents: [{ root: refused.root, document }], os });
}

/** What a device makes of a folder's files: their names say the roots. */
async function policyInFolder(
  face: Face,
  files: PolicyFolderReading,
  { path, os }: EffectiveRequest,
): Promise<EffectiveReading> {
  const reading = await policyOfFolder(files, os);
  if (reading.kind !== 'policy')
    return { policy: await policyRefused(files, reading.path, os), refusal: reading, shadowed: [] };
  const active = reading.documents.find(({ root }) => root === reading.policy.source)?.document;
  const others = files.kind === 'files' ? await shadowedIn(files.files, reading.policy.source, os) : [];
  const shadowed = [...shadowedBeside(active), ...others];
  if (files.kind === 'files' && files.files.length === 0)
    face.say(
      `${clean(path)}: no file here is named for a root (csp, gpo, local or legacy), and a device looks at no other\n`,
    );
  return { policy: reading.policy, refusal: undefined, shadowed };
}

/** Reads a path. Throws what reading a file and choosing a policy throw, and for options that are about no folder. */
export async function policyAtPath(face: Face, request: EffectiveRequest): Promise<PolicyAtPath> {
  const { path, elsewhere } = request;
  const { policyFolder } = await (await import('../composeAuthoring.ts')).authoring();
  const folder = path === '-' ? undefined : await policyFolder({ path: namedPath(path), cwd: face.host.cwd });
  if (folder === undefined) return policyInFile(face, request);
  for (const name of ['policy', 'root'] as const)
    if (request[name] !== undefined && elsewhere?.[name] !== true)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: `${clean(path)} is a folder, and --${name} is about a file`,
        hint: 'name the file itself',
      });
  const reading = await policyInFolder(face, await folder.read(), request);
  const { source = 'none' } = reading.policy ?? {};
  return { root: source === 'none' ? undefined : source, takesPolicy: false, takesRoot: false, judged: () => reading };
}

/** What a device of that build makes of a path. Throws what reading a file and choosing a policy throw. */
export const effectiveOf = async (face: Face, request: EffectiveRequest): Promise<EffectiveReading> =>
  (await policyAtPath(face, request)).judged();

/** A refusal as an error for a person. */
export function refusalError(refusal: UnreadablePolicy): LapsError {
  const where = refusal.code === 'ERR_LAPS_POLICY_UNREADABLE' ? `:${refusal.line}:${refusal.column}` : '';
  return new LapsError(refusal.code, {
    message: `${clean(refusal.path)}${where}: ${clean(refusal.problem)}; a device keeps the policy it had`,
    hint: refusal.hint,
  });
}

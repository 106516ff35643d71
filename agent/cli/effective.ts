/**
 * A path to what a device would make of it: a file, a folder of roots, or standard input.
 *
 * Promises: a folder is read as a device reads it, with the roots that it would pass over named; what a device would
 * refuse is told as the refusal. Must never: decide a value; resolve does.
 */
import { LapsError } from '../core/errors.ts';
import { type PolicyDocument, rootJudgedAs, type Unlinked } from '../core/policy/document.ts';
import { readDocument } from '../core/policy/formats/formats.ts';
import type { OsBuild } from '../core/policy/os.ts';
import type { ShadowedRoot } from '../core/policy/outlook.ts';
import { policyOfFolder, refusalOf, type UnreadablePolicy, unreadableOf } from '../core/policy/read.ts';
import { activeRootOf, type EffectivePolicy, resolvePolicy } from '../core/policy/resolve.ts';
import type { PolicyFile, PolicyRootName } from '../core/ports.ts';
import { chosenPolicy } from './chosen.ts';
import type { Face } from './face.ts';
import { namedPath, readGiven } from './policyOptions.ts';
import { clean } from './render/display.ts';

export interface EffectiveReading {
  /** Undefined for what cannot be read at all. */
  readonly policy: EffectivePolicy | undefined;
  /** Why a device would keep the policy it had. */
  readonly refusal: UnreadablePolicy | undefined;
  /** Roots of the folder below the active one that set something, too. */
  readonly shadowed: readonly ShadowedRoot[];
  /** Which of several policies of a file was taken. */
  readonly note?: string;
  /** Present when the policy is a GPO that no link hands out. */
  readonly unlinked?: Unlinked;
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
  /** Whether `policy` may be about another path of the same command only. */
  readonly elsewhere?: boolean;
}

/** What a device of that build makes of a path. Throws what reading a file and choosing a policy throw. */
export async function effectiveOf(face: Face, request: EffectiveRequest): Promise<EffectiveReading> {
  const { path, os } = request;
  const { policyFolder } = await (await import('../composeAuthoring.ts')).authoring();
  const folder = path === '-' ? undefined : await policyFolder({ path: namedPath(path), cwd: face.host.cwd });
  if (folder === undefined) {
    const { document, note } = chosenPolicy(
      await readDocument(await readGiven(face, path)),
      request.policy,
      request.elsewhere,
    );
    const root = rootJudgedAs(document);
    const refusal = refusalOf(document, root, os);
    return {
      // A file with a value of the wrong type still shows what its other values mean; a broken one shows nothing.
      policy: document.problems.length > 0 ? undefined : resolvePolicy({ documents: [{ root, document }], os }),
      refusal: refusal === undefined ? undefined : unreadableOf(document.path, refusal),
      shadowed: shadowedBeside(document),
      ...(note !== undefined && { note }),
      ...(document.unlinked !== undefined && { unlinked: document.unlinked }),
    };
  }
  if (request.policy !== undefined && request.elsewhere !== true)
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `${clean(path)} is a folder, and --policy is about a file`,
      hint: 'name the file itself',
    });
  const files = await folder.read();
  const reading = await policyOfFolder(files, os);
  if (reading.kind !== 'policy') return { policy: undefined, refusal: reading, shadowed: [] };
  const active = reading.documents.find(({ root }) => root === reading.policy.source)?.document;
  const others = files.kind === 'files' ? await shadowedIn(files.files, reading.policy.source, os) : [];
  const shadowed = [...shadowedBeside(active), ...others];
  if (files.kind === 'files' && files.files.length === 0)
    face.say(
      `${clean(path)}: no file here is named for a root (csp, gpo, local or legacy), and a device looks at no other\n`,
    );
  return { policy: reading.policy, refusal: undefined, shadowed };
}

/** A refusal as an error for a person. */
export function refusalError(refusal: UnreadablePolicy): LapsError {
  const where = refusal.code === 'ERR_LAPS_POLICY_UNREADABLE' ? `:${refusal.line}:${refusal.column}` : '';
  return new LapsError(refusal.code, {
    message: `${clean(refusal.path)}${where}: ${clean(refusal.problem)}; a device keeps the policy it had`,
    hint: refusal.hint,
  });
}

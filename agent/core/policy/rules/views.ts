/**
 * The policies of a run as a device of one build reads them, each with those it may meet on one device.
 *
 * Knows: that the roots of a policy folder meet, exports of Intune in one folder, and the policies of one file. Promises:
 * what no other policy needs to see is not kept; a run may be of thousands of files, most of which stand alone. Must
 * never: judge.
 */
import type { PolicyRootName } from '../../ports.ts';
import { type PolicyDocument, rootJudgedAs, rootOfFileName } from '../document.ts';
import { judgedDocument } from '../drafts.ts';
import type { Exception } from '../exceptions/exception.ts';
import type { OsBuild } from '../os.ts';
import { partsOf } from '../parts.ts';
import { policyAlone } from '../resolve.ts';
import type { JudgedSetting } from '../values.ts';
import { namesIn } from './names.ts';
import type { FileView, Neighbours } from './rule.ts';

/** A policy to judge, a whole file or one of several in it. */
export interface PolicyToJudge {
  readonly document: PolicyDocument;
  readonly root: PolicyRootName;
}

/** A file to judge. */
export interface FileToJudge extends PolicyToJudge {
  /** Its policies, each judged for itself, where it holds more than one (parts.ts); absent: the file is one. */
  readonly parts?: readonly PolicyToJudge[];
  /** What an ignore file says about it, beside the comments in the file itself. */
  readonly exceptions?: readonly Exception[];
}

/** A document as a file to judge: as the root that its name or its content says, unless a person told another. */
export function fileToJudge(document: PolicyDocument, told?: PolicyRootName): FileToJudge {
  const root = rootJudgedAs(document, told);
  if (document.policies === undefined) return { document, root };
  const parts = partsOf(document).map((part) => ({ document: part, root: rootJudgedAs(part, told) }));
  return { document, root, parts };
}

/** A policy with its place in the run. */
export interface NumberedPolicy extends PolicyToJudge {
  readonly at: number;
  /** The first place of its file, and how many the file has. */
  readonly family: { readonly from: number; readonly size: number };
}

/** The policies of each file, numbered through. */
export function policiesOf(files: readonly FileToJudge[]): ReadonlyArray<readonly NumberedPolicy[]> {
  let from = 0;
  return files.map((file) => {
    const policies = file.parts ?? [file];
    const family = { from, size: policies.length };
    from += policies.length;
    return policies.map(({ document, root }, part) => ({ document, root, at: family.from + part, family }));
  });
}

/** Whether a device uses another value in the place of this one. */
const isReplaced = ({ verdict: { kind } }: JudgedSetting): boolean =>
  kind === 'notAllowed' || kind === 'newerValue' || kind === 'valueNotInRoot';

/** A policy as a device of one build reads it. */
function viewOf({ document, root }: PolicyToJudge, os: OsBuild): FileView {
  const judged = judgedDocument({ root, document }, os);
  const { settings } = judged;
  const given = new Map<string, JudgedSetting>();
  const odd: JudgedSetting[] = [];
  for (const each of settings) {
    given.set(each.setting.name, each);
    if (each.verdict.kind !== 'fine') odd.push(each);
  }
  // A value that no device comes to use is told as taken back, and not for what it is.
  const counting =
    given.size === settings.length
      ? odd
      : odd.filter((each) => !isReplaced(each) || given.get(each.setting.name) === each);
  const policy = policyAlone(judged, os);
  const names = namesIn({ given, policy });
  return { document, root, policy, settings, odd: counting, given, names, namedRoot: rootOfFileName(document.path) };
}

const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** For each folder, by their numbers in the run, the policies that may meet on one device with another of the folder. */
type Folders = ReadonlyMap<string, { readonly roots: number[]; readonly intune: number[] }>;

/** Files of a policy folder meet, and so do exports of Intune. */
export function foldersOf(policies: readonly PolicyToJudge[]): Folders {
  const folders = new Map<string, { roots: number[]; intune: number[] }>();
  for (const [at, { document }] of policies.entries()) {
    const isRoot = rootOfFileName(document.path) !== undefined;
    if (!isRoot && document.format !== 'intune' && document.format !== 'omauri') continue;
    const name = folderOf(document.path);
    const folder = folders.get(name) ?? { roots: [], intune: [] };
    folders.set(name, folder);
    folder[isRoot ? 'roots' : 'intune'].push(at);
  }
  return folders;
}

/** A policy as it is read, and whom it may meet. */
export interface Seen {
  readonly view: FileView;
  readonly neighbours: Neighbours;
}

const nobody: Neighbours = { roots: [], intune: [], siblings: [] };

/** Reads the policies of a run for one build, each when it is asked for. */
export function viewsFor(
  policies: readonly NumberedPolicy[],
  folders: Folders,
  os: OsBuild,
): (policy: NumberedPolicy) => Seen {
  const kept = new Map<number, FileView>();
  const companies = new Map<string, Omit<Neighbours, 'siblings'>>();
  const families = new Map<number, readonly FileView[]>();
  const keptView = (at: number): FileView[] => {
    const policy = policies[at];
    if (policy === undefined) return [];
    const view = kept.get(at) ?? viewOf(policy, os);
    kept.set(at, view);
    return [view];
  };
  /** Everyone in a folder who may meet another. */
  const companyIn = (name: string): Omit<Neighbours, 'siblings'> => {
    const folder = folders.get(name);
    if (folder === undefined) return nobody;
    const made = companies.get(name) ?? {
      roots: folder.roots.flatMap(keptView),
      intune: folder.intune.flatMap(keptView),
    };
    companies.set(name, made);
    return made;
  };
  const siblingsOf = ({ family: { from, size } }: NumberedPolicy): readonly FileView[] => {
    if (size === 1) return nobody.siblings;
    const made = families.get(from) ?? Array.from({ length: size }, (_, part) => from + part).flatMap(keptView);
    families.set(from, made);
    return made;
  };
  return (policy) => {
    const { roots, intune } = companyIn(folderOf(policy.document.path));
    const siblings = siblingsOf(policy);
    const view = kept.get(policy.at) ?? viewOf(policy, os);
    if (roots.length + intune.length + siblings.length === 0) return { view, neighbours: nobody };
    // What stands in the same file is no other file for the same root.
    const isOther = (other: FileView): boolean => other.document.source !== view.document.source;
    const others = roots.includes(view) ? roots.filter(isOther) : roots;
    return { view, neighbours: { roots: others, intune, siblings } };
  };
}

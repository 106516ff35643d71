/** The step that makes THIRD_PARTY_NOTICES.txt from the lockfile and the installed packages. */

/** One package of the production tree. */
export interface ProductionPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Its key in the lockfile, a path below the project. */
  readonly place: string;
  /** A build for one system, installed only there. */
  readonly isBinary: boolean;
}

/** The production tree as the lockfile has it, sorted. */
export function productionPackages(): ProductionPackage[];
/** What a notices file lists, as `name version`, in its order. */
export function packagesInNotices(text: string): string[];
/** The text of THIRD_PARTY_NOTICES.txt as it should be. */
export function noticesText(): string;

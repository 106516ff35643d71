/**
 * A sign-in that a record tells of, and those that a record file grew by.
 *
 * Must never: hold anything of the record but who and when.
 */
import type { Authenticated } from '../../core/postAuth/pamSession.ts';
import type { SignIn } from '../../core/postAuth/step.ts';
import { type Appended, type Place, readAppended } from './appended.ts';

/** `at`: the beginning of what the record's clock can tell apart. */
export interface FoundSignIn extends SignIn {
  /** How much that is, in ms. */
  readonly within: number;
  readonly who: Authenticated;
}

/** Whether it may have been at or after `since`, epoch ms: what cannot be told apart counts. */
export function isSince({ at, within }: FoundSignIn, since: number): boolean {
  return at + within > since;
}

/**
 * The sign-ins that were appended to the file at `path` after `place`; undefined without such a file. Where reading began
 * anew, those before `since`, epoch ms, are left out. `take` tells what it finds and says how many bytes it took.
 */
export async function readSignIns(request: {
  readonly path: string;
  readonly place: Place | undefined;
  readonly since: number;
  readonly take: (bytes: Buffer, tell: (one: FoundSignIn | undefined) => void) => number;
}): Promise<(Appended & { readonly found: readonly FoundSignIn[] }) | undefined> {
  const { path, place, since, take } = request;
  const found: FoundSignIn[] = [];
  const tell = (one: FoundSignIn | undefined): void => {
    if (one !== undefined) found.push(one);
  };
  const appended = await readAppended({ path, place, since, take: (bytes) => take(bytes, tell) });
  if (appended === undefined) return undefined;
  return { ...appended, found: appended.wentOn ? found : found.filter((each) => isSince(each, since)) };
}

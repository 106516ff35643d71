/**
 * What a tenant does when its credentials file was lost or damaged: it holds no password, only verifiers, so new ones
 * are drawn for whom the file no longer knows.
 *
 * Knows: the file's form. Promises: who is in the file keeps what is written there; killed at any line, the next start
 * does the rest. Must never: log a password, or draw one for anybody whom the file knows.
 */
import { readPrivateFile, writePrivateFile } from './files.ts';
import { isJson, parseJson, textMember } from './plain.ts';
import { type Credentials, drawAppSecret, drawPassword } from './seed.ts';
import type { Store } from './store.ts';
import { drawnCost, verifierOf } from './verifiers.ts';

/** A list of the file, as much of it as can be read. */
function entriesOf(file: unknown, name: 'users' | 'applications'): ReadonlyArray<Readonly<Record<string, unknown>>> {
  const list = isJson(file) ? file[name] : undefined;
  return Array.isArray(list) ? list.filter(isJson) : [];
}

/** Draws anew what `path` no longer holds; the names of those concerned, none when the file is whole. */
export async function replaceLost(path: string, store: Store): Promise<readonly string[]> {
  const file = parseJson(readPrivateFile(path) ?? '');
  const find = (list: 'users' | 'applications', key: string, name: string, value: string): string | undefined => {
    const entry = entriesOf(file, list).find((each) => textMember(each, key)?.toLowerCase() === name.toLowerCase());
    return entry === undefined ? undefined : textMember(entry, value);
  };
  const drawn: string[] = [];
  const changes: Array<() => void> = [];
  /** What the file holds for `name`; else a new one, whose verifier is set with all others. */
  async function keptOr(
    kept: string | undefined,
    {
      name,
      draw,
      set,
    }: { readonly name: string; readonly draw: () => string; readonly set: (verifier: string) => void },
  ): Promise<string> {
    if (kept !== undefined) return kept;
    const secret = draw();
    const verifier = await verifierOf(secret, drawnCost);
    changes.push(() => set(verifier));
    drawn.push(name);
    return secret;
  }

  const { principals } = store;
  const users: Array<Credentials['users'][number]> = [];
  for (const { id, userPrincipalName: name } of principals.users()) {
    const set = (verifier: string): void => principals.setVerifier(id, verifier);
    const kept = find('users', 'userPrincipalName', name, 'password');
    users.push({ userPrincipalName: name, password: await keptOr(kept, { name, draw: drawPassword, set }) });
  }
  const applications: Array<Credentials['applications'][number]> = [];
  for (const { appId, displayName, secretVerifier } of principals.applications()) {
    if (secretVerifier === null) continue;
    const set = (verifier: string): void => principals.setSecretVerifier(appId, verifier);
    const kept = find('applications', 'appId', appId, 'secret');
    const secret = await keptOr(kept, { name: displayName, draw: drawAppSecret, set });
    applications.push({ appId, displayName, secret });
  }
  if (drawn.length === 0) return [];
  // The rows before the file: cut off between the two, the file still lacks them and they are drawn again.
  store.transaction(() => {
    for (const change of changes) change();
  });
  const credentials: Credentials = { users, applications };
  writePrivateFile(path, `${JSON.stringify(credentials, null, 2)}\n`);
  return drawn;
}

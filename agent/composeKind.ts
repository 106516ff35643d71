/**
 * The wiring of which kind of accounts a data folder managed so far, whatever its configuration is told now.
 *
 * Promises: the folder's own record counts first; where it is gone or says nothing, one other witness of real accounts is
 * enough: the note in /etc that names this folder, the configuration file, the account of the last rotation. Must never:
 * take a record that is lost for a word that the accounts are simulated, or change anything.
 */
import { type AccountsKind, kindOfSid } from './composeAccounts.ts';
import type { Configuration } from './core/configuration.ts';
import { servicePaths } from './core/hosting/place.ts';
import type { DataFolder } from './edge/dataFolder.ts';
import { thisSystem } from './edge/system.ts';

/** `file`: what the configuration file says. Undefined: no kind was ever named, and nothing speaks of a real account. */
export async function kindSoFar(
  folder: Pick<DataFolder, 'root' | 'accounts' | 'state'>,
  file: Configuration,
  notes: string = servicePaths().accounts,
): Promise<AccountsKind | undefined> {
  const { createManagedKind } = await import('./edge/accounts/managedKind.ts');
  const kind = await createManagedKind({ folder: folder.accounts }).read();
  if (kind !== undefined) return kind;
  if (file.accounts === 'linux') return 'linux';
  // Nobody else has ever managed a real account.
  if (thisSystem().uid !== 0) return undefined;
  const [{ claimedBy }, { createStateStore }] = await Promise.all([
    import('./edge/accounts/accountClaims.ts'),
    import('./edge/stateStore.ts'),
  ]);
  if ((await claimedBy({ folder: notes, data: folder.root })).length > 0) return 'linux';
  const state = await createStateStore({ folder: folder.state }).peek();
  return state.kind === 'state' && (await kindOfSid(state.state.accountSid)) === 'linux' ? 'linux' : undefined;
}

/**
 * What keeps an account from being changed, in words for a person: for the cycle that meets it and for `laps doctor`.
 *
 * Promises: what it is, and what to do. Must never: look anything up.
 */
import type { Trouble } from './diagnosis/facts.ts';
import type { AccountObstacle } from './ports.ts';
import { shellWord } from './shellWord.ts';

/** Another data folder manages it. */
export function keptWords(data: string): { readonly problem: string; readonly hint: string } {
  return {
    problem: `it is managed from the data folder ${data}`,
    hint: `one data folder has one account: name another account here; or give it up there with laps leave --data ${shellWord(data)}; or take it over from here with laps process --take-over`,
  };
}

/** `name`: of the account as it is called now. */
export function obstacleTrouble(obstacle: AccountObstacle, name: string): Trouble {
  switch (obstacle.kind) {
    case 'kept': {
      const { problem, hint } = keptWords(obstacle.data);
      return { code: 'ERR_LAPS_ACCOUNT_BUSY', message: `the account ${name} is left alone: ${problem}`, hint };
    }
    case 'unwritable':
      return {
        code: 'ERR_LAPS_DISK',
        message: `no password can be set: ${obstacle.path}: ${obstacle.problem}`,
        hint: `${obstacle.hint}; then run: laps process`,
      };
    case 'unsafe':
      return {
        code: 'ERR_LAPS_DATA_UNSAFE',
        message: `the account ${name} is left alone: ${obstacle.problem}`,
        hint: obstacle.hint,
      };
    case 'unprovable':
      return {
        code: 'ERR_LAPS_ACCOUNT_UNVERIFIED',
        message: `no password of ${name} can be proven: ${obstacle.problem}`,
        hint: 'install PAM again (Debian: apt-get install --reinstall libpam-modules-bin), then run: laps process',
      };
  }
}

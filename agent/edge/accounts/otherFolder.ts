/**
 * Whether another data folder of this machine still manages an account.
 *
 * Knows: what a data folder keeps of the account it manages. Promises: where that cannot be told, the answer is yes; a
 * folder that is not there, or that is joined to nothing, manages nothing. Must never: change anything there, or take its
 * locks.
 */
import { join } from 'node:path';
import { isLapsError } from '../../core/errors.ts';
import { dataLayout } from '../dataFolder.ts';
import { exists } from '../dataVersion.ts';
import { createJournal } from '../journalFile.ts';
import { createKeyRing, lookOnly } from '../keyRing.ts';
import { createFollowedFile } from './followed.ts';

/** `sid`: the account's, as that folder's journal has it. */
export async function managesAccount(root: string, uid: number, sid: string): Promise<boolean | 'gone'> {
  try {
    if (!(await exists(root))) return 'gone';
    const folder = dataLayout(root);
    if (!(await exists(join(folder.identity, 'identity.json')))) return false;
    const followed = await createFollowedFile({ folder: folder.accounts }).peek();
    if (followed === 'absent' || followed === 'damaged' || followed?.uid === uid) return true;
    // It has let the account go, or manages another one; unless a rotation of this one is open there.
    const keys = lookOnly(createKeyRing({ folder: folder.keys }));
    const record = await createJournal({ path: folder.journalFile, keys }).peek();
    return record === 'damaged' || (record !== 'absent' && record.pending?.account.sid === sid);
  } catch (error) {
    if (isLapsError(error)) return true;
    throw error;
  }
}

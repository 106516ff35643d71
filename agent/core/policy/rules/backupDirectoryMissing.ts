/** Without BackupDirectory nothing is managed: the default is 0, and it makes all else irrelevant (spec 2.1). */
import type { Stray } from '../document.ts';
import { startOfFile, whereText } from '../text.ts';
import { givenSetting, setsSomething } from './facts.ts';
import { lowerRootManaging } from './rootDisablesRest.ts';
import type { Rule } from './rule.ts';

/** Whether what no device reads is the directory, by its name or by the id that it ends with. */
const isDirectory = ({ where, name }: Stray): boolean =>
  name === 'BackupDirectory' || (name === '' && /[_/]backupdirectory$/i.test(where));

export const backupDirectoryMissing: Rule = {
  id: 'LAPS016',
  name: 'backup-directory-missing',
  severity: 'error',
  summary: 'BackupDirectory is not set, so nothing in the file has any effect.',
  hint: 'add BackupDirectory 1 (Entra ID) or 2 (Active Directory)',
  documentation:
    'BackupDirectory is 0 unless the policy says otherwise, and 0 switches Windows LAPS off: no password is drawn, backed up or set, whatever else the policy holds. Roots are never merged, so a BackupDirectory in another root does not help. Two policies of one file add up for a device that gets both, so there one that chooses a directory is enough. On the device, event 10007 says that nothing is managed.',
  roots: 'modern',
  check(context) {
    if (!setsSomething(context) || givenSetting(context, 'BackupDirectory') !== undefined) return [];
    // The same omission, told with what it does to the other root.
    if (lowerRootManaging(context) !== undefined) return [];
    // Policies of one root add up on a device that gets both: this one may be meant to stand beside that one.
    const { root, neighbours } = context;
    const beside = neighbours.siblings.filter((view) => view.root === root);
    if (beside.some((view) => givenSetting(view, 'BackupDirectory') !== undefined)) return [];
    const lost = context.document.strays?.find(isDirectory);
    const what = lost === undefined ? 'is not set' : 'stands where no device reads it';
    return [
      {
        setting: 'BackupDirectory',
        message: `BackupDirectory ${what}, so no other setting has any effect`,
        effect: 'the device manages no account: BackupDirectory is 0 by default',
        ...(lost !== undefined && { hint: `correct what stands ${whereText(lost.place)} (LAPS042)` }),
        place: context.document.settings[0]?.namePlace ?? startOfFile,
      },
    ];
  },
};

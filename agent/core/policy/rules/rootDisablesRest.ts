/** One trivial setting in a higher root is enough to switch a whole policy below it off (spec 1.2). */
import { backupDirectoryOf } from '../effective.ts';
import { rootNames } from '../settings.ts';
import { startOfFile } from '../text.ts';
import { givenSetting, isRefusedForType, setsSomething, takenSetting } from './facts.ts';
import type { FileView, Rule, RuleContext } from './rule.ts';
import { higherRoot } from './shadowedRoot.ts';

const manages = (view: FileView): boolean =>
  view.root === 'Legacy' ? takenSetting(view, 'AdmPwdEnabled')?.value === 1 : backupDirectoryOf(view.policy) !== 'none';

/** The lower root of the same folder that would manage a password, did this file not silence it without a directory. */
export function lowerRootManaging(context: RuleContext): FileView | undefined {
  const { root, namedRoot, neighbours } = context;
  if (root === 'Legacy' || namedRoot === undefined || neighbours.roots.length === 0) return undefined;
  if (!setsSomething(context) || context.policy.withoutLaps !== undefined) return undefined;
  if (givenSetting(context, 'BackupDirectory') !== undefined || higherRoot(context) !== undefined) return undefined;
  const below = rootNames.slice(rootNames.indexOf(root) + 1);
  return below.flatMap((name) => neighbours.roots.filter((other) => other.root === name)).find(manages);
}

export const rootDisablesRest: Rule = {
  id: 'LAPS038',
  name: 'root-disables-rest',
  severity: 'error',
  summary: 'This file sets no BackupDirectory, and by being there it disables a lower root that does.',
  hint: 'write the whole policy here, BackupDirectory included, or remove this file',
  documentation:
    'Any one setting makes its root the active one, and roots are never merged. A single PasswordLength delivered by MDM is enough to disable the Group Policy that managed the password until then: BackupDirectory is taken from the higher root, where it is absent and therefore 0.',
  roots: 'modern',
  check(context) {
    const lower = lowerRootManaging(context);
    if (lower === undefined) return [];
    const first = context.document.settings[0];
    return [
      {
        ...(first !== undefined && { setting: first.name }),
        message: `this disables ${lower.document.path}: ${context.root} comes before ${lower.root}, and BackupDirectory is not set here`,
        effect: `${isRefusedForType(context) ? 'once this file is corrected, ' : ''}the device manages no account: BackupDirectory is 0 by default`,
        place: first?.namePlace ?? startOfFile,
      },
    ];
  },
};

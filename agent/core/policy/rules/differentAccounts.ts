/** A device manages one account; two policies that name two cannot both be followed (spec 12.5). */
import { inQuotes } from '../text.ts';
import { calledBeside, companyOf, isOfIntune, ownWords } from './clashes.ts';
import { givenSetting, takenSetting } from './facts.ts';
import type { FileView, Rule, RuleContext } from './rule.ts';
import { higherRoot } from './shadowedRoot.ts';

const nameOf = (view: FileView): string | undefined => {
  const taken = takenSetting(view, 'AdministratorAccountName') ?? takenSetting(view, 'AdminAccountName');
  return typeof taken?.value === 'string' && taken.value.trim() !== '' ? taken.value.trim() : undefined;
};

const shownName = (view: FileView): string => inQuotes(nameOf(view) ?? '');

const differ = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one.toLowerCase() !== other.toLowerCase();

/** The first earlier policy in this file, or of Intune in the same folder, that names another account. */
function otherExport(context: RuleContext): FileView | undefined {
  // A file that stands for a root is one policy to a device; that it must not contradict itself is another rule.
  if (context.namedRoot !== undefined) return undefined;
  const others = companyOf(context);
  const own = others.findIndex((view) => view.document === context.document);
  return others.slice(0, Math.max(0, own)).find((view) => differ(nameOf(view), nameOf(context)));
}

export const differentAccounts: Rule = {
  id: 'LAPS039',
  name: 'different-accounts',
  severity: 'warning',
  summary: 'Two policies that may reach the same device name different accounts.',
  hint: 'name the same account, or make sure that no device gets both',
  documentation:
    'A device manages exactly one account. Of two roots the higher one names it. Two Intune policies that name different accounts are a conflict: assigned to one device, they leave the account unmanaged until it is resolved. Exports in one folder are compared, the policies of one file, and the files of one policy folder.',
  roots: 'all',
  check(context) {
    const setting = givenSetting(context, 'AdministratorAccountName') ?? givenSetting(context, 'AdminAccountName');
    if (setting === undefined) return [];
    const higher = higherRoot(context);
    const other = higher !== undefined && differ(nameOf(higher), nameOf(context)) ? higher : otherExport(context);
    if (other === undefined) return [];
    const own = context.document.source === other.document.source ? ownWords(context.document) : 'this file';
    const both = `${calledBeside(other.document, context.document)} names ${shownName(other)}, ${own} ${shownName(context)}`;
    return [
      {
        setting: setting.name,
        message: `two accounts for one device: ${both}`,
        effect:
          other === higher
            ? `the device manages ${shownName(other)} alone`
            : isOfIntune(context.document)
              ? 'a device that gets both has a conflict: the account is not managed until it is resolved'
              : 'a device that gets both manages the account of the one that is applied last, as their links say',
        place: setting.valuePlace,
      },
    ];
  },
};

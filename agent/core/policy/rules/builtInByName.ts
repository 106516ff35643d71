/** The built-in Administrator is found by its RID, unless a policy names it: then the name has to be the right one. */
import { isBuiltInName, isPadded } from '../accountName.ts';
import { inQuotes } from '../text.ts';
import { effective } from './facts.ts';
import { hasSuffix } from './names.ts';
import type { Report, Rule } from './rule.ts';

export const builtInByName: Rule = {
  id: 'LAPS029',
  name: 'built-in-by-name',
  severity: 'warning',
  summary: 'The built-in Administrator is named, in English or another language, instead of being found by its RID.',
  hint: 'remove the name: the built-in Administrator is then found whatever it is called',
  documentation:
    'The built-in Administrator has another name in other languages of Windows (Administrateur, Administrador, Administratör, Rendszergazda and more), and a security baseline often renames it. Without AdministratorAccountName the device finds it by RID 500 under any name; with a name, only under that one. An automatically managed account of that name would collide with it.',
  roots: 'all',
  check(context) {
    return context.names.flatMap((name): Report[] => {
      // Spaces around it are the first mistake, and told with what to do about both (LAPS027).
      if (!isBuiltInName(name.value) || isPadded(name.value)) return [];
      const { setting } = name;
      if (name.automatic && (hasSuffix(context) || effective(context, 'AutomaticAccountManagementTarget') === 0))
        return [];
      return [
        {
          setting: setting.name,
          message: `${setting.name} ${inQuotes(name.value)} is what the built-in Administrator is called in one language`,
          effect: name.automatic
            ? 'the device would create an account under a name that the built-in Administrator already has'
            : 'a device in another language, or with the account renamed, finds no such account and backs nothing up (event 10013)',
          ...(name.automatic && { hint: 'write another name, or AutomaticAccountManagementTarget 0' }),
          place: setting.valuePlace,
        },
      ];
    });
  },
};

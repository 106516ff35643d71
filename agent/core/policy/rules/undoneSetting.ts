/** A registry file is carried out from top to bottom: a deletion takes away what stands above it. */
import { whereText } from '../text.ts';
import type { Rule } from './rule.ts';

export const undoneSetting: Rule = {
  id: 'LAPS047',
  name: 'undone-setting',
  severity: 'error',
  summary: 'The file sets a value and deletes it again further down.',
  hint: 'remove one of the two, or put the deletion first',
  documentation:
    'A .reg file, a Registry.pol and an LGPO text are carried out in order. Deleting all values and then setting some is the usual way to start from nothing; the other way round leaves nothing, and a deleted value means the default.',
  roots: 'all',
  check({ document }) {
    return (document.deletions ?? []).flatMap((deletion) =>
      deletion.undoes.map((setting) => ({
        setting: setting.name,
        message: `${setting.name} is deleted again ${whereText(deletion.place)}`,
        effect: 'the device never sees it and uses the default',
        place: setting.namePlace,
      })),
    );
  },
};

/** A file without any setting of LAPS: the device passes its root over (spec 1.2), and the author meant another file. */
import { startOfFile } from '../text.ts';
import { setsSomething } from './facts.ts';
import type { Rule } from './rule.ts';

export const setsNothing: Rule = {
  id: 'LAPS046',
  name: 'sets-nothing',
  severity: 'warning',
  summary: 'The file holds no setting that a device knows.',
  hint: 'laps settings lists what may stand in it',
  documentation:
    'A root without any known setting is passed over, and the next one is asked. Whether an unknown value alone would count is documented nowhere; here it does not. A file that deletes settings, as .reg, Registry.pol and LGPO texts can, has its use and is not remarked upon.',
  roots: 'all',
  check(context) {
    const { document } = context;
    if (document.problems.length > 0 || setsSomething(context)) return [];
    // What is wrong with the settings that are there is told by other rules.
    const { settings, strays = [], deletions = [], switchedOff = [] } = document;
    if ([settings, strays, deletions, switchedOff].some((rows) => rows.length > 0)) return [];
    return [
      {
        message: 'there is no setting of Windows LAPS in this file',
        effect: 'the device passes this root over and asks the next one',
        place: startOfFile,
      },
    ];
  },
};

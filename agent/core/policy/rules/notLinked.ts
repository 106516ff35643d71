/** A GPO without a link is a draft: complete, and in force nowhere. */
import type { Rule } from './rule.ts';

export const notLinked: Rule = {
  id: 'LAPS065',
  name: 'not-linked',
  severity: 'info',
  summary: 'The GPO is linked nowhere in its domain.',
  hint: 'link it to the organizational units of the devices when it is ready',
  documentation:
    'A GPO that is linked nowhere reaches no device. That is how most are written, so it is only worth knowing; and the report names the links of its own domain alone, not those from a site or from another domain. A report that does not say when it was read is not whole, and is not held to lack links.',
  roots: 'all',
  check({ document: { unlinked } }) {
    if (unlinked?.kind !== 'none') return [];
    return [
      {
        message: 'the report names no link of this GPO',
        effect: 'its settings reach no device, unless a site or another domain links it',
        place: unlinked.place,
      },
    ];
  },
};

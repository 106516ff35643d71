/** An exception says why, or it accepts nothing: the reason is what the next reader needs. */
import { exceptionText } from '../exceptions/exception.ts';
import type { LateRule } from './rule.ts';

export const exceptionWithoutReason: LateRule = {
  id: 'LAPS090',
  name: 'exception-without-reason',
  severity: 'warning',
  summary: 'An exception gives no reason, so it accepts nothing.',
  hint: 'add the reason after a colon: laps-accept LAPS036: kiosk, replaced in May',
  documentation:
    'A finding is accepted with a reason, in a comment on the line above (laps-accept LAPS036: the reason) or in a .lapsaccept file (path LAPS036: the reason). Without one the finding stays, and so does this one.',
  roots: 'all',
  last: true,
  check: ({ exceptions }) =>
    exceptions
      .filter((each) => each.state === 'noReason')
      .map(({ rule, exception }) => ({
        message: `${exceptionText(rule, exception)} gives no reason`,
        ...(exception.about !== undefined && {
          hint: `add the reason after a colon: ${exception.about} ${rule}: kiosk, replaced in May`,
        }),
        effect: 'the finding is not accepted',
        place: exception.place,
      })),
};

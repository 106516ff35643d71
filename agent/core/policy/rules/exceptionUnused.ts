/** An exception that accepts nothing any more hides the next mistake of its kind. */
import type { Rule } from './rule.ts';

export const exceptionUnused: Rule = {
  id: 'LAPS091',
  name: 'exception-unused',
  severity: 'warning',
  summary: 'An exception accepts nothing: there is no such finding where it stands.',
  hint: 'remove it',
  documentation:
    'The policy has changed, or the exception stands in the wrong place: a comment accepts what is found in the line below it, and in XML in the setting below it. Findings that a device refuses the whole file for (unreadable, wrong type, two roots) cannot be accepted.',
  roots: 'all',
  last: true,
  check: ({ exceptions }) =>
    exceptions
      .filter((each) => each.state === 'unused' || each.state === 'notAcceptable')
      .map(({ rule, state, exception }) => ({
        message:
          state === 'unused'
            ? `the exception for ${rule} (${exception.where}) accepts nothing`
            : `${rule} (${exception.where}) cannot be accepted`,
        ...(state === 'notAcceptable' && { hint: 'correct what it finds, and remove the exception' }),
        place: exception.place,
      })),
};

/** An exception that accepts nothing any more hides the next mistake of its kind. */
import { exceptionText } from '../exceptions/exception.ts';
import type { LateRule } from './rule.ts';

export const exceptionUnused: LateRule = {
  id: 'LAPS091',
  name: 'exception-unused',
  severity: 'warning',
  summary: 'An exception accepts nothing: there is no such finding where it stands.',
  hint: 'remove it',
  documentation:
    'The policy has changed, or the exception stands in the wrong place: a comment accepts what is found in the line below it, and in XML in the setting below it. A line of a .lapsaccept file is unused when no file that it is about needs it, or none is there; that is told when all of them were judged. Findings that a device refuses the whole file for (unreadable, wrong type, two roots) cannot be accepted.',
  roots: 'all',
  last: true,
  check: ({ exceptions }) =>
    exceptions.flatMap(({ rule, state, exception }) => {
      const { place } = exception;
      const told = exceptionText(rule, exception);
      switch (state) {
        case 'unused':
          return [{ message: `${told} accepts nothing`, place }];
        case 'noFile':
          return [{ message: `${told} accepts nothing: there is no such policy file`, place }];
        case 'notAcceptable': {
          const hint = 'correct what it finds, and remove the exception';
          return [{ message: `${told} accepts nothing: ${rule} cannot be accepted`, hint, place }];
        }
        default:
          return [];
      }
    }),
};

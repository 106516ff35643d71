/** An exception that names no rule there is, or nothing at all, would otherwise fail in silence. */
import type { Rule } from './rule.ts';

export const exceptionNotUnderstood: Rule = {
  id: 'LAPS092',
  name: 'exception-not-understood',
  severity: 'warning',
  summary: 'An exception names no rule that exists, or is not worded as one.',
  hint: 'write laps-accept LAPS036: reason; laps rules lists the rules',
  documentation:
    'After laps-accept stand one or more rules, by id or by name, separated by commas, then a colon and the reason. Rules of a baseline exist only while --baseline names it.',
  roots: 'all',
  last: true,
  check: ({ exceptions }) =>
    exceptions
      .filter((each) => each.state === 'notUnderstood' || each.state === 'noSuchRule')
      .map(({ rule, exception }) => ({
        message:
          rule === ''
            ? `the exception (${exception.where}) names no rule`
            : `there is no rule ${rule} (${exception.where})`,
        place: exception.place,
      })),
};

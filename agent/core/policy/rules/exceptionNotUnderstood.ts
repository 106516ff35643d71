/** An exception that names no rule there is, or nothing at all, would otherwise fail in silence. */
import type { LateRule } from './rule.ts';

export const exceptionNotUnderstood: LateRule = {
  id: 'LAPS092',
  name: 'exception-not-understood',
  severity: 'warning',
  summary: 'An exception names no rule that exists, or is not worded as one.',
  hint: 'write laps-accept LAPS036: reason; laps rules lists the rules',
  documentation:
    'After laps-accept stand one or more rules, by id or by name, separated by commas, then a colon and the reason; in a .lapsaccept file the path of a policy file stands before them. Rules of a baseline exist only while --baseline names it.',
  roots: 'all',
  last: true,
  check: ({ exceptions }) =>
    exceptions
      .filter((each) => each.state === 'notUnderstood' || each.state === 'noSuchRule')
      .map(({ rule, exception: { about, where, place } }) => ({
        message:
          rule !== ''
            ? `there is no rule ${rule}${about === undefined ? ` (${where})` : ''}`
            : about === undefined
              ? `the exception (${where}) names no rule`
              : 'this line is no exception',
        ...(about !== undefined && {
          effect: 'nothing is accepted by it',
          hint: 'write path rule: reason, as in servers/Registry.pol LAPS030: raised in May; laps rules lists the rules',
        }),
        place,
      })),
};

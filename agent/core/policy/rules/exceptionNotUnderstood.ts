/** An exception that names no rule there is, or nothing at all, would otherwise fail in silence. */
import type { Exception } from '../exceptions/exception.ts';
import type { LateRule } from './rule.ts';

function messageOf(
  rule: string,
  meant: string | undefined,
  { about, where }: Pick<Exception, 'where'> & { readonly about: string | undefined },
): string {
  if (meant !== undefined) return `a colon is missing after ${rule}`;
  if (rule !== '') return `there is no rule ${rule}${about === undefined ? ` (${where})` : ''}`;
  return about === undefined ? `the exception (${where}) names no rule` : 'this line is no exception';
}

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
      .filter(({ state }) => state === 'notUnderstood' || state === 'noSuchRule' || state === 'noColon')
      .map(({ rule, meant, exception: { about, where, place } }) => ({
        message: messageOf(rule, meant, { about, where }),
        ...(about !== undefined && {
          effect: 'nothing is accepted by it',
          hint:
            meant === undefined
              ? 'write path rule: reason, as in servers/Registry.pol LAPS030: raised in May; laps rules lists the rules'
              : `write ${meant}`,
        }),
        place,
      })),
};

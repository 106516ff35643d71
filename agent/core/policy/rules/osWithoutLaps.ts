/** A Windows that has no LAPS: whatever the file says, nothing reads it (spec 0.4). */
import { startOfFile } from '../text.ts';
import { setsSomething } from './facts.ts';
import type { Rule } from './rule.ts';

export const osWithoutLaps: Rule = {
  id: 'LAPS070',
  name: 'os-without-laps',
  severity: 'error',
  summary: 'The Windows judged for (--os) has no Windows LAPS yet.',
  hint: 'update such devices, or judge for the builds that have it (--os)',
  documentation:
    'Windows LAPS came to Windows 10, Windows 11 21H2 and 22H2, Server 2019 and Server 2022 by the updates of spring 2023, and later versions have it from the start; it never came to Windows 10 1903, 1909 and 21H1, and it cannot be installed on anything older. Without it a policy is delivered and shown as applied, and nothing on the device reads it: no password is drawn or backed up, and no event says so. Where --os names no revision, the update is taken to be there. A legacy policy is not remarked upon: the older Microsoft LAPS may be installed there and follow it.',
  roots: 'modern',
  check(context) {
    const { withoutLaps } = context.policy;
    if (withoutLaps === undefined || !setsSomething(context)) return [];
    return [
      {
        message: withoutLaps,
        effect: 'the device reads no policy and backs nothing up, and no event tells so',
        place: context.document.settings[0]?.namePlace ?? startOfFile,
      },
    ];
  },
};

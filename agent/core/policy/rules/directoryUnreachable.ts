/** A directory that a device of this join state cannot back up to: the policy looks applied, nothing is managed (spec 4.9). */
import { backupDirectoryOf } from '../effective.ts';
import type { Rule } from './rule.ts';

const joinWords = { entra: 'joined to Entra ID only', hybrid: 'hybrid joined', registered: 'only registered' } as const;

export const directoryUnreachable: Rule = {
  id: 'LAPS015',
  name: 'directory-unreachable',
  severity: 'warning',
  summary: 'A device of this join type (--join-type) cannot back up to the chosen directory.',
  check({ document, policy, joinType }) {
    const directory = backupDirectoryOf(policy);
    const setting = document.settings.findLast((candidate) => candidate.name === 'BackupDirectory');
    if (joinType === undefined || setting === undefined || directory === 'none') return [];
    if (joinType === 'hybrid' || (joinType === 'entra' && directory === 'Entra')) return [];
    return [
      {
        setting: setting.name,
        message: `a device that is ${joinWords[joinType]} cannot back up to ${directory === 'AD' ? 'Active Directory' : 'Entra ID'}`,
        effect: 'such a device is not managed',
        hint:
          joinType === 'registered'
            ? 'join the device; Windows LAPS does not support registered devices'
            : 'write 1 for devices joined to Entra ID only',
        place: setting.valuePlace,
      },
    ];
  },
};

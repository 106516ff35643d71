/** A directory that a device of this join state cannot back up to: the policy looks applied, nothing is managed (spec 4.9). */
import { backupDirectoryOf } from '../effective.ts';
import { unreachableBecause } from '../windowsDevice.ts';
import { givenSetting, takenSettings } from './facts.ts';
import type { Rule } from './rule.ts';

const joinWords = { entra: 'joined to Entra ID only', hybrid: 'hybrid joined', registered: 'only registered' } as const;

export const directoryUnreachable: Rule = {
  id: 'LAPS015',
  name: 'directory-unreachable',
  severity: 'error',
  summary: 'A device of this join type (--join-type) cannot back up to the chosen directory.',
  hint: 'choose the directory that the device is joined to',
  documentation:
    'Backup to Entra ID needs a device joined to Entra ID, alone or hybrid; backup to Active Directory needs one joined to a domain. Otherwise the policy shows as applied and nothing is managed. Registered devices are not supported at all, and legacy LAPS policies back up to Active Directory only.',
  roots: 'all',
  check(context) {
    const { policy, root, joinType } = context;
    // Legacy emulation knows Active Directory alone (spec 1.4); elsewhere the file has to say so itself.
    const directory = root === 'Legacy' && takenSettings(context).length > 0 ? 'AD' : backupDirectoryOf(policy);
    const setting = root === 'Legacy' ? context.document.settings[0] : givenSetting(context, 'BackupDirectory');
    if (joinType === undefined || setting === undefined || directory === 'none') return [];
    if (unreachableBecause(directory, joinType) === undefined) return [];
    return [
      {
        setting: setting.name,
        message: `a device that is ${joinWords[joinType]} cannot back up to ${directory === 'AD' ? 'Active Directory' : 'Entra ID'}`,
        effect: 'such a device is not managed',
        hint:
          joinType === 'registered'
            ? 'join the device; Windows LAPS does not support registered devices'
            : root === 'Legacy'
              ? 'give such devices a Windows LAPS policy with BackupDirectory 1'
              : 'write 1 for devices joined to Entra ID only',
        place: setting.valuePlace,
      },
    ];
  },
};

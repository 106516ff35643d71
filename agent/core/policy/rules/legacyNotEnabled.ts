/** Legacy LAPS manages nothing unless AdmPwdEnabled is 1, whatever else its key holds (spec 1.4). */
import { startOfFile } from '../text.ts';
import { givenSetting, takenSetting, takenSettings } from './facts.ts';
import type { Rule } from './rule.ts';
import { isModernWhole } from './unknownSetting.ts';

export const legacyNotEnabled: Rule = {
  id: 'LAPS040',
  name: 'legacy-not-enabled',
  severity: 'error',
  summary: 'A legacy policy without AdmPwdEnabled 1 manages nothing.',
  hint: 'write AdmPwdEnabled 1, or better a Windows LAPS policy with BackupDirectory',
  documentation:
    'AdmPwdEnabled is the switch of the older Microsoft LAPS, and emulation goes by it: absent or 0, the other legacy values are not acted on. Emulation also ends as soon as any Windows LAPS policy is on the device, while the legacy client-side extension is installed, on a domain controller, and where local configuration holds BackupDirectory 0.',
  roots: 'legacy',
  check(context) {
    // Then it is the root that is wrong, and not the lack of a switch.
    if (isModernWhole(context)) return [];
    const others = takenSettings(context).filter(({ setting }) => setting.name !== 'AdmPwdEnabled');
    const enabled = givenSetting(context, 'AdmPwdEnabled');
    if (others.length === 0 || (enabled !== undefined && takenSetting(context, 'AdmPwdEnabled')?.value !== 0))
      return [];
    return [
      {
        setting: 'AdmPwdEnabled',
        message: enabled === undefined ? 'AdmPwdEnabled is not set' : 'AdmPwdEnabled is 0',
        effect: 'legacy emulation manages nothing: the other values are ignored',
        place: enabled?.valuePlace ?? context.document.settings[0]?.namePlace ?? startOfFile,
      },
    ];
  },
};

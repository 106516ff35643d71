/** Two roots that nothing but MDM, or nothing at all, should write: a script that does outranks every Group Policy. */
import { rootConflict } from '../read.ts';
import { rootRows } from '../settings.ts';
import type { Rule } from './rule.ts';

/** Shapes that a script or a policy tool brings into the registry itself. */
const written = ['reg', 'pol', 'lgpo', 'policyrules', 'gporeport'] as const;

export const unusualRoot: Rule = {
  id: 'LAPS043',
  name: 'unusual-root',
  severity: 'warning',
  summary:
    "A registry file writes to the CSP's key or to local configuration, which tools and scripts should leave alone.",
  hint: `write to ${rootRows.GPO.key}, or deliver the policy by MDM`,
  documentation:
    "The key of the CSP root belongs to MDM: what a script writes there outranks every Group Policy in silence, shows in no report, and stays when the script's author has left. Local configuration is for tests; nothing manages it, and it outranks a legacy policy. Its one documented use, BackupDirectory 0 to switch legacy emulation off, is not remarked upon.",
  roots: 'modern',
  check({ document, root, settings }) {
    // A file that is keyed for another root than it stands for does not write where its name says; LAPS005 tells it.
    if (rootConflict(document, root) !== undefined) return [];
    if (root === 'GPO' || !written.some((format) => format === document.format)) return [];
    const first = settings[0]?.setting;
    if (first === undefined) return [];
    const switchesLegacyOff =
      root === 'Local' &&
      settings.every(
        ({ setting, verdict }) => setting.name === 'BackupDirectory' && verdict.kind === 'fine' && verdict.value === 0,
      );
    if (switchesLegacyOff) return [];
    return [
      {
        message:
          root === 'CSP'
            ? 'this file writes to the key of the CSP root, which is for MDM alone'
            : 'this file writes local configuration, which is for tests and which nothing manages',
        effect:
          root === 'CSP'
            ? 'the device puts it before every Group Policy and says so nowhere'
            : 'the device uses it whenever neither MDM nor Group Policy sets anything, and before a legacy policy',
        place: first.namePlace,
      },
    ];
  },
};

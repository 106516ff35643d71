/**
 * An Intune custom profile, as Graph takes it at `deviceManagement/deviceConfigurations` (spec 12.1).
 *
 * Promises: one row a setting, typed as the CSP's DDF types it. Must never: write an encrypted value.
 */
import { rootRows } from '../../settings.ts';
import type { WriteItem, WriteJob } from './job.ts';
import { refuseDeletions } from './native.ts';

const types = { integer: 'omaSettingInteger', boolean: 'omaSettingBoolean', text: 'omaSettingString' } as const;

const rowOf = ({ name, row, value }: WriteItem): object => ({
  '@odata.type': `#microsoft.graph.${types[row.type]}`,
  displayName: name,
  omaUri: `${rootRows.CSP.prefix ?? ''}/${name}`,
  value: row.type === 'boolean' ? value === 1 : value,
});

/** The text of a custom profile. */
export function writeOmaUri(job: WriteJob): string {
  refuseDeletions(job);
  const profile = {
    '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
    displayName: job.title,
    description: '',
    omaSettings: job.items.map(rowOf),
  };
  return `${JSON.stringify(profile, null, 2)}\n`;
}

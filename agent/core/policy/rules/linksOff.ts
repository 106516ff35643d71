/** A GPO whose every link is switched off keeps all it holds, and hands out none of it. */
import type { Rule } from './rule.ts';

/** So many places are told; the rest are counted. */
const mostPaths = 3;

function pathsText(paths: readonly string[]): string {
  const more = paths.length - mostPaths;
  const shown = paths.slice(0, mostPaths).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

export const linksOff: Rule = {
  id: 'LAPS064',
  name: 'links-off',
  severity: 'warning',
  summary: 'All links of the GPO are switched off.',
  hint: 'switch the link on in the Group Policy console when the policy is to be in force',
  documentation:
    'A GPO reaches the devices of the domain, the organizational units and the sites that it is linked to, and a link can be switched off by itself (Link Enabled in the Group Policy console). The report of a GPO lists its links with what they say. Its settings are judged all the same: a GPO is often written before it is linked, and the report names the links of its own domain only, so that one from a site or from another domain may still carry it to a device.',
  roots: 'all',
  check({ document: { unlinked } }) {
    if (unlinked?.kind !== 'off') return [];
    const { paths, place } = unlinked;
    const to = paths.length === 0 ? '' : `: ${pathsText(paths)}`;
    return [
      {
        message: `${paths.length === 1 ? 'the only link of this GPO is' : 'all links of this GPO are'} switched off${to}`,
        effect: 'none of its settings reaches a device by them',
        place,
      },
    ];
  },
};

/** Domain Group Policy does not reach a device that is joined to Entra ID alone (spec 4.9). */
import { startOfFile } from '../text.ts';
import { setsSomething } from './facts.ts';
import type { Rule } from './rule.ts';

export const gpoOnEntraOnly: Rule = {
  id: 'LAPS048',
  name: 'gpo-on-entra-only',
  severity: 'warning',
  summary: 'A Group Policy for devices that are joined to Entra ID only (--join-type entra).',
  hint: 'deliver the policy by MDM (the CSP root)',
  documentation:
    'A device that is joined to Entra ID only belongs to no domain and gets no domain Group Policy; only a local Group Policy, or a registry value set by hand, could put settings into this root. The CSP is the way for such devices.',
  roots: 'modern',
  check(context) {
    const first = context.document.settings[0];
    if (context.root !== 'GPO' || context.joinType !== 'entra' || !setsSomething(context)) return [];
    return [
      {
        message: 'a device that is joined to Entra ID only gets no Group Policy from a domain',
        effect: 'unless its local Group Policy is set as well, the device never sees this file',
        place: first?.namePlace ?? startOfFile,
      },
    ];
  },
};

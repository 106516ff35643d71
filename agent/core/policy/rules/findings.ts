/** A report with the rule that made it. */
import type { Finding, Report, Rule } from './rule.ts';

export const findingOf = (rule: Rule, report: Report): Finding => ({
  rule: rule.id,
  name: rule.name,
  severity: rule.severity,
  hint: rule.hint,
  ...(rule.source !== undefined && { source: rule.source }),
  ...report,
});

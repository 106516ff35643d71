/** Complexity 1 to 3 exist for the sake of legacy LAPS only (spec 2.3). */
import { takenSetting } from './facts.ts';
import type { Rule } from './rule.ts';

export const legacyComplexity: Rule = {
  id: 'LAPS035',
  name: 'legacy-complexity',
  severity: 'warning',
  summary: 'PasswordComplexity 1, 2 or 3, which exist for compatibility with legacy LAPS only.',
  hint: 'write 4, or 5 (build 26100) for a password that is easy to read',
  documentation:
    'Windows keeps complexity 1 to 3 for compatibility with the older Microsoft LAPS. Many password policies of a machine want more classes of characters and then refuse every candidate (event 10027, nothing rotated). 4 is the default; 5 leaves out characters that are easily confused, on Windows 11 24H2 and Server 2025 and later.',
  roots: 'modern',
  check(context) {
    const complexity = takenSetting(context, 'PasswordComplexity');
    if (complexity === undefined || typeof complexity.value !== 'number' || complexity.value > 3) return [];
    const classes = ['upper-case letters only', 'letters only', 'letters and digits only'][complexity.value - 1];
    return [
      {
        setting: 'PasswordComplexity',
        message: `PasswordComplexity ${complexity.value} is kept for legacy LAPS only`,
        effect: `the device draws ${classes}; a machine that demands more refuses them (event 10027)`,
        place: complexity.setting.valuePlace,
      },
    ];
  },
};

/** A policy folder holds at most one file per root (contract 4); with two, a device would have to guess. */
import { startOfFile } from '../text.ts';
import type { Rule } from './rule.ts';

export const twoFilesForOneRoot: Rule = {
  id: 'LAPS006',
  name: 'two-files-for-one-root',
  severity: 'error',
  summary: 'Two files of one folder stand for the same root.',
  hint: 'keep one of the two',
  documentation:
    'A policy folder holds at most one file per root. With csp.json beside csp.reg a device would have to guess; it takes neither and keeps the policy it had.',
  roots: 'all',
  check({ namedRoot: root, neighbours }) {
    if (root === undefined) return [];
    const twin = neighbours.roots.find((other) => other.namedRoot === root)?.document.path;
    if (twin === undefined) return [];
    return [
      {
        message: `${twin} stands for the root ${root} as well`,
        effect: 'the device takes neither and keeps the policy it had',
        hint: 'keep one of the two',
        place: startOfFile,
      },
    ];
  },
};

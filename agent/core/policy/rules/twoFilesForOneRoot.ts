/** A policy folder holds at most one file per root (contract 4); with two, a device would have to guess. */
import { rootOfFileName } from '../document.ts';
import { startOfFile } from '../text.ts';
import type { Rule } from './rule.ts';

const folderOf = (path: string): string => path.replace(/[^\\/]*$/, '');

export const twoFilesForOneRoot: Rule = {
  id: 'LAPS006',
  name: 'two-files-for-one-root',
  severity: 'error',
  summary: 'Two files of one folder stand for the same root.',
  check({ document, others }) {
    const root = rootOfFileName(document.path);
    if (root === undefined) return [];
    const twin = others.find(
      (path) => path !== document.path && folderOf(path) === folderOf(document.path) && rootOfFileName(path) === root,
    );
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

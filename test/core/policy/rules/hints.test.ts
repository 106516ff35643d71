/** Hints are followed to the letter: what they say to write is read back, and is not the next finding. */
import assert from 'node:assert/strict';
import type { Finding } from '../../../../agent/core/policy/rules/rule.ts';
import { rootRows, settingNames, settingRows } from '../../../../agent/core/policy/settings.ts';
import { lint } from '../../../support/policies.ts';

/** Those about one value by itself, whatever stands beside it. */
const about = new Set(['LAPS009', 'LAPS010', 'LAPS011', 'LAPS013', 'LAPS014']);
const findingOn = (name: string, findings: readonly Finding[]): Finding | undefined =>
  findings.find(({ setting, rule }) => setting === name && about.has(rule));

/** The first value that a hint says to write, and the last of a range or list. */
function proposed(hint: string): readonly unknown[] {
  const [written = ''] = hint.split(/[(;]/);
  const words = written.match(/\b(\d+|true|false)\b/g) ?? [];
  return [words[0], words.at(-1)].flatMap((word) => (word === undefined ? [] : [JSON.parse(word)]));
}

describe('a hint', () => {
  const wrong: readonly unknown[] = [
    -1,
    2,
    4,
    9,
    12,
    99,
    400,
    '0',
    '1',
    '3',
    '9',
    '14',
    '400',
    'true',
    'x',
    null,
    0.5,
    [],
    {},
  ];

  for (const root of ['CSP', 'GPO', 'Local'] as const)
    for (const os of ['10.0.22631', '10.0.26100'])
      for (const directory of [1, 2])
        it(`proposes values that are taken: ${root}, ${os}, BackupDirectory ${directory}`, () => {
          let followed = 0;
          for (const name of settingNames) {
            const row = settingRows[name];
            if (row.type === 'text' || !row.roots.includes(root)) continue;
            const policyWith = (value: unknown): unknown => ({
              [rootRows[root].key]: {
                ...(name !== 'BackupDirectory' && { BackupDirectory: directory }),
                [name]: value,
              },
            });
            for (const value of wrong) {
              const finding = findingOn(name, lint(policyWith(value), { os }));
              if (finding === undefined || finding.rule === 'LAPS011') continue;
              const values = proposed(finding.hint ?? '');
              assert.ok(values.length > 0, `${name} ${JSON.stringify(value)}: ${finding.hint}`);
              for (const better of values) {
                const next = findingOn(name, lint(policyWith(better), { os }));
                const isNew = next?.rule === 'LAPS011' && row.since === '10.0.26100';
                assert.ok(
                  next === undefined || isNew,
                  `${name} ${JSON.stringify(value)}: ${finding.hint}: ${next?.message}`,
                );
                followed += 1;
              }
            }
          }
          assert.ok(followed > 50);
        });
});

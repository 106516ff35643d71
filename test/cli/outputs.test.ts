/**
 * What the policy author's verbs print, word for word, in fixtures/policies/out. With LAPS_UPDATE_GOLDENS set the files
 * are written anew instead of being compared.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { verb as diff } from '../../agent/cli/diff.ts';
import { verb as explain } from '../../agent/cli/explain.ts';
import type { Verb } from '../../agent/cli/face.ts';
import { verb as settings } from '../../agent/cli/settings.ts';
import { verb as validate } from '../../agent/cli/validate.ts';
import { runVerb } from '../support/fakeFace.ts';

const cwd = fileURLToPath(new URL('../../fixtures/policies/out', import.meta.url));

interface Case {
  readonly golden: string;
  readonly verb: Verb;
  readonly args: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly status: number;
}

const cases: readonly Case[] = [
  { golden: 'explain-entra', verb: explain, args: ['entra.jsonc'], status: 0 },
  { golden: 'explain-old-build', verb: explain, args: ['folder'], options: { os: '10.0.22631' }, status: 0 },
  { golden: 'explain-folder', verb: explain, args: ['folder'], status: 0 },
  { golden: 'explain-automatic', verb: explain, args: ['automatic.json'], options: { joinType: 'hybrid' }, status: 0 },
  {
    golden: 'explain-registered',
    verb: explain,
    args: ['entra.jsonc'],
    options: { joinType: 'registered' },
    status: 0,
  },
  { golden: 'diff-account', verb: diff, args: ['folder', 'entra.jsonc'], status: 1 },
  {
    golden: 'diff-root',
    verb: diff,
    args: ['folder/csp.json', 'automatic.json'],
    options: { joinType: 'hybrid' },
    status: 1,
  },
  {
    golden: 'validate-github',
    verb: validate,
    args: ['entra.jsonc', 'folder'],
    options: { format: 'github' },
    status: 1,
  },
  { golden: 'settings-PasswordComplexity', verb: settings, args: ['PasswordComplexity'], status: 0 },
];

describe('what the policy verbs print', () => {
  for (const { golden, verb, args, options = {}, status } of cases)
    it(`is what ${golden}.out says`, async () => {
      const run = await runVerb(verb, { cwd, args, options });
      const path = `${cwd}/${golden}.out`;
      if (process.env['LAPS_UPDATE_GOLDENS'] !== undefined) writeFileSync(path, run.stdout);
      assert.equal(run.stdout, readFileSync(path, 'utf8'));
      assert.equal(run.status, status);
    });
});

/**
 * The golden policies: what stands in fixtures/policies/ok is silent, what stands in err prints exactly its `.out`.
 *
 * A golden is a file, or a folder whose files are judged together; `x.args` holds further words. With
 * LAPS_UPDATE_GOLDENS set, the `.out` files are written anew instead of being compared.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verb } from '../../agent/cli/validate.ts';
import { rules } from '../../agent/core/policy/rules/rules.ts';
import { runVerb } from '../support/fakeFace.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../fixtures/policies/${name}`, import.meta.url));
const updating = process.env['LAPS_UPDATE_GOLDENS'] !== undefined;
const names = (of: string): string[] => readdirSync(folder(of)).filter((name) => !/\.(out|args)$/.test(name));

/** `--os 10.0.22631 --join-type entra` as the parser gives it. */
function optionsOf(path: string): Record<string, string> {
  const words = existsSync(`${path}.args`) ? readFileSync(`${path}.args`, 'utf8').trim().split(/\s+/) : [];
  const pairs = words.flatMap((word, index): Array<[string, string]> => {
    const name = word.replace(/^--/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return word.startsWith('--') ? [[name, words[index + 1] ?? '']] : [];
  });
  return Object.fromEntries(pairs);
}

function pathsOf(of: string, name: string): string[] {
  if (!statSync(join(folder(of), name)).isDirectory()) return [name];
  const files = readdirSync(join(folder(of), name)).filter((each) => !each.startsWith('.'));
  return files.toSorted().map((each) => `${name}/${each}`);
}

const run = (of: string, name: string) =>
  runVerb(verb, { cwd: folder(of), args: pathsOf(of, name), options: optionsOf(join(folder(of), name)) });

describe('golden policies', () => {
  for (const name of names('ok'))
    it(`finds nothing in ok/${name}`, async () => {
      const { status, stdout } = await run('ok', name);
      assert.match(stdout, /^\d+ files?, 0 errors, 0 warnings(, \d+ accepted)?\n$/);
      assert.equal(status, 0);
    });

  for (const name of names('err'))
    it(`prints what err/${name}.out says`, async () => {
      const { status, stdout } = await run('err', name);
      const golden = join(folder('err'), `${name}.out`);
      if (updating) writeFileSync(golden, stdout);
      assert.equal(stdout, readFileSync(golden, 'utf8'));
      assert.equal(status, / 0 errors/.test(stdout) ? 0 : 1);
    });

  it('shows every rule at least once', () => {
    const all = names('err').map((name) => readFileSync(join(folder('err'), `${name}.out`), 'utf8'));
    const missing = rules.filter((rule) => !all.some((text) => text.includes(`[${rule.id} ${rule.name}]`)));
    assert.deepEqual(
      missing.map((rule) => rule.id),
      [],
    );
  });
});

/**
 * What is made from the table of rules and the baselines: the README's pages and the schema of a baseline (design law 4).
 *
 * With LAPS_UPDATE_GOLDENS set, they are written anew instead of being compared.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { baselineRules, namedBaseline, readBaseline } from '../../agent/core/policy/baselines/baselines.ts';
import { baselineSchemaText, writeBaselineSchema } from '../../agent/core/policy/generated/generate.config.mjs';
import type { RuleText } from '../../agent/core/policy/rules/rule.ts';
import { rules } from '../../agent/core/policy/rules/rules.ts';

const root = (name: string): URL => new URL(`../../${name}`, import.meta.url);
const read = (name: string): string => readFileSync(root(name), 'utf8');
const updating = process.env['LAPS_UPDATE_GOLDENS'] !== undefined;
const cis = namedBaseline('cis');

describe('the table of rules', () => {
  const every: readonly RuleText[] = [...rules, ...(cis === undefined ? [] : baselineRules(cis))];

  it('gives each rule an id and a name of its own', () => {
    for (const member of ['id', 'name'] as const)
      assert.equal(new Set(every.map((rule) => rule[member].toLowerCase())).size, every.length, member);
  });

  it('says of each rule what it finds, what to do and why it matters', () => {
    for (const rule of every) {
      assert.match(rule.summary, /^[A-Z].*\.$/s, rule.id);
      assert.match(rule.hint, /^[a-z].*[^.]$/s, rule.id);
      assert.match(rule.documentation, /^.{60,}\.$/s, rule.id);
    }
  });

  it('sends nobody to a page that comes with no package', () => {
    const unknown = /\b(?:spec|contract|design|wire) \d/;
    for (const { id, summary, hint, documentation } of every)
      assert.doesNotMatch([summary, hint, documentation].join(' '), unknown, id);
    for (const page of ['policies/README.md', 'policies/settings.json', 'agent/edge/words/README.md'])
      assert.doesNotMatch(read(page), unknown, page);
  });

  it('keeps one file for each rule', () => {
    const texts = readdirSync(root('agent/core/policy/rules')).map((name) => read(`agent/core/policy/rules/${name}`));
    for (const { id } of rules) assert.equal(texts.filter((text) => text.includes(`id: '${id}'`)).length, 1, id);
  });
});

describe('the goldens of fixtures/policies/err', () => {
  it('show every rule at least once', () => {
    const folder = readdirSync(root('fixtures/policies/err')).filter((name) => name.endsWith('.out'));
    const all = folder.map((name) => read(`fixtures/policies/err/${name}`)).join('');
    const missing = rules.filter((rule) => !all.includes(`[${rule.id} ${rule.name}]`));
    assert.deepEqual(
      missing.map((rule) => rule.id),
      [],
    );
  });
});

describe('baselines', () => {
  it('have a schema that is made from the table as it is now, and that a plain ajv takes', () => {
    if (updating) writeBaselineSchema();
    assert.equal(read('policies/baseline.schema.json'), baselineSchemaText());
    const grumbles: unknown[] = [];
    const note = (...words: unknown[]): void => void grumbles.push(...words);
    const validate = new Ajv({ logger: { log: note, warn: note, error: note } }).compile(
      JSON.parse(read('policies/baseline.schema.json')),
    );
    assert.deepEqual(grumbles, []);
    for (const name of readdirSync(root('policies/baselines')))
      assert.ok(validate(JSON.parse(read(`policies/baselines/${name}`))), JSON.stringify(validate.errors));
  });

  it('come with a source, and are known by their file name', () => {
    for (const name of readdirSync(root('policies/baselines'))) {
      const baseline = namedBaseline(name.replace('.json', ''));
      assert.equal(`${baseline?.name}.json`, name);
      assert.ok(baseline?.source);
    }
  });

  it('follow the example of the README', () => {
    const example =
      /```json\n(\{\n {2}"\$schema": "\.\/baseline[\s\S]*?)```/.exec(read('policies/README.md'))?.[1] ?? '';
    const reading = readBaseline(new TextEncoder().encode(example));
    assert.equal(reading.kind, 'baseline', JSON.stringify(reading));
  });
});

describe('policies/README.md', () => {
  /** Signs that Markdown would take for its own. */
  const plain = (text: string): string => text.replace(/[\\<>*]/g, '\\$&');
  const page = (rule: RuleText): string[] => [
    `#### ${rule.id} ${rule.name} (${rule.severity})`,
    '',
    plain(rule.summary),
    '',
    plain(rule.documentation),
    '',
    `What to do: ${plain(rule.hint)}.`,
    '',
  ];
  const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] =>
    [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const pages: Record<string, () => string[]> = {
    'rule-pages': () => ['', ...rules.flatMap(page)],
    'baseline-cis': () =>
      table(
        ['Rule', 'Severity', 'Wants'],
        (cis === undefined ? [] : baselineRules(cis)).map((rule) => [rule.id, rule.severity, rule.hint]),
      ),
  };
  const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/\| ?-+ ?(?=\|)/g, '|---');

  for (const [name, make] of Object.entries(pages))
    it(`tells ${name} as the tables do`, () => {
      const pattern = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
      const made = (text: string): string =>
        text.replace(pattern, (_, from, to) => `${from}${make().join('\n')}\n${to}`);
      if (updating) writeFileSync(root('policies/README.md'), made(read('policies/README.md')));
      assert.match(read('policies/README.md'), pattern);
      assert.equal(unpadded(read('policies/README.md')), unpadded(made(read('policies/README.md'))));
    });

  it('names no file that is not there', () => {
    for (const [, name] of read('policies/README.md').matchAll(/`([\w./-]+\.schema\.json)`/g))
      assert.ok(existsSync(root(`policies/${name}`)), name);
  });
});

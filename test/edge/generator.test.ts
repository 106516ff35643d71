/** The chance in a password: uniform given the class rule, exact in length, lawful always. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { satisfies } from '../../agent/core/password/judge.ts';
import { wordLists, wordsOf } from '../../agent/core/password/lists.ts';
import { alphabetOf, setsOf } from '../../agent/core/password/sets.ts';
import { createPasswordSource, drawCharacters } from '../../agent/edge/generator.ts';
import { packageRoot } from '../../agent/edge/packageRoot.ts';
import { characterChances, compositionChances, measure } from '../support/passwordStatistics.ts';

/** 45 tests are made below, so a false alarm has a chance of about 5e-8 in a run. */
const leastChance = 1e-9;
const length = 8;

describe('the character generator', () => {
  for (const complexity of [1, 2, 3, 4, 5] as const)
    it(`is uniform over the lawful passwords of complexity ${complexity}, 200,000 of them`, () => {
      const draw = (): string => drawCharacters({ kind: 'password', complexity, length });
      const found = measure({ complexity, length, count: 200_000, draw });
      assert.equal(found.wrongLength, 0);
      assert.equal(found.foreign, 0);
      assert.ok(found.chance > leastChance, `chance ${found.chance}`);
    });

  it('would be told from one that places a character of each set and fills up', () => {
    const sets = setsOf(4);
    const pick = (text: string): string => text.charAt(Math.floor(Math.random() * text.length));
    const draw = (): string => {
      const characters = [
        ...sets.map(pick),
        ...Array.from({ length: length - sets.length }, () => pick(alphabetOf(4))),
      ];
      for (let at = characters.length - 1; at > 0; at -= 1) {
        const other = Math.floor(Math.random() * (at + 1));
        [characters[at], characters[other]] = [characters[other] ?? '', characters[at] ?? ''];
      }
      return characters.join('');
    };
    assert.ok(measure({ complexity: 4, length, count: 50_000, draw }).chance < 1e-12);
  });

  it('is compared with chances that add up to one', () => {
    for (const complexity of [1, 2, 3, 4, 5] as const) {
      const sum = characterChances(complexity, length).reduce((total, chance) => total + chance, 0);
      assert.ok(Math.abs(sum - 1) < 1e-12);
      const shares = [...compositionChances(complexity, length).values()];
      assert.ok(Math.abs(shares.reduce((total, chance) => total + chance, 0) - 1) < 1e-12);
    }
  });

  it('draws every lawful length', () => {
    for (const complexity of [1, 2, 3, 4, 5] as const)
      for (let wanted = 8; wanted <= 64; wanted += 1) {
        const spec = { kind: 'password', complexity, length: wanted } as const;
        for (let n = 0; n < 20; n += 1) assert.ok(satisfies(spec, drawCharacters(spec)));
      }
  });
});

describe('the statistics', () => {
  it('notice the modulo bias of a byte that is not rejected', () => {
    // 256 is 9 times 26 and 22: the last four letters come up 9 times in 256, the others 10 times.
    const alphabet = alphabetOf(1);
    const draw = (): string =>
      Array.from({ length }, () => alphabet.charAt(Math.floor(Math.random() * 256) % alphabet.length)).join('');
    assert.ok(measure({ complexity: 1, length, count: 200_000, draw }).chance < 1e-12);
  });
});

describe('the password source', () => {
  it('draws lawful passphrases from the lists that come with the package', async () => {
    const source = createPasswordSource();
    for (const complexity of [6, 7, 8] as const) {
      const path = join(packageRoot(), 'agent', 'edge', 'words', wordLists[complexity].file);
      const words = new Set(wordsOf(await readFile(path, 'utf8')));
      assert.equal(words.size, wordLists[complexity].size);
      for (let count = 3; count <= 10; count += 1) {
        const spec = { kind: 'passphrase', complexity, words: count } as const;
        assert.ok(satisfies(spec, (await source.draw(spec)).reveal(), words));
      }
    }
  });

  it('draws every word of a list about equally often', async () => {
    const source = createPasswordSource();
    const counts = new Map<string, number>();
    for (let n = 0; n < 6000; n += 1)
      for (const word of (await source.draw({ kind: 'passphrase', complexity: 8, words: 10 }))
        .reveal()
        .match(/[A-Z][a-z]+/g) ?? [])
        counts.set(word, (counts.get(word) ?? 0) + 1);
    assert.equal(counts.size, wordLists[8].size);
    // About 46 of each; further than 10 standard deviations is no accident.
    for (const count of counts.values()) assert.ok(count < 46 + 10 * Math.sqrt(46));
  });

  it('refuses a list that is missing or was shortened, rather than draw a weaker passphrase', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'laps-words-'));
    try {
      const source = createPasswordSource({ wordFolder: folder });
      const spec = { kind: 'passphrase', complexity: 7, words: 6 } as const;
      await assert.rejects(source.draw(spec), { code: 'ERR_LAPS_INTERNAL' });
      await writeFile(join(folder, wordLists[7].file), 'one\ntwo\n');
      await assert.rejects(source.draw(spec), { code: 'ERR_LAPS_INTERNAL' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

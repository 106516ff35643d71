/** Bits of chance, against spec 3.4. */
import assert from 'node:assert/strict';
import { entropyBits, exactEntropyBits, lawfulStrings } from '../../../agent/core/password/entropy.ts';

/** Spec 3.4, columns 1 to 5. */
const printed: Array<[number, number[]]> = [
  [8, [38, 46, 48, 51, 48]],
  [9, [42, 51, 54, 57, 54]],
  [10, [47, 57, 60, 63, 60]],
  [11, [52, 63, 65, 70, 66]],
  [12, [56, 68, 71, 76, 72]],
  [13, [61, 74, 77, 82, 78]],
  [14, [66, 80, 83, 89, 84]],
  [20, [94, 114, 119, 126, 120]],
  [40, [188, 228, 238, 253, 240]],
  [60, [282, 342, 357, 379, 360]],
];
/** Spec 3.4, columns 6 to 8. */
const printedWords: Array<[number, number[]]> = [
  [3, [39, 31, 31]],
  [6, [78, 62, 62]],
  [7, [90, 72, 72]],
  [10, [129, 103, 103]],
];

describe('entropy', () => {
  it('agrees with the printed figures for passwords', () => {
    for (const [length, bits] of printed)
      assert.deepEqual(
        ([1, 2, 3, 4, 5] as const).map((complexity) =>
          Math.round(entropyBits({ kind: 'password', complexity, length })),
        ),
        bits,
      );
  });

  it('agrees with the printed figures for passphrases', () => {
    for (const [words, bits] of printedWords)
      assert.deepEqual(
        ([6, 7, 8] as const).map((complexity) => Math.round(entropyBits({ kind: 'passphrase', complexity, words }))),
        bits,
      );
  });

  it("counts Windows' lists, and apart from them those that are drawn from here", () => {
    const bits = (count: typeof entropyBits) =>
      ([6, 7, 8] as const).map((complexity) => 2 ** count({ kind: 'passphrase', complexity, words: 1 }));
    assert.deepEqual(bits(entropyBits).map(Math.round), [7776, 1276, 1276]);
    assert.deepEqual(bits(exactEntropyBits).map(Math.round), [7775, 1295, 1296]);
  });

  it('counts lawful strings exactly', () => {
    // Sets {a} and {b, c}, length 3: 27 strings, less 8 without a, less 1 without b and c.
    assert.equal(lawfulStrings([1, 2], 3), 18n);
    assert.equal(lawfulStrings([26], 8), 26n ** 8n);
  });

  it('loses little to the rule that every set is present, and less the longer the password', () => {
    const loss = (length: number): number => {
      const spec = { kind: 'password', complexity: 4, length } as const;
      return entropyBits(spec) - exactEntropyBits(spec);
    };
    assert.ok(loss(8) > 0.9 && loss(8) < 1.2);
    assert.ok(loss(14) < loss(8) && loss(64) < 0.01);
  });
});

/**
 * Pearson's chi-square test.
 *
 * Promises: the probability of a deviation at least this large if the expected frequencies were true, by the regularised
 * incomplete gamma function, good to well below 1e-12.
 */

/** Logarithm of the gamma function (Lanczos, g = 7). */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const sum = terms.reduce((total, term, index) => total + term / (x + index), 0.9999999999998099);
  const t = x + terms.length - 1.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Upper regularised incomplete gamma function Q(a, x). */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 10_000 && term > sum * 1e-16; n += 1) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 10_000; n += 1) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * h;
}

/** The chance of counts at least this far from `expected` (same length, same total), when `expected` is the truth. */
export function chiSquareChance(counts: readonly number[], expected: readonly number[]): number {
  const statistic = counts.reduce((sum, count, index) => {
    const hoped = expected[index] ?? 0;
    return sum + (count - hoped) ** 2 / hoped;
  }, 0);
  return upperGamma((counts.length - 1) / 2, statistic / 2);
}

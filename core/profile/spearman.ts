/**
 * Spearman's rank correlation, from −1 to 1: how well one order predicts another. Equal values share the mean
 * of their ranks. NaN when there are fewer than two pairs, or when all values of a side are equal.
 *
 * @throws {RangeError} when the two lists differ in length.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { spearman } from "./spearman.ts";
 * assert.equal(spearman([1, 2, 3], [10, 100, 1000]), 1);
 * assert.equal(spearman([1, 2, 3], [3, 2, 1]), -1);
 * ```
 */
export function spearman(left: readonly number[], right: readonly number[]): number {
  if (left.length !== right.length) {
    throw new RangeError(`${left.length} values cannot be correlated with ${right.length}`);
  }
  return pearson(ranks(left), ranks(right));
}

/** The rank of every value, from 1; values that are equal get the mean of the ranks that they fill. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a] - values[b]);
  const result = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) result[order[i]] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}

function pearson(left: readonly number[], right: readonly number[]): number {
  const [meanLeft, meanRight] = [mean(left), mean(right)];
  let [product, squaresLeft, squaresRight] = [0, 0, 0];
  for (let i = 0; i < left.length; i++) {
    const [a, b] = [left[i] - meanLeft, right[i] - meanRight];
    product += a * b;
    squaresLeft += a * a;
    squaresRight += b * b;
  }
  return product / Math.sqrt(squaresLeft * squaresRight);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

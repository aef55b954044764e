/** The statistics of measured times: sums, medians, quartiles, the undisturbed part of a sample, rank correlation. */

/** The sum; 0 of an empty list. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The arithmetic mean; NaN of an empty list. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/**
 * The middle value, or the mean of the two middle ones; NaN of an empty list.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { median } from "./statistics.ts";
 * assert.equal(median([9, 1, 2]), 2);
 * assert.equal(median([4, 1, 2, 9]), 3);
 * ```
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The medians of the lower and the upper half, the middle value being in both (Tukey's hinges). */
export function quartiles(values: readonly number[]): [lower: number, upper: number] {
  const sorted = values.toSorted((left, right) => left - right);
  const half = sorted.length >> 1;
  return [median(sorted.slice(0, half + 1)), median(sorted.slice(-half - 1))];
}

/**
 * The value below which a part of all values lie, interpolated between the two nearest; NaN of an empty list.
 *
 * @param part from 0 to 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { percentile } from "./statistics.ts";
 * assert.equal(percentile([40, 10, 20, 30], 0.5), 25);
 * assert.equal(percentile([1, 2, 3], 1), 3);
 * ```
 */
export function percentile(values: Iterable<number>, part: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return NaN;
  const place = part * (sorted.length - 1);
  const [below, above] = [Math.floor(place), Math.ceil(place)];
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/**
 * From the 10th to the 90th percentile of values that are scaled so that `center` is their median; both contain it. For
 * a time that was corrected as a whole, beside the spread of the runs that it comes from.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { intervalAround } from "./statistics.ts";
 * assert.deepEqual(intervalAround(3, new Float64Array([10, 20, 30])), [1.8, 4.2]);
 * ```
 */
export function intervalAround(center: number, values: Float64Array): [p10: number, p90: number] {
  const middle = percentile(values, 0.5);
  if (!(middle > 0)) {
    return [Math.min(center, percentile(values, 0.1)), Math.max(center, percentile(values, 0.9))];
  }
  return [0.1, 0.9].map((part) => percentile(values, part) * center / middle) as [number, number];
}

/** A median with its confidence interval. */
export interface MedianInterval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The chance that the interval misses the median of all that could be measured. */
const MISS = 0.01;

/**
 * The median of a sample and the order statistics between which that of the population lies with 99 % confidence,
 * whatever its distribution; with fewer than eight values the smallest and the largest.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { medianInterval } from "./statistics.ts";
 * assert.deepEqual(medianInterval([3, 1, 2]), { median: 2, low: 1, high: 3 });
 * const many = Array.from({ length: 30 }, (_, k) => k);
 * assert.deepEqual(medianInterval(many), { median: 14.5, low: 7, high: 22 });
 * ```
 */
export function medianInterval(values: readonly number[]): MedianInterval {
  const sorted = values.toSorted((left, right) => left - right);
  const count = sorted.length;
  // The chance that at most `rank` of all values lie below the median.
  let [rank, term, below] = [-1, 2 ** -count, 0];
  for (let next = 0; next < count / 2; next++) {
    below += term;
    if (2 * below > MISS) break;
    rank = next;
    term *= (count - next) / (next + 1);
  }
  const at = Math.max(0, rank);
  return { median: median(sorted), low: sorted[at], high: sorted[count - 1 - at] };
}

/**
 * The mean of the values that are not far above the smallest: interruptions by other programs are. Unlike a median it is
 * exact for a clock that counts whole units.
 *
 * @param unit what the clock counts in; values within a few of the smallest are usual.
 */
export function usualMean(values: readonly number[], unit = 1): number {
  const limit = FAR_ABOVE * percentile(values, FASTEST) + 2 * unit;
  const usual = values.filter((value) => value <= limit);
  return mean(usual);
}

/**
 * The median of the runs that are about as fast as the fastest: all of them on an idle machine, those between
 * interruptions on a busy one.
 */
export function undisturbed(milliseconds: readonly number[]): number {
  const limit = FAR_ABOVE * percentile(milliseconds, FASTEST);
  return median(milliseconds.filter((time) => time <= limit));
}

/** The part of the runs that a busy machine leaves alone. */
const FASTEST = 0.05;

/** So many times the smallest is not usual. */
const FAR_ABOVE = 1.2;

/** Fewer runs than this are too small a sample. */
const MIN_FASTEST = 5;

/**
 * The fastest quarter of the runs, but at least five of them, sorted by time: whatever else the machine does can only
 * make a run slower.
 */
export function fastestQuarter<Run>(runs: readonly Run[], milliseconds: (run: Run) => number): Run[] {
  const sorted = runs.toSorted((left, right) => milliseconds(left) - milliseconds(right));
  return sorted.slice(0, Math.max(MIN_FASTEST, Math.ceil(runs.length / 4)));
}

/**
 * Spearman's rank correlation, from −1 to 1: how well one order predicts another. Equal values share the mean
 * of their ranks. NaN for fewer than two pairs, or when all values of a side are equal.
 *
 * @throws {RangeError} when the two lists differ in length.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { spearman } from "./statistics.ts";
 * assert.equal(spearman([1, 2, 3], [10, 100, 1000]), 1);
 * assert.equal(spearman([1, 2, 3], [3, 2, 1]), -1);
 * ```
 */
export function spearman(left: readonly number[], right: readonly number[]): number {
  if (left.length !== right.length) {
    throw new RangeError(`cannot correlate ${left.length} values with ${right.length}`);
  }
  return pearson(ranks(left), ranks(right));
}

/** The rank of every value, from 1; equal values get the mean of the ranks that they occupy. */
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

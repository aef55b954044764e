/**
 * A sum of doubles that does not depend on the order of its terms, so that shards and workers that are merged
 * in any order give the same last bit as one run.
 *
 * The terms are kept as a short list of doubles that do not overlap and whose sum is exact (J. R. Shewchuk,
 * "Adaptive Precision Floating-Point Arithmetic", 1997; the same as Python's `math.fsum`).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ExactSum } from "./exact_sum.ts";
 * const sum = new ExactSum();
 * for (const term of [1e100, 1, -1e100]) sum.add(term);
 * assert.equal(sum.value(), 1);
 * ```
 */
export class ExactSum {
  /** Increasing in magnitude, none overlapping another. */
  #parts: number[];

  /** Starts from `terms`, such as the JSON form of another sum. */
  constructor(terms: Iterable<number> = []) {
    this.#parts = [];
    for (const term of terms) this.add(term);
  }

  /**
   * Whether a value from a file can be the terms of a sum: few enough, and so small that no sum of them overflows. Sums of
   * doubles never have more, as each term takes the next 53 of at most 2,100 bits.
   */
  static isTerms(value: unknown): value is readonly number[] {
    return Array.isArray(value) && value.length <= MAX_TERMS &&
      value.every((term) => Number.isFinite(term) && Math.abs(term) <= Number.MAX_SAFE_INTEGER);
  }

  /** Adds one finite number. */
  add(term: number): void {
    const parts = this.#parts;
    let kept = 0;
    let high = term;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      const sum = high + part;
      const [large, small] = Math.abs(high) < Math.abs(part) ? [part, high] : [high, part];
      const rest = small - (sum - large);
      if (rest !== 0) parts[kept++] = rest;
      high = sum;
    }
    parts.length = kept;
    if (high !== 0) parts.push(high);
  }

  /** Adds everything that `other` holds. */
  merge(other: ExactSum): void {
    for (const part of other.#parts) this.add(part);
  }

  /** The double nearest to the exact sum. */
  value(): number {
    const parts = this.#parts;
    let i = parts.length - 1;
    if (i < 0) return 0;
    let high = parts[i];
    let rest = 0;
    while (i > 0 && rest === 0) {
      const before = high;
      const part = parts[--i];
      high = before + part;
      rest = part - (high - before);
    }
    // Half-way cases: the parts below decide which neighbour is nearer.
    if (i > 0 && rest !== 0 && Math.sign(rest) === Math.sign(parts[i - 1])) {
      const doubled = rest * 2;
      const neighbour = high + doubled;
      if (neighbour - high === doubled) high = neighbour;
    }
    return high;
  }

  /** The terms that a new sum starts from, the same for equal sums: each is the double nearest to what is left. */
  toJSON(): number[] {
    const terms: number[] = [];
    const rest = new ExactSum(this.#parts);
    for (let nearest = rest.value(); nearest !== 0; nearest = rest.value()) {
      terms.push(nearest);
      rest.add(-nearest);
    }
    return terms.reverse();
  }
}

/** Terms of the longest sum. */
const MAX_TERMS = 64;

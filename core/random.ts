/** Random numbers that a seed repeats on every machine. */

/**
 * A function that returns uniform numbers in [0, 1), multiples of 2^-32. It uses only integer arithmetic and a product by a
 * power of two, whose results the language fixes to the bit (those of `Math.log` and its like may differ between machines).
 *
 * ```ts
 * import { randomNumbers } from "./random.ts";
 * import assert from "node:assert/strict";
 * const [a, b] = [randomNumbers(7), randomNumbers(7)];
 * assert.equal(a(), b());
 * ```
 *
 * @see "mulberry32" by Tommy Ettinger, in the public domain
 */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Random numbers that a seed repeats on every machine.
 *
 * @module
 */

/**
 * Returns a function that draws whole numbers in `[0, bound)`, where `bound` is at most 2³².
 *
 * Source: xorshift128 of Marsaglia, "Xorshift RNGs" (2003).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { randomIntegers } from "./random.ts";
 * const roll = randomIntegers(1), again = randomIntegers(1);
 * assert.ok(roll(6) === again(6));
 * ```
 */
export function randomIntegers(seed: number): (bound: number) => number {
  // The initial state mixes all bits of the seed, so that seeds 1 and 2 do not start alike.
  let state = seed | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  let x = next(), y = next(), z = next(), w = next() | 1;
  return (bound) => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return Math.floor((w >>> 0) / 4294967296 * bound);
  };
}

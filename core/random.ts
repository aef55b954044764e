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

/** A seed for something named, different for each name and each `seed` (FNV-1a over the name, starting from the seed). */
export function namedSeed(name: string, seed: number): number {
  let state = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193);
  return state;
}

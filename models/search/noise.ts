/** What training-free scores have in common: noise as input, and how they are computed. */
import type { Extent } from "../../core/graph/mod.ts";
import { namedSeed, randomNumbers } from "../../core/random.ts";

/** How a score is computed. */
export interface ScoreOptions {
  readonly size: Extent;
  readonly seed: number;
  /** Inputs at once. @default {the score's} */
  readonly batch?: number;
  /** @default {1} */
  readonly threads?: number;
}

/** So many uniform numbers add up to a nearly normal one; unlike Box and Muller's, the sum is the same on all machines. */
const SUMMED = 4;

/** Numbers of mean 0 and variance 1, nearly normal, the same on every machine. */
export function gaussianNumbers(count: number, seed: number): Float32Array {
  const random = randomNumbers(seed);
  // The variance of a uniform number in 0…1 is 1/12.
  const scale = Math.sqrt(12 / SUMMED);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = 0; k < SUMMED; k++) sum += random();
    values[i] = (sum - SUMMED / 2) * scale;
  }
  return values;
}

/** Images of noise: `count` values. */
export function gaussianImages(count: number, seed: number): Float32Array {
  return gaussianNumbers(count, namedSeed("images of noise", seed));
}

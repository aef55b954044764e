/**
 * Rounds a channel count to a multiple of `divisor`, never below it and never losing more than a tenth.
 *
 * @see `make_divisible` of TF-slim's `conv_blocks.py` and torchvision's `_make_divisible`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeDivisible } from "./channels.ts";
 * assert.equal(makeDivisible(16 * 0.75), 16);
 * assert.equal(makeDivisible(40 * 0.75), 32);
 * ```
 */
export function makeDivisible(channels: number, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * channels ? rounded + divisor : rounded;
}

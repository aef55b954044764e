/** Where published definitions of the same network differ: rounding, padding, BatchNorm's constant, dilation. */
import type { BatchNorm, Padding } from "../graph/mod.ts";

/**
 * Whose definition of a network is meant where they differ: the one of the authors of its paper (TF-slim, the MnasNet
 * repository), which the tables of the papers count, or torchvision's.
 */
export type Convention = "paper" | "torchvision";

/** How a family of networks may deviate from its table without changing it. */
export interface BackboneOptions {
  /** @default {"paper"} */
  readonly convention?: Convention;
  /** @default {"same" for the paper, "symmetric" for torchvision} */
  readonly padding?: Padding;
  /** BatchNorm's ε. @default {the convention's} */
  readonly epsilon?: number;
}

/** {@linkcode BackboneOptions} with the defaults filled in. */
export interface LayerStyle {
  readonly convention: Convention;
  readonly padding: Padding;
  readonly batchNorm: BatchNorm;
}

/** Fills in the defaults; `epsilon` is each convention's BatchNorm constant. */
export function layerStyle(options: BackboneOptions, epsilon: Record<Convention, number>): LayerStyle {
  const { convention = "paper" } = options;
  return {
    convention,
    padding: options.padding ?? (convention === "paper" ? "same" : "symmetric"),
    batchNorm: { epsilon: options.epsilon ?? epsilon[convention] },
  };
}

/**
 * Rounds a number of channels to a multiple of `divisor`, at least `divisor` and at least nine tenths of `channels`.
 *
 * @see `make_divisible` of TF-slim's `conv_blocks.py` and torchvision's `_make_divisible`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeDivisible } from "./conventions.ts";
 * assert.equal(makeDivisible(16 * 0.75), 16);
 * assert.equal(makeDivisible(40 * 0.75), 32);
 * ```
 */
export function makeDivisible(channels: number, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * channels ? rounded + divisor : rounded;
}

/** Pixels of the image per cell of the last feature map. */
export type OutputStride = 32 | 16 | 8;

/** How a block moves over its input. */
export interface Step {
  readonly stride: number;
  readonly dilation: number;
}

/**
 * Keeps the output stride of a stack of blocks: strides beyond it become dilations. TF-slim dilates from the block after
 * the one that lost its stride, torchvision from that block on.
 *
 * @param strides of the blocks, as in their table
 * @param input pixels per cell of what enters the first block
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dilatedSteps } from "./conventions.ts";
 * assert.deepEqual(dilatedSteps([2, 2, 1], 8, 4, "paper"), [
 *   { stride: 2, dilation: 1 },
 *   { stride: 1, dilation: 1 },
 *   { stride: 1, dilation: 2 },
 * ]);
 * ```
 */
export function dilatedSteps(
  strides: readonly number[],
  outputStride: OutputStride,
  input: number,
  convention: Convention,
): Step[] {
  let reached = input;
  let dilation = 1;
  return strides.map((stride) => {
    if (stride === 1 || reached < outputStride) {
      reached *= stride;
      return { stride, dilation };
    }
    const before = dilation;
    dilation *= stride;
    return { stride: 1, dilation: convention === "paper" ? before : dilation };
  });
}

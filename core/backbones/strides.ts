import type { Convention } from "./convention.ts";

/** Pixels of the image per cell of the last feature map. */
export type OutputStride = 32 | 16 | 8;

/** How a block moves over its input. */
export interface Step {
  readonly stride: number;
  readonly dilation: number;
}

/**
 * Keeps the output stride of a stack of blocks: strides beyond it become dilations. TF-slim dilates from the
 * block after the one that lost its stride, torchvision from that block on.
 *
 * @param strides of the blocks, as their table has them.
 * @param input pixels per cell of what enters the first block.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dilatedSteps } from "./strides.ts";
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

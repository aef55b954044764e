import type { GraphBuilder, Value } from "../graph/mod.ts";
import type { Convention, LayerStyle } from "./convention.ts";
import { type InvertedResidual, invertedResidual } from "./inverted_residual.ts";
import { dilatedSteps, type OutputStride } from "./strides.ts";
import { blockTaps, type Taps } from "./taps.ts";

/** One block of a table whose widths are resolved. */
export interface StackBlock extends Omit<InvertedResidual, "name" | "dilation"> {
  /** The number in the block's name, where it is not its place in the stack (from 1). */
  readonly number?: number;
  /** The names under which heads take features from the block. */
  readonly taps?: readonly string[];
}

/** What the blocks of a stack have in common. */
export interface StackOptions {
  readonly style: LayerStyle;
  /** What squeeze-and-excite multiplies with. */
  readonly gate: "h-sigmoid" | "sigmoid";
  /** @default {32} */
  readonly outputStride?: OutputStride;
  /** Whose rule says which block is dilated first, and whether it then adds its input. @default {the style's} */
  readonly dilation?: Convention;
  /** The name of block n (from 1). @default {`backbone.blockN`} */
  readonly blockName?: (block: number) => string;
}

/** Builds inverted residuals one after another, from a stem at stride 2. */
export function blockStack(
  g: GraphBuilder,
  stem: Value,
  blocks: readonly StackBlock[],
  options: StackOptions,
): { readonly output: Value; readonly taps: Taps } {
  const { style, gate, outputStride = 32, blockName = (block) => `backbone.block${block}` } = options;
  const { dilation = style.convention } = options;
  const steps = dilatedSteps(blocks.map((block) => block.stride), outputStride, 2, dilation);
  const taps: Record<string, Value> = {};
  let output = stem;
  blocks.forEach((block, index) => {
    const step = steps[index];
    // A block that lost its stride may have equal input and output: TF-slim then adds them, torchvision
    // does not.
    const stride = dilation === "paper" ? step.stride : block.stride;
    const values = invertedResidual(g, output, {
      ...block,
      ...step,
      name: blockName(block.number ?? index + 1),
      residual: block.residual ?? (stride === 1 && block.channels === output.channels),
    }, { batchNorm: style.batchNorm, padding: style.padding, gate });
    for (const tap of block.taps ?? []) Object.assign(taps, blockTaps(tap, values));
    output = values.output;
  });
  return { output, taps };
}

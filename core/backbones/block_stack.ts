import type { Activation, GraphBuilder, Value } from "../graph/mod.ts";
import { type Convention, dilatedSteps, type LayerStyle, type OutputStride } from "./conventions.ts";
import { type InvertedResidual, invertedResidual } from "./inverted_residual.ts";
import { blockTaps, type Taps } from "./taps.ts";

/** One block of a table, its channels resolved. */
export interface StackBlock extends Omit<InvertedResidual, "name" | "dilation"> {
  /** The number in the block's name. @default {its position in the stack, from 1} */
  readonly number?: number;
  /** The names under which heads take features from the block. */
  readonly taps?: readonly string[];
}

/** A convolution before or after the blocks. */
export interface OuterConv {
  readonly channels: number;
  readonly activation: Activation;
}

/** A network that is mostly a stack of inverted residuals. */
export interface BlockStack {
  /** The first layer, a 3×3 convolution at stride 2. With `tap`, heads may take its output. */
  readonly stem: OuterConv & { readonly tap?: string };
  readonly blocks: readonly StackBlock[];
  /** The last layer, a 1×1 convolution; without it there is no tap `C5`. */
  readonly head?: OuterConv;
  readonly style: LayerStyle;
  /** What squeeze-and-excite multiplies with. @default {"h-sigmoid"} */
  readonly gate?: "h-sigmoid" | "sigmoid";
  /** @default {32} */
  readonly outputStride?: OutputStride;
  /** Whose rule decides which block is dilated first, and whether it then has a residual. @default {the style's} */
  readonly dilation?: Convention;
  /** The name of block n (from 1). @default {`backbone.blockN`} */
  readonly blockName?: (block: number) => string;
}

/**
 * Builds a stem, the blocks one after another, and the last convolution. Returns the taps that stem and blocks declare,
 * and `C5`.
 *
 * @param image `[N, 3, H, W]`, normalised
 * @throws {RangeError} as {@linkcode GraphBuilder.conv} does
 */
export function blockStack(g: GraphBuilder, image: Value, stack: BlockStack): Taps {
  const { stem, blocks, head, style, gate = "h-sigmoid", outputStride = 32 } = stack;
  const { dilation = style.convention, blockName = (block) => `backbone.block${block}` } = stack;
  const { padding, batchNorm } = style;
  const { tap: stemTap, ...stemConv } = stem;

  let output = g.conv(image, {
    name: "backbone.stem",
    ...stemConv,
    kernel: 3,
    stride: 2,
    padding,
    batchNorm,
  });
  const taps: Record<string, Value> = stemTap ? { [stemTap]: output } : {};
  const steps = dilatedSteps(blocks.map((block) => block.stride), outputStride, 2, dilation);
  blocks.forEach((block, index) => {
    const step = steps[index];
    // A block that lost its stride may have equal input and output shapes: TF-slim then adds a residual, torchvision does
    // not.
    const stride = dilation === "paper" ? step.stride : block.stride;
    const values = invertedResidual(g, output, {
      ...block,
      ...step,
      name: blockName(block.number ?? index + 1),
      residual: block.residual ?? (stride === 1 && block.channels === output.channels),
    }, { batchNorm, padding, gate });
    for (const tap of block.taps ?? []) Object.assign(taps, blockTaps(tap, values));
    output = values.output;
  });
  return head
    ? { ...taps, C5: g.conv(output, { name: "backbone.head", ...head, kernel: 1, batchNorm }) }
    : taps;
}

/**
 * MnasNet-A1, -B1 and -small.
 *
 * Tan et al., "MnasNet: Platform-Aware Neural Architecture Search for Mobile", CVPR 2019, figure 7; -small as released by
 * its authors, -B1 as in torchvision.
 */
import type { GraphBuilder, Value } from "../graph/mod.ts";
import { blockStack, type StackBlock } from "./block_stack.ts";
import { type BackboneOptions, layerStyle, makeDivisible, type OutputStride } from "./conventions.ts";
import { type RowTaps, rowTaps, type Taps } from "./taps.ts";

/** Operator, kernel, SE, #out, repeats, stride of the first block, taps. */
type Row = readonly [
  operator: keyof typeof EXPANSIONS,
  kernel: 3 | 5,
  se: "SE" | "-",
  out: number,
  n: number,
  stride: 1 | 2,
  taps?: RowTaps,
];

/** The expansion of each operator; `SepConv` also has no residual. */
const EXPANSIONS = { SepConv: 1, MBConv1: 1, MBConv3: 3, MBConv6: 6 } as const;

interface Table {
  readonly stem: number;
  readonly rows: readonly Row[];
}

const A1: Table = {
  stem: 32,
  rows: [
    ["SepConv", 3, "-", 16, 1, 1],
    ["MBConv6", 3, "-", 24, 2, 2, { first: "C1" }],
    ["MBConv3", 5, "SE", 40, 3, 2, { first: "C2", last: "C2.end" }],
    ["MBConv6", 3, "-", 80, 4, 2, { first: "C3" }],
    ["MBConv6", 3, "SE", 112, 2, 1, { last: "C3.end" }],
    ["MBConv6", 5, "SE", 160, 3, 2, { first: "C4" }],
    ["MBConv6", 3, "-", 320, 1, 1, { last: "C4.end" }],
  ],
};

const B1: Table = {
  stem: 32,
  rows: [
    ["SepConv", 3, "-", 16, 1, 1],
    ["MBConv3", 3, "-", 24, 3, 2, { first: "C1" }],
    ["MBConv3", 5, "-", 40, 3, 2, { first: "C2", last: "C2.end" }],
    ["MBConv6", 5, "-", 80, 3, 2, { first: "C3" }],
    ["MBConv6", 3, "-", 96, 2, 1, { last: "C3.end" }],
    ["MBConv6", 5, "-", 192, 4, 2, { first: "C4" }],
    ["MBConv6", 3, "-", 320, 1, 1, { last: "C4.end" }],
  ],
};

const SMALL: Table = {
  stem: 8,
  rows: [
    ["MBConv1", 3, "-", 8, 1, 1],
    ["MBConv3", 3, "-", 16, 1, 2, { first: "C1" }],
    ["MBConv6", 3, "-", 16, 2, 2, { first: "C2", last: "C2.end" }],
    ["MBConv6", 5, "SE", 32, 4, 2, { first: "C3" }],
    ["MBConv6", 3, "SE", 32, 3, 1, { last: "C3.end" }],
    ["MBConv6", 5, "SE", 88, 3, 2, { first: "C4" }],
    ["MBConv6", 3, "-", 144, 1, 1, { last: "C4.end" }],
  ],
};

/** The last 1×1 convolution before pooling. */
const HEAD = 1280;

/** The geometry of a MnasNet. */
export interface MnasNetOptions extends BackboneOptions {
  readonly variant: "A1" | "B1" | "small";
  /** The width multiplier. @default {1} */
  readonly width?: number;
  /** Pixels per cell of the last feature map; below 32, strides become dilations. @default {32} */
  readonly outputStride?: OutputStride;
  /** Whether there is a last 1×1 convolution, the tap `C5`. @default {true} */
  readonly head?: boolean;
  /** Whether the width applies to the last 1×1 convolution too: in detectors, but not in classifiers. @default {false} */
  readonly scaleHead?: boolean;
}

const EPSILON = { paper: 1e-3, torchvision: 1e-5 };

/**
 * Builds a MnasNet without its classifier.
 *
 * Taps: `C1` … `C4` are the outputs of the first block at each stride (4, 8, 16, 32), `C2.end` … `C4.end` of
 * the last; each also has `.expand` and `.depthwise`. `C5` is the last 1×1 convolution.
 *
 * @param image `[N, 3, H, W]`, normalised.
 */
export function mnasNet(g: GraphBuilder, image: Value, options: MnasNetOptions): Taps {
  const { variant, width = 1, outputStride, scaleHead = false } = options;
  const table = { A1, B1, small: SMALL }[variant];
  const activation = "relu";
  const stem = makeDivisible(table.stem * width);
  const head = scaleHead ? makeDivisible(HEAD * width) : HEAD;
  return blockStack(g, image, {
    stem: { channels: stem, activation },
    blocks: mnasNetBlocks(table, width, stem),
    head: options.head === false ? undefined : { channels: head, activation },
    style: layerStyle(options, EPSILON),
    gate: "sigmoid",
    outputStride,
  });
}

function mnasNetBlocks(table: Table, width: number, stem: number): StackBlock[] {
  let input = stem;
  return table.rows.flatMap(([operator, kernel, se, out, n, stride, taps]) => {
    const channels = makeDivisible(out * width);
    return Array.from({ length: n }, (_, index) => {
      const block = {
        kernel,
        expanded: EXPANSIONS[operator] * input,
        channels,
        stride: index === 0 ? stride : 1,
        activation: "relu",
        // A quarter of the block's input channels, where MobileNetV3 takes a quarter of the expanded ones.
        squeeze: se === "SE" ? Math.max(1, Math.floor(input / 4)) : undefined,
        residual: operator === "SepConv" ? false : undefined,
        taps: rowTaps(taps, index, n),
      } as const;
      input = channels;
      return block;
    });
  });
}

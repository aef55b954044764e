/**
 * MobileNetV2, as in the table of the paper.
 *
 * Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, table 2.
 */
import type { GraphBuilder, Value } from "../graph/mod.ts";
import { blockStack, type StackBlock } from "./block_stack.ts";
import { type BackboneOptions, layerStyle, makeDivisible, type OutputStride } from "./conventions.ts";
import { type RowTaps, rowTaps, type Taps } from "./taps.ts";

/** t (expansion), c (channels), n (repeats), s (stride of the first block), taps. */
type Row = readonly [t: 1 | 6, c: number, n: number, s: 1 | 2, taps?: RowTaps];

const STEM = 32;

const ROWS: readonly Row[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2, { first: "C1" }],
  [6, 32, 3, 2, { first: "C2", last: "C2.end" }],
  [6, 64, 4, 2, { first: "C3" }],
  [6, 96, 3, 1, { last: "C3.end" }],
  [6, 160, 3, 2, { first: "C4" }],
  [6, 320, 1, 1, { last: "C4.end" }],
];

/** The last 1×1 convolution before pooling. */
const HEAD = 1280;

/** The geometry of a MobileNetV2. */
export interface MobileNetV2Options extends BackboneOptions {
  /** The width multiplier. @default {1} */
  readonly width?: number;
  /** Pixels per cell of the last feature map; below 32, strides become dilations. @default {32} */
  readonly outputStride?: OutputStride;
  /** `segmentation` halves the channels from C4 on, for tasks with few classes (MobileNetV3 §6.4). @default {"full"} */
  readonly tail?: "full" | "segmentation";
  /** Whether there is a last 1×1 convolution, the tap `C5`. @default {true} */
  readonly head?: boolean;
  /**
   * Whether a `width` below 1 applies to the last 1×1 convolution too: in detectors, but not in classifiers.
   * @default {false}
   */
  readonly narrowHead?: boolean;
}

const EPSILON = { paper: 1e-3, torchvision: 1e-5 };

/**
 * Builds a MobileNetV2 without its classifier.
 *
 * Taps: `C1` … `C4` are the outputs of the first block at each stride (4, 8, 16, 32), `C2.end` … `C4.end` of
 * the last; each also has `.expand` and `.depthwise`. `C5` is the last 1×1 convolution.
 *
 * @param image `[N, 3, H, W]`, normalised.
 */
export function mobileNetV2(g: GraphBuilder, image: Value, options: MobileNetV2Options = {}): Taps {
  const { width = 1, outputStride, narrowHead = false } = options;
  const activation = "relu6";
  const stem = makeDivisible(STEM * width);
  const head = makeDivisible(HEAD * (narrowHead ? width : Math.max(1, width)));
  return blockStack(g, image, {
    stem: { channels: stem, activation },
    blocks: mobileNetV2Blocks(options, stem),
    head: options.head === false ? undefined : { channels: head, activation },
    style: layerStyle(options, EPSILON),
    outputStride,
  });
}

function mobileNetV2Blocks({ width = 1, tail = "full" }: MobileNetV2Options, stem: number): StackBlock[] {
  const c4 = ROWS.findIndex(([, , , , taps]) => taps?.first === "C4");
  let input = stem;
  return ROWS.flatMap(([t, c, n, s, taps], row) => {
    const channels = makeDivisible((tail === "segmentation" && row >= c4 ? c / 2 : c) * width);
    return Array.from({ length: n }, (_, index) => {
      const expanded = makeDivisible(t * input);
      input = channels;
      return {
        kernel: 3,
        expanded,
        channels,
        stride: index === 0 ? s : 1,
        activation: "relu6",
        taps: rowTaps(taps, index, n),
      } as const;
    });
  });
}

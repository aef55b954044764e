/**
 * MobileNetV1, as in the table of the paper.
 *
 * Howard et al., "MobileNets", 2017, table 1.
 */
import type { GraphBuilder, Value } from "../graph/mod.ts";
import { type BackboneOptions, dilatedSteps, layerStyle, type OutputStride } from "./conventions.ts";
import { blockTaps, type RowTaps, rowTaps, type Taps } from "./taps.ts";

/** #out of the pointwise convolution, repeats, s of the depthwise one, taps. */
type Row = readonly [out: number, n: number, stride: 1 | 2, taps?: RowTaps];

const STEM = 32;

const ROWS: readonly Row[] = [
  [64, 1, 1],
  [128, 1, 2, { first: "C1" }],
  [128, 1, 1],
  [256, 1, 2, { first: "C2" }],
  [256, 1, 1, { last: "C2.end" }],
  [512, 1, 2, { first: "C3" }],
  [512, 5, 1, { last: "C3.end" }],
  [1024, 1, 2, { first: "C4" }],
  [1024, 1, 1, { last: "C4.end" }],
];

/** The geometry of a MobileNetV1. */
export interface MobileNetV1Options extends BackboneOptions {
  /** The width multiplier. @default {1} */
  readonly width?: number;
  /** Pixels per cell of the last feature map; below 32, strides become dilations. @default {32} */
  readonly outputStride?: OutputStride;
}

/** TF-slim's constant; torchvision has no MobileNetV1. */
const EPSILON = { paper: 1e-3, torchvision: 1e-5 };

/**
 * Builds a MobileNetV1 without its classifier.
 *
 * Taps: `C1` … `C4` are the outputs of the first pair at each stride (4, 8, 16, 32), `C2.end` … `C4.end` of
 * the last; `.expand` is the input of a pair's depthwise convolution, `.depthwise` its output. `C5` is the last
 * convolution, the same as `C4.end`.
 *
 * @param image `[N, 3, H, W]`, normalised.
 */
export function mobileNetV1(g: GraphBuilder, image: Value, options: MobileNetV1Options = {}): Taps {
  const { width = 1, outputStride = 32 } = options;
  const style = layerStyle(options, EPSILON);
  const { padding, batchNorm } = style;
  const scaled = (channels: number) => Math.max(8, Math.floor(channels * width));
  const common = { padding, batchNorm, activation: "relu6" } as const;

  let x = g.conv(image, { name: "backbone.stem", channels: scaled(STEM), kernel: 3, stride: 2, ...common });
  const pairs = ROWS.flatMap(([out, n, stride, taps]) =>
    Array.from({ length: n }, (_, index) => ({ out, stride, taps: rowTaps(taps, index, n) }))
  );
  const steps = dilatedSteps(pairs.map((pair) => pair.stride), outputStride, 2, style.convention);
  const taps: Record<string, Value> = {};
  pairs.forEach((pair, index) => {
    const name = `backbone.block${index + 1}`;
    const depthwise = g.depthwise(x, { name: `${name}.depthwise`, kernel: 3, ...steps[index], ...common });
    const output = g.conv(depthwise, {
      name: `${name}.pointwise`,
      channels: scaled(pair.out),
      kernel: 1,
      ...common,
    });
    for (const tap of pair.taps) Object.assign(taps, blockTaps(tap, { expand: x, depthwise, output }));
    x = output;
  });
  return { ...taps, C5: x };
}

/**
 * ProxylessNAS-Mobile, -CPU and -GPU.
 *
 * Cai et al., "ProxylessNAS: Direct Neural Architecture Search on Target Task and Hardware", ICLR 2019, as released by its
 * authors.
 */
import type { GraphBuilder, Value } from "../graph/mod.ts";
import { blockStack, type StackBlock } from "./block_stack.ts";
import { type BackboneOptions, layerStyle, type OutputStride } from "./conventions.ts";
import { type RowTaps, rowTaps, type Taps } from "./taps.ts";

/** Kernel and expansion of a block, or a block that the search removed. */
type Unit = readonly [kernel: 3 | 5 | 7, expansion: 1 | 3 | 6] | "skip";

/** #out, stride of the first unit, units, taps. */
type Stage = readonly [out: number, stride: 1 | 2, units: readonly Unit[], taps?: RowTaps];

interface Table {
  readonly stem: number;
  readonly stages: readonly Stage[];
  /** The last 1×1 convolution before pooling. */
  readonly head: number;
}

const MOBILE: Table = {
  stem: 32,
  stages: [
    [16, 1, [[3, 1]]],
    [32, 2, [[5, 3], [3, 3], "skip", "skip"], { first: "C1" }],
    [40, 2, [[7, 3], [3, 3], [5, 3], [5, 3]], { first: "C2", last: "C2.end" }],
    [80, 2, [[7, 6], [5, 3], [5, 3], [5, 3]], { first: "C3" }],
    [96, 1, [[5, 6], [5, 3], [5, 3], [5, 3]], { last: "C3.end" }],
    [192, 2, [[7, 6], [7, 6], [7, 3], [7, 3]], { first: "C4" }],
    [320, 1, [[7, 6]], { last: "C4.end" }],
  ],
  head: 1280,
};

const CPU: Table = {
  stem: 40,
  stages: [
    [24, 1, [[3, 1]]],
    [32, 2, [[3, 6], [3, 3], [3, 3], [3, 3]], { first: "C1" }],
    [48, 2, [[3, 6], [3, 3], [3, 3], [5, 3]], { first: "C2", last: "C2.end" }],
    [88, 2, [[3, 6], "skip", "skip", [3, 3]], { first: "C3" }],
    [104, 1, [[5, 6], [3, 3], [3, 3], [3, 3]], { last: "C3.end" }],
    [216, 2, [[5, 6], [5, 3], [5, 3], [3, 3]], { first: "C4" }],
    [360, 1, [[5, 6]], { last: "C4.end" }],
  ],
  head: 1432,
};

const GPU: Table = {
  stem: 40,
  stages: [
    [24, 1, [[3, 1]]],
    [32, 2, [[5, 3], "skip", "skip", "skip"], { first: "C1" }],
    [56, 2, [[7, 3], "skip", "skip", [3, 3]], { first: "C2", last: "C2.end" }],
    [112, 2, [[7, 6], "skip", "skip", [5, 3]], { first: "C3" }],
    [128, 1, [[5, 6], "skip", [3, 3], [5, 3]], { last: "C3.end" }],
    [256, 2, [[7, 6], [7, 6], [7, 6], [5, 6]], { first: "C4" }],
    [432, 1, [[7, 6]], { last: "C4.end" }],
  ],
  head: 1728,
};

/** The geometry of a ProxylessNAS network, released for PyTorch only. */
export interface ProxylessNasOptions extends Omit<BackboneOptions, "convention"> {
  /** The hardware that the search optimised for. */
  readonly target: "mobile" | "cpu" | "gpu";
  /** Pixels per cell of the last feature map; below 32, strides become dilations. @default {32} */
  readonly outputStride?: OutputStride;
}

const EPSILON = { paper: 1e-3, torchvision: 1e-3 };

/**
 * Builds a ProxylessNAS network without its classifier. Removed units still count: if units 4 and 5 are skipped,
 * `backbone.block6` follows `backbone.block3`.
 *
 * Taps: `C1` … `C4` are the outputs of the first block at each stride (4, 8, 16, 32), `C2.end` … `C4.end` of
 * the last; each also has `.expand` and `.depthwise`. `C5` is the last 1×1 convolution.
 *
 * @param image `[N, 3, H, W]`, normalised.
 */
export function proxylessNas(g: GraphBuilder, image: Value, options: ProxylessNasOptions): Taps {
  const table = { mobile: MOBILE, cpu: CPU, gpu: GPU }[options.target];
  const activation = "relu6";
  return blockStack(g, image, {
    stem: { channels: table.stem, activation },
    blocks: proxylessNasBlocks(table),
    head: { channels: table.head, activation },
    style: layerStyle({ ...options, convention: "torchvision" }, EPSILON),
    outputStride: options.outputStride,
  });
}

function proxylessNasBlocks({ stem, stages }: Table): StackBlock[] {
  let input = stem;
  let number = 0;
  return stages.flatMap(([channels, stageStride, units, taps]) => {
    const kept = units.map((unit) => ({ unit, number: ++number })).filter(({ unit }) => unit !== "skip");
    return kept.map(({ unit, number }, index) => {
      const [kernel, expansion] = unit as Exclude<Unit, "skip">;
      const expanded = expansion * input;
      input = channels;
      return {
        number,
        kernel,
        expanded,
        channels,
        stride: index === 0 ? stageStride : 1,
        activation: "relu6",
        taps: rowTaps(taps, index, kept.length),
      } as const;
    });
  });
}

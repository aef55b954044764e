/**
 * MobileNetV3-Large and -Small, as in the tables of the paper.
 *
 * Howard et al., "Searching for MobileNetV3", ICCV 2019, tables 1 and 2.
 */
import type { Activation, GraphBuilder, Value } from "../graph/mod.ts";
import { type BlockStack, blockStack } from "./block_stack.ts";
import {
  type BackboneOptions,
  type Convention,
  layerStyle,
  makeDivisible,
  type OutputStride,
} from "./conventions.ts";
import type { Taps } from "./taps.ts";

/** kernel, exp size, #out, SE, NL, s, and the tap of the row's features. */
type Row = readonly [
  kernel: 3 | 5,
  exp: number,
  out: number,
  se: "SE" | "-",
  nl: "RE" | "HS",
  stride: 1 | 2,
  tap?: "C0" | "C1" | "C1.end" | "C2" | "C2.end" | "C3" | "C3.end" | "C4" | "C4.end",
];

interface Table {
  readonly stem: number;
  readonly rows: readonly Row[];
  /** The last 1×1 convolution before pooling. */
  readonly head: number;
  /** The 1×1 convolution after pooling. */
  readonly last: number;
}

const LARGE: Table = {
  stem: 16,
  rows: [
    [3, 16, 16, "-", "RE", 1, "C0"],
    [3, 64, 24, "-", "RE", 2, "C1"],
    [3, 72, 24, "-", "RE", 1, "C1.end"],
    [5, 72, 40, "SE", "RE", 2, "C2"],
    [5, 120, 40, "SE", "RE", 1],
    [5, 120, 40, "SE", "RE", 1, "C2.end"],
    [3, 240, 80, "-", "HS", 2, "C3"],
    [3, 200, 80, "-", "HS", 1],
    [3, 184, 80, "-", "HS", 1],
    [3, 184, 80, "-", "HS", 1],
    [3, 480, 112, "SE", "HS", 1],
    [3, 672, 112, "SE", "HS", 1, "C3.end"],
    [5, 672, 160, "SE", "HS", 2, "C4"],
    [5, 960, 160, "SE", "HS", 1],
    [5, 960, 160, "SE", "HS", 1, "C4.end"],
  ],
  head: 960,
  last: 1280,
};

/** Large's last block before the redesign of the last stage. */
const ORIGINAL_LAST_BLOCK: Row = [3, 960, 320, "-", "HS", 1];

const SMALL: Table = {
  stem: 16,
  rows: [
    [3, 16, 16, "SE", "RE", 2, "C1"],
    [3, 72, 24, "-", "RE", 2, "C2"],
    [3, 88, 24, "-", "RE", 1, "C2.end"],
    [5, 96, 40, "SE", "HS", 2, "C3"],
    [5, 240, 40, "SE", "HS", 1],
    [5, 240, 40, "SE", "HS", 1],
    [5, 120, 48, "SE", "HS", 1],
    [5, 144, 48, "SE", "HS", 1, "C3.end"],
    [5, 288, 96, "SE", "HS", 2, "C4"],
    [5, 576, 96, "SE", "HS", 1],
    [5, 576, 96, "SE", "HS", 1, "C4.end"],
  ],
  head: 576,
  last: 1024,
};

/**
 * The geometry of a MobileNetV3. The conventions differ in how the width multiplier acts (the paper keeps each block's
 * expansion ratio, torchvision scales the table's expansion sizes) and in which block is dilated first.
 */
export interface MobileNetV3Options extends BackboneOptions {
  readonly size: "large" | "small";
  /** The width multiplier. @default {1} */
  readonly width?: number;
  /** Pixels per cell of the last feature map; below 32, strides become dilations. @default {32} */
  readonly outputStride?: OutputStride;
  /** Whose rule decides which block is dilated first. @default {the convention's} */
  readonly dilation?: Convention;
  /**
   * Halves the channels after C4, for tasks with few classes: `detection` keeps C4's own expansion, from
   * which SSDLite detects; `segmentation` halves that too (§6.3, §6.4). @default {"full"}
   */
  readonly tail?: "full" | "detection" | "segmentation";
  /** Whether all kernels are 3×3 and all activations ReLU, without squeeze-and-excite. @default {false} */
  readonly minimalistic?: boolean;
  /** Whether the blocks marked in the table have squeeze-and-excite. @default {true} */
  readonly squeezeExcite?: boolean;
  /**
   * The number of output channels from which layers and blocks have h-swish; the others have ReLU, whatever the table says
   * (the paper's table 5). With `Infinity` none has h-swish. @default {as in the table}
   */
  readonly hSwishFrom?: number;
  /**
   * `original` is the last stage before its redesign (figure 5): one more block, to 320 channels, and the 1×1 convolution
   * to 1280 channels before the pooling. Only for Large. @default {"efficient"}
   */
  readonly lastStage?: "efficient" | "original";
  /** Channels of the stem. @default {those of the table, scaled} */
  readonly stem?: number;
  /**
   * Whether squeeze-and-excite comes before the depthwise activation in blocks with an expansion. @default {false}
   */
  readonly exciteFirst?: boolean;
  /** Whether there is a last 1×1 convolution, the tap `C5`. @default {true} */
  readonly head?: boolean;
  /** The name of block n (from 1), for blocks with separate weights. @default {`backbone.blockN`} */
  readonly blockName?: BlockStack["blockName"];
}

const TABLES = { large: LARGE, small: SMALL };

/** TF-slim trained the published networks with it, and torchvision does the same. */
const EPSILON = { paper: 1e-3, torchvision: 1e-3 };

/**
 * Builds a MobileNetV3 without its classifier.
 *
 * Taps: `C0` is the last output at stride 2; `C1` … `C4` are the outputs of the first block at each further stride (4, 8,
 * 16, 32), `C1.end` … `C4.end` of the last if there are several; blocks also have `.expand` and `.depthwise`. `C5` is the
 * last 1×1 convolution.
 *
 * @param image `[N, 3, H, W]`, normalised.
 * @throws {RangeError} as {@linkcode mobileNetV3Channels} does
 */
export function mobileNetV3(g: GraphBuilder, image: Value, options: MobileNetV3Options): Taps {
  return blockStack(g, image, mobileNetV3Stack(options));
}

/**
 * A MobileNetV3 as a table with resolved channels: plain data, but for `blockName`.
 *
 * @throws {RangeError} as {@linkcode mobileNetV3Channels} does
 */
export function mobileNetV3Stack(options: MobileNetV3Options): BlockStack {
  const { minimalistic = false, squeezeExcite = true, hSwishFrom } = options;
  const { outputStride, dilation, blockName } = options;
  const { stem, blocks, head } = mobileNetV3Channels(options);
  const nonlinearity = (tabled: Row[4], channels: number): Activation => {
    const isHardSwish = hSwishFrom === undefined ? tabled === "HS" : channels >= hSwishFrom;
    return isHardSwish && !minimalistic ? "h-swish" : "relu";
  };
  return {
    stem: { channels: stem, activation: nonlinearity("HS", stem), tap: "C0" },
    blocks: blocks.map(({ row, expanded, channels }) => {
      const [kernel, , , se, nl, stride, tap] = row;
      return {
        kernel: minimalistic ? 3 : kernel,
        expanded,
        channels,
        stride,
        activation: nonlinearity(nl, channels),
        squeeze: se === "SE" && squeezeExcite && !minimalistic ? makeDivisible(expanded / 4) : undefined,
        exciteFirst: options.exciteFirst,
        taps: tap && [tap],
      };
    }),
    head: options.head === false ? undefined : { channels: head, activation: nonlinearity("HS", head) },
    style: layerStyle(options, EPSILON),
    outputStride,
    dilation,
    blockName,
  };
}

/**
 * The channels of every layer for a width multiplier and tail.
 *
 * @throws {RangeError} if `lastStage` is `original` for any network but Large
 */
export function mobileNetV3Channels(options: MobileNetV3Options): {
  readonly stem: number;
  readonly blocks: readonly { readonly row: Row; readonly expanded: number; readonly channels: number }[];
  readonly head: number;
  /** The 1×1 convolution after pooling, which belongs to the classifier. */
  readonly last: number;
} {
  const { width = 1, convention = "paper", tail = "full" } = options;
  const table = options.lastStage === "original" ? withOriginalLastStage(options) : TABLES[options.size];
  const scaled = (channels: number) => makeDivisible(channels * width);
  const reduction = tail === "full" ? 1 : 2;

  const c4 = table.rows.findIndex((row) => row[6] === "C4");
  const stem = options.stem ?? scaled(table.stem);
  let input = stem;
  let tableInput = table.stem;
  const blocks = table.rows.map((row, index) => {
    const [, exp, out] = row;
    const halvesExpansion = index > c4 || (index === c4 && tail === "segmentation");
    const tableExpanded = halvesExpansion ? exp / reduction : exp;
    const tableOut = index >= c4 ? out / reduction : out;
    const expanded = convention === "paper"
      ? makeDivisible(tableExpanded / tableInput * input)
      : scaled(tableExpanded);
    const channels = scaled(tableOut);
    input = channels;
    tableInput = tableOut;
    return { row, expanded, channels };
  });
  return {
    stem,
    blocks,
    head: convention === "paper" ? scaled(table.head / reduction) : 6 * input,
    last: convention === "paper" ? table.last : scaled(table.last / reduction),
  };
}

function withOriginalLastStage({ size, width = 1 }: MobileNetV3Options): Table {
  if (size !== "large") throw new RangeError("only MobileNetV3-Large has an original last stage");
  // The width does not apply to the last convolution, which is that of MobileNetV2.
  return { ...LARGE, rows: [...LARGE.rows, ORIGINAL_LAST_BLOCK], head: LARGE.last / width };
}

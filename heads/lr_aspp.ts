/**
 * LR-ASPP, a light segmentation decoder: a gated 1×1 convolution of the coarsest features, upsampled and added to a
 * classifier of finer ones.
 *
 * Howard et al., "Searching for MobileNetV3", §6.4, figure 10; torchvision `LRASPPHead`.
 */
import { tap } from "../core/backbones/taps.ts";
import type { GraphBuilder, Value } from "../core/graph/mod.ts";
import type { Head } from "./head.ts";
import { type LabelLogits, SEGMENTATION_DECODER } from "./label_logits.ts";

/** The geometry of an LR-ASPP head. */
export interface LrAsppOptions {
  readonly classes: number;
  /** The tap of the coarse features. */
  readonly high: string;
  /** The tap of the fine features, usually at stride 8. */
  readonly low: string;
  /** Channels of the coarse branch (F in the paper). @default {128} */
  readonly filters?: number;
  /** Whether the gate's convolution has a bias, as in the paper but not in torchvision. @default {false} */
  readonly gateBias?: boolean;
  /**
   * Whether the coarse branch is classified before or after upsampling. Both are linear, so the logits are the same;
   * `before` is cheaper, `after` is what the paper shows and counts. @default {"after"}
   */
  readonly classify?: "after" | "before";
  /** The fraction of a cell by which the coarse logits are shifted down before upsampling. @default {0} */
  readonly shiftDown?: number;
  /**
   * How many fine cells a coarse one has along each axis, where the sizes of the input guarantee a whole number:
   * onnxruntime upsamples by such a factor in its blocked layout. @default {whatever makes the sizes equal}
   */
  readonly factor?: number;
}

/** PyTorch's default, which torchvision keeps in this head. */
const BATCH_NORM = { epsilon: 1e-5 };

/** An LR-ASPP segmentation head. */
export function lrAspp(options: LrAsppOptions): Head<Record<never, never>, LabelLogits> {
  const { filters = 128, gateBias = false, classes, classify = "after", shiftDown = 0, factor } = options;
  return {
    build(g, taps) {
      const high = tap(taps, options.high);
      const low = tap(taps, options.low);
      const reduced = g.conv(high, {
        name: "segment.reduce",
        channels: filters,
        kernel: 1,
        batchNorm: BATCH_NORM,
        activation: "relu",
      });
      const gate = g.conv(g.globalAveragePool("segment.gate.pool", high), {
        name: "segment.gate",
        channels: filters,
        kernel: 1,
        bias: gateBias,
        activation: "sigmoid",
      });
      const gated = g.multiply("segment.gate.scale", reduced, gate);
      const steps = [
        (x: Value) => g.conv(x, { name: "segment.high_classifier", channels: classes, kernel: 1 }),
        (x: Value) => upsample(g, x, factor === undefined ? { like: low } : { factor }, shiftDown),
      ];
      if (classify === "after") steps.reverse();
      const fromHigh = steps.reduce((x, step) => step(x), gated);
      const fromLow = g.conv(low, { name: "segment.low_classifier", channels: classes, kernel: 1 });
      return { logits: g.add("segment.logits", fromHigh, fromLow) };
    },
    ...SEGMENTATION_DECODER,
  };
}

type Target = Parameters<GraphBuilder["resize"]>[2];

function upsample(g: GraphBuilder, coarse: Value, target: Target, shiftDown: number): Value {
  const aligned = shiftDown === 0 ? coarse : g.shiftDown("segment.align", coarse, shiftDown);
  return g.resize("segment.upsample", aligned, target);
}

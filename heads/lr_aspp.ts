/**
 * LR-ASPP, the light segmentation decoder: a gated 1×1 convolution of the coarsest features, upsampled and
 * added to a classifier of finer ones.
 *
 * Howard et al., "Searching for MobileNetV3", §6.4, figure 10; torchvision `LRASPPHead`.
 */
import { tap } from "../core/backbones/mod.ts";
import type { Head } from "./head.ts";
import { type LabelLogits, readLabelLogits } from "./label_logits.ts";

/** The geometry of an LR-ASPP head. */
export interface LrAsppOptions {
  readonly classes: number;
  /** The coarse features. */
  readonly high: string;
  /** The fine features, usually at stride 8. */
  readonly low: string;
  /** Channels of the coarse branch (F in the paper). @default {128} */
  readonly filters?: number;
  /** Whether the gate's convolution has a bias: it does in the paper, not in torchvision. @default {false} */
  readonly gateBias?: boolean;
}

/** BatchNorm's default, which torchvision leaves in this head. */
const BATCH_NORM = { epsilon: 1e-5 };

/** An LR-ASPP segmentation head. Its result is read lazily: labels, scores or both. */
export function lrAspp(options: LrAsppOptions): Head<Record<never, never>, LabelLogits> {
  const { filters = 128, gateBias = false, classes } = options;
  return {
    sizeDivisor: 1,
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
      const fine = g.resize("segment.upsample", gated, { like: low });
      const fromHigh = g.conv(fine, { name: "segment.high_classifier", channels: classes, kernel: 1 });
      const fromLow = g.conv(low, { name: "segment.low_classifier", channels: classes, kernel: 1 });
      return { logits: g.add("segment.logits", fromHigh, fromLow) };
    },
    decode: ({ logits }, view) => readLabelLogits(logits, view),
  };
}

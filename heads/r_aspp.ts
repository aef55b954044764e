/**
 * R-ASPP, the segmentation decoder of MobileNetV2: a 1×1 convolution beside the pooled features of the image.
 *
 * Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", §6.3, as counted in table 7 of "Searching for
 * MobileNetV3".
 */
import { tap } from "../core/backbones/taps.ts";
import type { Head } from "./head.ts";
import { type LabelLogits, SEGMENTATION_DECODER } from "./label_logits.ts";

/** The geometry of an R-ASPP head. */
export interface RAsppOptions {
  readonly classes: number;
  /** The tap whose features are classified. */
  readonly features: string;
  /** Channels of each branch (F in the paper). @default {256} */
  readonly filters?: number;
}

/** DeepLab's constant. */
const BATCH_NORM = { epsilon: 1e-5 };

/** An R-ASPP segmentation head; labels and confidences are computed from its result on demand. */
export function rAspp(options: RAsppOptions): Head<Record<never, never>, LabelLogits> {
  const { classes, filters = 256 } = options;
  const common = { channels: filters, kernel: 1, batchNorm: BATCH_NORM, activation: "relu" } as const;
  return {
    build(g, taps) {
      const features = tap(taps, options.features);
      const reduced = g.conv(features, { name: "segment.reduce", ...common });
      const mean = g.globalAveragePool("segment.image.pool", features);
      const image = g.conv(mean, { name: "segment.image", ...common });
      const spread = g.resize("segment.image.spread", image, { like: reduced });
      const joined = g.concat("segment.concat", [reduced, spread]);
      const projected = g.conv(joined, { name: "segment.project", ...common });
      return { logits: g.conv(projected, { name: "segment.logits", channels: classes, kernel: 1 }) };
    },
    ...SEGMENTATION_DECODER,
  };
}

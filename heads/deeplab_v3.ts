/**
 * DeepLabV3: parallel dilated convolutions and the pooled features of the image.
 *
 * Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017; torchvision `DeepLabHead`
 * and `FCNHead`.
 */
import { tap, type Taps } from "../core/backbones/taps.ts";
import type { ConvOptions, GraphBuilder, Value } from "../core/graph/mod.ts";
import type { Head } from "./head.ts";
import { type LabelLogits, SEGMENTATION_DECODER } from "./label_logits.ts";

/** The geometry of a DeepLabV3 head. */
export interface DeepLabV3Options {
  readonly classes: number;
  /** The tap whose features are classified, usually at stride 16. */
  readonly features: string;
  /** Channels of each branch. @default {256} */
  readonly filters?: number;
  /** Dilations of the 3×3 branches. @default {[12, 24, 36]} */
  readonly dilations?: readonly number[];
  /** The tap of finer features with an auxiliary classifier, used in training: the output `auxiliary`. @default {none} */
  readonly auxiliary?: string;
}

/** PyTorch's default, which torchvision keeps in this head. */
const BATCH_NORM = { epsilon: 1e-5 };

type Style = Pick<ConvOptions, "batchNorm" | "activation">;
const STYLE: Style = { batchNorm: BATCH_NORM, activation: "relu" };

/** A DeepLabV3 segmentation head; labels and confidences are computed from its result on demand. */
export function deepLabV3(options: DeepLabV3Options): Head<Record<never, never>, LabelLogits> {
  return {
    build: (g, taps) => ({
      logits: buildDeepLab(g, tap(taps, options.features), options),
      ...buildAuxiliary(g, taps, options),
    }),
    ...SEGMENTATION_DECODER,
  };
}

function buildDeepLab(
  g: GraphBuilder,
  features: Value,
  { classes, filters: channels = 256, dilations = [12, 24, 36] }: DeepLabV3Options,
): Value {
  const direct = g.conv(features, { name: "segment.aspp.direct", channels, kernel: 1, ...STYLE });
  const dilated = dilations.map((dilation) =>
    g.conv(features, { name: `segment.aspp.dilated${dilation}`, channels, kernel: 3, dilation, ...STYLE })
  );
  const mean = g.globalAveragePool("segment.aspp.image.pool", features);
  const image = g.conv(mean, { name: "segment.aspp.image", channels, kernel: 1, ...STYLE });
  const spread = g.resize("segment.aspp.image.spread", image, { like: direct });
  const joined = g.concat("segment.aspp.concat", [direct, ...dilated, spread]);
  const projected = g.conv(joined, { name: "segment.aspp.project", channels, kernel: 1, ...STYLE });
  const refined = g.conv(projected, { name: "segment.refine", channels, kernel: 3, ...STYLE });
  return g.conv(refined, { name: "segment.logits", channels: classes, kernel: 1 });
}

/** A fully convolutional classifier that first reduces its channels to a quarter. */
function buildAuxiliary(
  g: GraphBuilder,
  taps: Taps,
  { auxiliary, classes }: DeepLabV3Options,
): Record<string, Value> {
  if (!auxiliary) return {};
  const features = tap(taps, auxiliary);
  const refined = g.conv(features, {
    name: "segment.auxiliary.refine",
    channels: Math.floor(features.channels / 4),
    kernel: 3,
    ...STYLE,
  });
  return { auxiliary: g.conv(refined, { name: "segment.auxiliary", channels: classes, kernel: 1 }) };
}

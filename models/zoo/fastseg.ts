/** fastseg 0.1: its segmentation networks; parameter shapes equal their `state_dict`'s. */
import { mobileNetV3, type MobileNetV3Options } from "../../core/backbones/mod.ts";
import { lrAsppFastseg, MIN_FASTSEG_SIDE } from "../../heads/mod.ts";
import { CLASSES } from "../networks/definition.ts";
import type { LayerNames, NamingScheme } from "../networks/naming.ts";
import {
  type Architecture,
  digestInName,
  type PublishedWeights,
  type ZooProject,
} from "../networks/project.ts";
import { IMAGENET_NORMALISATION, type Preprocessing } from "../preprocessing.ts";
import { MOBILENET_V3_STAGES, mobileNetV3Head, stageNames } from "./timm.ts";

/** MobileNetV3 as TensorFlow trained it, dilated as torchvision dilates. */
const TRUNK: Omit<MobileNetV3Options, "size"> = {
  convention: "paper",
  epsilon: 1e-3,
  outputStride: 8,
  dilation: "torchvision",
};

/** Its authors leave images as they are: those of Cityscapes, whose shorter side has 1024 pixels. */
const PREPROCESSING: Preprocessing = {
  size: { kind: "shorter", pixels: 1024 },
  interpolation: "antialias",
  ...IMAGENET_NORMALISATION,
};

/**
 * A fastseg network.
 *
 * @param filters the channels of its decoder.
 * @param width of the backbone; those that are published have 1.
 */
export function fastsegNetwork(size: "large" | "small", filters: number, width = 1): Architecture {
  const name = size === "large" ? "Large" : "Small";
  return {
    network: {
      task: "segment",
      name: `fastseg-${size}-f${filters}`,
      summary: `fastseg's decoder with ${filters} filters on MobileNetV3-${name}, output stride 8`,
      size: [1024, 2048],
      minSide: {
        side: MIN_FASTSEG_SIDE,
        reason: "the decoder pools windows of 49×49 cells of 8 pixels",
      },
      classes: CLASSES.cityscapes,
      backbone: (g, image) => mobileNetV3(g, image, { size, width, ...TRUNK }),
      head: (classes) =>
        lrAsppFastseg({
          classes,
          high: "C5",
          middle: size === "large" ? "C1.end" : "C1",
          low: "C0",
          filters,
        }),
    },
    naming: size === "large" ? LARGE_NAMES : SMALL_NAMES,
    preprocessing: PREPROCESSING,
  };
}

const LARGE_NAMES = names(MOBILENET_V3_STAGES.large);
const SMALL_NAMES = names(MOBILENET_V3_STAGES.small);

/** An old timm's names for the backbone, its own for the decoder. */
function names(stages: readonly number[]): NamingScheme {
  return {
    project: "fastseg",
    marks: ["trunk.early.0.weight", "aspp_conv1.0.weight", "last.weight"],
    nameLayers: (graph) =>
      new Map<string, LayerNames>([
        ["backbone.stem", { conv: "trunk.early.0", batchNorm: "trunk.early.1" }],
        ...stageNames(graph, stages, (stage) => `trunk.block${stage}`),
        ...mobileNetV3Head(`trunk.block${stages.length}`),
        ["segment.reduce", { conv: "aspp_conv1.0", batchNorm: "aspp_conv1.1" }],
        ["segment.gate", { conv: "aspp_conv2.1" }],
        ["segment.project", { conv: "conv_up1" }],
        ["segment.middle.lateral", { conv: "convs4" }],
        ["segment.middle", { conv: "conv_up2.conv", batchNorm: "conv_up2.bn" }],
        ["segment.low.lateral", { conv: "convs2" }],
        ["segment.low", { conv: "conv_up3.conv", batchNorm: "conv_up3.bn" }],
        ["segment.logits", { conv: "last" }],
      ]),
  };
}

/** The networks that fastseg publishes weights for. */
const NETWORKS: readonly Architecture[] = [
  fastsegNetwork("large", 256),
  fastsegNetwork("large", 128),
  fastsegNetwork("small", 256),
  fastsegNetwork("small", 128),
  fastsegNetwork("small", 64),
];

/** The mIoU is of Cityscapes val, by the project's README; it states none for the two smallest. */
const FILES: readonly (readonly [architecture: string, file: string, miou?: number])[] = [
  ["fastseg-large-f256", "mobilev3large-lraspp-f256-9b613ffd.pt", 0.723],
  ["fastseg-large-f128", "mobilev3large-lraspp-f128-9cbabfde.pt", 0.723],
  ["fastseg-small-f256", "mobilev3small-lraspp-f256-d853f901.pt", 0.671],
  ["fastseg-small-f128", "mobilev3small-lraspp-f128-a39a1e4b.pt"],
  ["fastseg-small-f64", "mobilev3small-lraspp-f64-114fc23b.pt"],
];

const WEIGHTS = FILES.map(([architecture, file, miou]): PublishedWeights => ({
  architecture,
  tag: "cityscapes",
  isDefault: true,
  ...digestInName(`https://github.com/ekzhang/fastseg/releases/download/v0.1-weights/${file}`),
  metrics: miou === undefined
    ? []
    : [{ dataset: "Cityscapes val", metric: "mIoU", value: miou, source: "fastseg" }],
  licence: "MIT",
  note: "trained on Cityscapes, whose images are for non-commercial use",
  source: "fastseg, github.com/ekzhang/fastseg",
  verified:
    "address against fastseg 0.1.2's source, the digest is the one in the file's name, names and shapes " +
    "against its state_dict, arithmetic with random weights (docs/parity.md)",
}));

/** fastseg's networks for Cityscapes. */
export const FASTSEG: ZooProject = { name: "fastseg", networks: NETWORKS, weights: WEIGHTS };

/** timm 1.0: its networks under its own names; parameter shapes equal their `state_dict`'s. */
import {
  mnasNet,
  type MnasNetOptions,
  mobileNetV2,
  mobileNetV3,
  mobileNetV3Channels,
  type MobileNetV3Options,
} from "../../core/backbones/mod.ts";
import type { Graph } from "../../core/graph/mod.ts";
import type { ClassifierOptions } from "../../heads/mod.ts";
import type { PublishedMetric } from "../entry.ts";
import { type Backbone, imageNetClassifier, widthText } from "../networks/definition.ts";
import {
  backboneBlocks,
  type LayerNameEntry,
  type LayerNames,
  type NamingScheme,
  placeInStages,
} from "../networks/naming.ts";
import {
  type Architecture,
  digestInName,
  IMAGENET_NOTE,
  type PublishedWeights,
  type ZooProject,
} from "../networks/project.ts";
import {
  classificationPreprocessing,
  type Preprocessing,
  SYMMETRIC_NORMALISATION,
  UNIT_NORMALISATION,
} from "../preprocessing.ts";

/** Networks that were trained in PyTorch. */
const TRAINED_IN_PYTORCH = { padding: "symmetric", epsilon: 1e-5 } as const;

/** `tf_…`: trained in TensorFlow. */
const TRAINED_IN_TENSORFLOW = { padding: "same", epsilon: 1e-3 } as const;

const PYTORCH_IMAGES = classificationPreprocessing(256, 224, { interpolation: "antialias-bicubic" });
const TENSORFLOW_IMAGES = classificationPreprocessing(256, 224, SYMMETRIC_NORMALISATION);

/** Below this width timm leaves the stem of MobileNetV3 as it is. */
const MIN_STEM_WIDTH = 0.75;

/** The blocks of each stage of MobileNetV3. */
export const MOBILENET_V3_STAGES = { large: [1, 2, 3, 4, 2, 3], small: [1, 2, 3, 2, 3] } as const;

/** MobileNetV3's names. */
const MOBILENET_V3 = { large: v3Names(MOBILENET_V3_STAGES.large), small: v3Names(MOBILENET_V3_STAGES.small) };
const MOBILENET_V2 = v2Names([1, 2, 3, 4, 3, 3, 1]);
const MNASNET = {
  A1: v2Names([1, 2, 3, 4, 2, 3, 1]),
  B1: v2Names([1, 3, 3, 3, 2, 4, 1]),
  small: v2Names([1, 1, 2, 4, 3, 3, 1]),
};

/** What distinguishes timm's MobileNetV3s. */
export interface TimmMobileNetV3 {
  readonly size: "large" | "small";
  /** @default {1} */
  readonly width?: number;
  /** @default {false} */
  readonly minimalistic?: boolean;
  /** Whether the weights come from TensorFlow (`tf_`). @default {false} */
  readonly tensorflow?: boolean;
}

/** `mobilenetv3_large_100`, `tf_mobilenetv3_small_minimal_100` and the like. */
export function timmMobileNetV3(variant: TimmMobileNetV3): Architecture {
  const { size, width = 1, minimalistic = false, tensorflow = false } = variant;
  const options: MobileNetV3Options = {
    size,
    width,
    minimalistic,
    convention: "paper",
    stem: width < MIN_STEM_WIDTH ? 16 : undefined,
    ...(tensorflow ? TRAINED_IN_TENSORFLOW : TRAINED_IN_PYTORCH),
  };
  return classification({
    name: `${tensorflow ? "tf_" : ""}mobilenetv3_${size}${minimalistic ? "_minimal" : ""}_${percent(width)}`,
    summary: `MobileNetV3-${size === "large" ? "Large" : "Small"}${minimalistic ? " minimalistic" : ""}` +
      `${widthText(width)}${tensorflow ? ", from TensorFlow" : ""}`,
    naming: MOBILENET_V3[size],
    preprocessing: tensorflow ? TENSORFLOW_IMAGES : PYTORCH_IMAGES,
    backbone: (g, image) => mobileNetV3(g, image, options),
    last: { channels: mobileNetV3Channels(options).last, activation: minimalistic ? "relu" : "h-swish" },
  });
}

/** `mobilenetv2_100` and the like. */
function timmMobileNetV2(width: number): Architecture {
  return classification({
    name: `mobilenetv2_${percent(width)}`,
    summary: `MobileNetV2${widthText(width)}`,
    naming: MOBILENET_V2,
    backbone: (g, image) => mobileNetV2(g, image, { width, ...TRAINED_IN_PYTORCH }),
  });
}

/** `mnasnet_100` (B1), `semnasnet_100` (A1) and `mnasnet_small`. */
export function timmMnasNet(variant: NonNullable<MnasNetOptions["variant"]>, width = 1): Architecture {
  return classification({
    name: variant === "small"
      ? `mnasnet_small${width === 1 ? "" : `_${percent(width)}`}`
      : `${variant === "A1" ? "semnasnet" : "mnasnet"}_${percent(width)}`,
    summary: `MnasNet-${variant}${widthText(width)}`,
    naming: MNASNET[variant],
    backbone: (g, image) => mnasNet(g, image, { variant, width, ...TRAINED_IN_PYTORCH }),
  });
}

function classification({ name, summary, naming, backbone, last, preprocessing = PYTORCH_IMAGES }: {
  readonly name: string;
  readonly summary: string;
  readonly naming: NamingScheme;
  readonly backbone: Backbone;
  readonly last?: ClassifierOptions["last"];
  readonly preprocessing?: Preprocessing;
}): Architecture {
  return {
    network: imageNetClassifier(name, `timm's ${summary}`, backbone, last),
    naming,
    preprocessing,
  };
}

/** 0.75 as `075`. */
function percent(width: number): string {
  return String(Math.round(width * 100)).padStart(3, "0");
}

/** The names of MobileNetV3: the classifier's first layer is called the head of the convolutions. */
function v3Names(stages: readonly number[]): NamingScheme {
  return {
    project: "timm",
    marks: ["conv_stem.weight", "classifier.weight", "conv_head.bias"],
    nameLayers: (graph) => layerNames(graph, stages, mobileNetV3Head(`blocks.${stages.length}`)),
  };
}

/** The names of MobileNetV2 and MnasNet. */
function v2Names(stages: readonly number[]): NamingScheme {
  return {
    project: "timm",
    marks: ["conv_stem.weight", "classifier.weight", "bn2.weight"],
    nameLayers: (graph) =>
      layerNames(graph, stages, [["backbone.head", { conv: "conv_head", batchNorm: "bn2" }]]),
  };
}

function layerNames(graph: Graph, stages: readonly number[], head: readonly LayerNameEntry[]) {
  return new Map<string, LayerNames>([
    ["backbone.stem", { conv: "conv_stem", batchNorm: "bn1" }],
    ...stageNames(graph, stages, (stage) => `blocks.${stage}`),
    ...head,
    ["classify.linear", { conv: "classifier" }],
  ]);
}

/** MobileNetV3's last convolution is a stage of its own; the layer before the classes is called the head. */
export function mobileNetV3Head(stage: string): LayerNameEntry[] {
  return [
    ["backbone.head", { conv: `${stage}.0.conv`, batchNorm: `${stage}.0.bn1` }],
    ["classify.last", { conv: "conv_head" }],
  ];
}

/** The names of the blocks of a backbone whose stages have so many. */
export function stageNames(
  graph: Graph,
  stages: readonly number[],
  stageName: (stage: number) => string,
): LayerNameEntry[] {
  return backboneBlocks(graph).flatMap(({ number, scope, layers }) => {
    const [stage, place] = placeInStages(number, stages);
    const block = `${stageName(stage)}.${place}`;
    const parts = layers.includes("expand") ? WITH_EXPANSION : WITHOUT_EXPANSION;
    return layers.map((layer): LayerNameEntry => {
      const { conv, batchNorm } = parts[layer];
      const names = { conv: `${block}.${conv}`, batchNorm: batchNorm && `${block}.${batchNorm}` };
      return [`${scope}.${layer}`, names];
    });
  });
}

const SQUEEZE_AND_EXCITE: Readonly<Record<string, LayerNames>> = {
  "se.squeeze": { conv: "se.conv_reduce" },
  "se.excite": { conv: "se.conv_expand" },
};

const WITH_EXPANSION: Readonly<Record<string, LayerNames>> = {
  expand: { conv: "conv_pw", batchNorm: "bn1" },
  depthwise: { conv: "conv_dw", batchNorm: "bn2" },
  ...SQUEEZE_AND_EXCITE,
  project: { conv: "conv_pwl", batchNorm: "bn3" },
};

const WITHOUT_EXPANSION: Readonly<Record<string, LayerNames>> = {
  depthwise: { conv: "conv_dw", batchNorm: "bn1" },
  ...SQUEEZE_AND_EXCITE,
  project: { conv: "conv_pw", batchNorm: "bn2" },
};

/** timm's networks with the layers of the papers; its deeper ones (`…_110d`, `…_150d`) are not among them. */
const NETWORKS: readonly Architecture[] = [
  timmMobileNetV3({ size: "large", width: 0.75 }),
  timmMobileNetV3({ size: "large" }),
  timmMobileNetV3({ size: "small", width: 0.5 }),
  timmMobileNetV3({ size: "small", width: 0.75 }),
  timmMobileNetV3({ size: "small" }),
  timmMobileNetV3({ size: "large", width: 0.75, tensorflow: true }),
  timmMobileNetV3({ size: "large", tensorflow: true }),
  timmMobileNetV3({ size: "large", minimalistic: true, tensorflow: true }),
  timmMobileNetV3({ size: "small", width: 0.75, tensorflow: true }),
  timmMobileNetV3({ size: "small", tensorflow: true }),
  timmMobileNetV3({ size: "small", minimalistic: true, tensorflow: true }),
  ...[0.35, 0.5, 0.75, 1, 1.4].map(timmMobileNetV2),
  ...[0.5, 0.75, 1, 1.4].map((width) => timmMnasNet("B1", width)),
  ...[0.5, 0.75, 1, 1.4].map((width) => timmMnasNet("A1", width)),
  timmMnasNet("small"),
];

const RELEASES = "https://github.com/rwightman/pytorch-image-models/releases/download/";

/** @see README of TF-slim's MobileNets: top-1 of the weights that `tf_…` were converted from, in TensorFlow. */
const TF_SLIM: Readonly<Record<string, number>> = {
  tf_mobilenetv3_large_075: 0.733,
  tf_mobilenetv3_large_100: 0.752,
  tf_mobilenetv3_large_minimal_100: 0.723,
  tf_mobilenetv3_small_075: 0.654,
  tf_mobilenetv3_small_100: 0.675,
  tf_mobilenetv3_small_minimal_100: 0.619,
};

// deno-fmt-ignore
const FILES: readonly (readonly [architecture: string, tag: string, file: string])[] = [
  ["mobilenetv3_large_100", "ra_in1k", "v0.1-weights/mobilenetv3_large_100_ra-f55367f5.pth"],
  ["mobilenetv3_large_100", "miil_in21k_ft_in1k", "v0.1-tresnet/mobilenetv3_large_100_1k_miil_78_0-66471c13.pth"],
  ["mobilenetv3_large_100", "miil_in21k", "v0.1-tresnet/mobilenetv3_large_100_in21k_miil-d71cc17b.pth"],
  ["mobilenetv3_small_050", "lamb_in1k", "v0.1-weights/mobilenetv3_small_050_lambc-4b7bbe87.pth"],
  ["mobilenetv3_small_075", "lamb_in1k", "v0.1-weights/mobilenetv3_small_075_lambc-384766db.pth"],
  ["mobilenetv3_small_100", "lamb_in1k", "v0.1-weights/mobilenetv3_small_100_lamb-266a294c.pth"],
  ["tf_mobilenetv3_large_075", "in1k", "v0.1-weights/tf_mobilenetv3_large_075-150ee8b0.pth"],
  ["tf_mobilenetv3_large_100", "in1k", "v0.1-weights/tf_mobilenetv3_large_100-427764d5.pth"],
  ["tf_mobilenetv3_large_minimal_100", "in1k", "v0.1-weights/tf_mobilenetv3_large_minimal_100-8596ae28.pth"],
  ["tf_mobilenetv3_small_075", "in1k", "v0.1-weights/tf_mobilenetv3_small_075-da427f52.pth"],
  ["tf_mobilenetv3_small_100", "in1k", "v0.1-weights/tf_mobilenetv3_small_100-37f49e2b.pth"],
  ["tf_mobilenetv3_small_minimal_100", "in1k", "v0.1-weights/tf_mobilenetv3_small_minimal_100-922a7843.pth"],
  ["mobilenetv2_050", "lamb_in1k", "v0.1-weights/mobilenetv2_050-3d30d450.pth"],
  ["mobilenetv2_100", "ra_in1k", "v0.1-weights/mobilenetv2_100_ra-b33bc2c4.pth"],
  ["mobilenetv2_140", "ra_in1k", "v0.1-weights/mobilenetv2_140_ra-21a4e913.pth"],
  ["mnasnet_100", "rmsp_in1k", "v0.1-weights/mnasnet_b1-74cb7081.pth"],
  ["semnasnet_075", "rmsp_in1k", "v0.1-weights/semnasnet_075-18710866.pth"],
  ["semnasnet_100", "rmsp_in1k", "v0.1-weights/mnasnet_a1-d9418771.pth"],
  ["mnasnet_small", "lamb_in1k", "v0.1-weights/mnasnet_small_lamb-aff75073.pth"],
];

/** The weights of Alibaba's MIIL group see pixels in 0…1; those for ImageNet-21k come without class names. */
const MIIL: Readonly<Record<string, Partial<PublishedWeights>>> = {
  miil_in21k_ft_in1k: {
    isDefault: false,
    preprocessing: classificationPreprocessing(256, 224, UNIT_NORMALISATION),
  },
  miil_in21k: {
    isDefault: false,
    preprocessing: classificationPreprocessing(256, 224, UNIT_NORMALISATION),
    classes: 11_221,
    note:
      "trained on ImageNet-21k, whose images are for non-commercial research and education; the names of its " +
      "classes are not published with the weights, so they are numbered",
  },
};

const WEIGHTS = FILES.map(([architecture, tag, file]): PublishedWeights => ({
  architecture,
  tag,
  isDefault: true,
  ...digestInName(RELEASES + file),
  metrics: metrics(architecture),
  licence: "Apache 2.0",
  note: IMAGENET_NOTE,
  source: `timm, huggingface.co/timm/${architecture}.${tag}`,
  verified:
    "address, digest, licence and preprocessing against timm 1.0.31's configuration, names and shapes " +
    "against its state_dict, arithmetic with random weights (docs/parity.md)",
  ...MIIL[tag],
}));

function metrics(architecture: string): PublishedMetric[] {
  const value = TF_SLIM[architecture];
  if (value === undefined) return [];
  return [{ dataset: "ImageNet val", metric: "top-1", value, source: "TF-slim, in TensorFlow" }];
}

/** timm's classifiers. */
export const TIMM: ZooProject = { name: "timm", networks: NETWORKS, weights: WEIGHTS };

/** The MobileNetV3s of github.com/d-li14/mobilenetv3.pytorch; parameter shapes equal their `state_dict`'s. */
import { mobileNetV3, mobileNetV3Channels, type MobileNetV3Options } from "../../core/backbones/mod.ts";
import { decimal, imageNetClassifier, widthText } from "../networks/definition.ts";
import {
  backboneBlocks,
  type LayerNameEntry,
  type LayerNames,
  type NamingScheme,
  numbered,
} from "../networks/naming.ts";
import {
  type Architecture,
  digestInName,
  IMAGENET_NOTE,
  type PublishedWeights,
  type ZooProject,
} from "../networks/project.ts";
import { classificationPreprocessing } from "../preprocessing.ts";

/** MobileNetV3 whose blocks squeeze and excite before the depthwise activation. */
export function dLi14MobileNetV3(size: "large" | "small", width = 1): Architecture {
  const options: MobileNetV3Options = {
    size,
    width,
    convention: "paper",
    padding: "symmetric",
    epsilon: 1e-5,
    exciteFirst: true,
  };
  return {
    network: imageNetClassifier(
      `d-li14-mobilenetv3-${size}-${decimal(width)}`,
      `d-li14's MobileNetV3-${size === "large" ? "Large" : "Small"}${widthText(width)}`,
      (g, image) => mobileNetV3(g, image, options),
      { channels: mobileNetV3Channels(options).last, activation: "h-swish" },
    ),
    naming: NAMES,
    preprocessing: classificationPreprocessing(256, 224),
  };
}

/** The place of each layer among the modules of a block; squeeze-and-excite has linear layers. */
const WITH_EXPANSION: Readonly<Record<string, number>> = { expand: 0, depthwise: 3, se: 5, project: 7 };
const WITHOUT_EXPANSION: Readonly<Record<string, number>> = { depthwise: 0, se: 3, project: 4 };

const NAMES: NamingScheme = {
  project: "d-li14",
  marks: ["features.0.0.weight", "conv.0.weight", "classifier.3.weight"],
  nameLayers: (graph) =>
    new Map<string, LayerNames>([
      ["backbone.stem", numbered("features.0")],
      ...backboneBlocks(graph).flatMap(({ number, scope, layers }) => {
        const places = layers.includes("expand") ? WITH_EXPANSION : WITHOUT_EXPANSION;
        return layers.map((layer): LayerNameEntry => {
          const module = `features.${number}.conv`;
          const place = places[layer.split(".")[0]];
          if (layer === "se.squeeze") return [`${scope}.${layer}`, { conv: `${module}.${place}.fc.0` }];
          if (layer === "se.excite") return [`${scope}.${layer}`, { conv: `${module}.${place}.fc.2` }];
          return [`${scope}.${layer}`, numbered(module, place)];
        });
      }),
      ["backbone.head", numbered("conv")],
      ["classify.last", { conv: "classifier.0" }],
      ["classify.linear", { conv: "classifier.3" }],
    ]),
};

/** The networks that d-li14 publishes weights for. */
const NETWORKS: readonly Architecture[] = [
  dLi14MobileNetV3("large"),
  dLi14MobileNetV3("large", 0.75),
  dLi14MobileNetV3("small"),
  dLi14MobileNetV3("small", 0.75),
];

const FILES: readonly (readonly [architecture: string, file: string, top1: number, top5: number])[] = [
  ["d-li14-mobilenetv3-large-1.0", "mobilenetv3-large-1cd25616.pth", 0.7428, 0.91928],
  ["d-li14-mobilenetv3-large-0.75", "mobilenetv3-large-0.75-9632d2a8.pth", 0.72842, 0.90846],
  ["d-li14-mobilenetv3-small-1.0", "mobilenetv3-small-55df8e1f.pth", 0.67214, 0.87304],
  ["d-li14-mobilenetv3-small-0.75", "mobilenetv3-small-0.75-86c972c3.pth", 0.64876, 0.85498],
];

const WEIGHTS = FILES.map(([architecture, file, top1, top5]): PublishedWeights => ({
  architecture,
  tag: "imagenet1k",
  isDefault: true,
  ...digestInName(`https://github.com/d-li14/mobilenetv3.pytorch/raw/master/pretrained/${file}`),
  metrics: [
    { dataset: "ImageNet val", metric: "top-1", value: top1, source: "d-li14" },
    { dataset: "ImageNet val", metric: "top-5", value: top5, source: "d-li14" },
  ],
  licence: "MIT",
  note: IMAGENET_NOTE,
  source: "d-li14, github.com/d-li14/mobilenetv3.pytorch",
  verified:
    "address and metrics against the project's README, the digest is the one in the file's name, names, " +
    "shapes and arithmetic with random weights against its definition (docs/parity.md)",
}));

/** d-li14's MobileNetV3s. */
export const D_LI14: ZooProject = { name: "d-li14", networks: NETWORKS, weights: WEIGHTS };

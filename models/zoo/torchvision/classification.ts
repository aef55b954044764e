/**
 * torchvision's classifiers (`torchvision/models/`): parameter shapes equal their `state_dict`'s. torchvision numbers
 * the modules of a container, so a layer's name depends on which layers stand before it.
 */
import {
  mnasNet,
  mobileNetV2,
  mobileNetV3,
  mobileNetV3Channels,
  type MobileNetV3Options,
} from "../../../core/backbones/mod.ts";
import type { Graph } from "../../../core/graph/mod.ts";
import type { ClassifierOptions } from "../../../heads/mod.ts";
import type { PublishedMetric } from "../../entry.ts";
import { type Backbone, decimal, imageNetClassifier, widthText } from "../../networks/definition.ts";
import {
  backboneBlocks,
  type Block,
  type LayerNameEntry,
  type NamingScheme,
  numbered,
  placeInStages,
} from "../../networks/naming.ts";
import {
  type Architecture,
  digestInName,
  IMAGENET_NOTE,
  type NetworkFamily,
  type PublishedWeights,
} from "../../networks/project.ts";
import { classificationPreprocessing } from "../../preprocessing.ts";

/** What distinguishes torchvision's backbones from others'. */
export const CONVENTION = { convention: "torchvision" } as const;

/** `mobilenet_v3_large` and `mobilenet_v3_small`; their `width_mult` scales the last layer too. */
export function torchvisionMobileNetV3(size: "large" | "small", width = 1): Architecture {
  const options: MobileNetV3Options = { size, width, ...CONVENTION };
  return classification(
    `mobilenet_v3_${size}${widthSuffix(width)}`,
    `MobileNetV3-${size === "large" ? "Large" : "Small"}${widthText(width)}`,
    MOBILENET_V3,
    (g, image) => mobileNetV3(g, image, options),
    { channels: mobileNetV3Channels(options).last, activation: "h-swish" },
  );
}

/** `mobilenet_v2`. */
export function torchvisionMobileNetV2(width = 1): Architecture {
  return classification(
    `mobilenet_v2${widthSuffix(width)}`,
    `MobileNetV2${widthText(width)}`,
    MOBILENET_V2,
    (g, image) => mobileNetV2(g, image, { width, ...CONVENTION }),
  );
}

/** `mnasnet0_5`, `mnasnet0_75`, `mnasnet1_0` and `mnasnet1_3`. */
export function torchvisionMnasNet(width: number): Architecture {
  return classification(
    `mnasnet${decimal(width).replace(".", "_")}`,
    `MnasNet-B1, width ${decimal(width)}`,
    MNASNET,
    (g, image) => mnasNet(g, image, { variant: "B1", width, ...CONVENTION }),
  );
}

function classification(
  name: string,
  summary: string,
  naming: NamingScheme,
  backbone: Backbone,
  last?: ClassifierOptions["last"],
): Architecture {
  return {
    network: imageNetClassifier(name, `torchvision's ${summary}`, backbone, last),
    naming,
    preprocessing: classificationPreprocessing(256, 224),
  };
}

/** `-0.5` at the end of a name; nothing for the usual width. */
export function widthSuffix(width: number): string {
  return width === 1 ? "" : `-${decimal(width)}`;
}

/** `mobilenet_v3_large`, `mobilenet_v3_small`. */
const MOBILENET_V3: NamingScheme = {
  project: "torchvision",
  marks: ["features.0.0.weight", "features.1.block.0.0.weight", "classifier.3.weight"],
  nameLayers: (graph) =>
    new Map([
      ...mobileNetV3Names(graph, (index) => `features.${index}`),
      ["classify.last", { conv: "classifier.0" }],
      ["classify.linear", { conv: "classifier.3" }],
    ]),
};

/** `mobilenet_v2`. */
const MOBILENET_V2: NamingScheme = {
  project: "torchvision",
  marks: ["features.0.0.weight", "features.1.conv.0.0.weight", "classifier.1.weight"],
  nameLayers(graph) {
    const blocks = backboneBlocks(graph);
    return new Map([
      ["backbone.stem", numbered("features.0")],
      ...blocks.flatMap(({ number, scope, layers }) =>
        layers.map((layer, index): LayerNameEntry => {
          const container = `features.${number}.conv`;
          const isLast = layer === "project";
          return [
            `${scope}.${layer}`,
            isLast ? numbered(container, index) : numbered(`${container}.${index}`),
          ];
        })
      ),
      ["backbone.head", numbered(`features.${blocks.length + 1}`)],
      ["classify.linear", { conv: "classifier.1" }],
    ]);
  },
};

/** The blocks of each stage of MnasNet-B1. */
const MNASNET_REPEATS = [1, 3, 3, 3, 2, 4, 1];

/** `mnasnet0_5` and its like. */
const MNASNET: NamingScheme = {
  project: "torchvision",
  marks: ["layers.0.weight", "layers.8.0.layers.0.weight", "classifier.1.weight"],
  nameLayers: (graph) =>
    new Map([
      ["backbone.stem", numbered("layers")],
      ...backboneBlocks(graph).flatMap(({ number, scope, layers }): LayerNameEntry[] => {
        const [stage, place] = placeInStages(number, MNASNET_REPEATS);
        // The first block's layers lie among those of the network: activations count, too.
        const container = stage === 0 ? "layers" : `layers.${stage + 7}.${place}.layers`;
        const first = stage === 0 ? 3 : 0;
        return layers.map((layer, index) => [`${scope}.${layer}`, numbered(container, first + 3 * index)]);
      }),
      ["backbone.head", numbered("layers", 14)],
      ["classify.linear", { conv: "classifier.1" }],
    ]),
};

/**
 * The names of MobileNetV3's backbone.
 *
 * @param feature what element `index` of the backbone's list of layers is called.
 */
export function mobileNetV3Names(graph: Graph, feature: (index: number) => string): LayerNameEntry[] {
  const blocks = backboneBlocks(graph);
  return [
    ["backbone.stem", numbered(feature(0))],
    ...blocks.flatMap((block) => invertedResidualNames(block, `${feature(block.number)}.block`)),
    ["backbone.head", numbered(feature(blocks.length + 1))],
  ];
}

/** Expansion, depthwise convolution, squeeze-and-excite and projection are numbered as far as they are there. */
function invertedResidualNames({ scope, layers }: Block, container: string): LayerNameEntry[] {
  const modules = [...new Set(layers.map((layer) => layer.split(".")[0]))];
  return layers.map((layer) => {
    const module = `${container}.${modules.indexOf(layer.split(".")[0])}`;
    if (layer === "se.squeeze") return [`${scope}.${layer}`, { conv: `${module}.fc1` }];
    if (layer === "se.excite") return [`${scope}.${layer}`, { conv: `${module}.fc2` }];
    return [`${scope}.${layer}`, numbered(module)];
  });
}

/** The classifiers that torchvision publishes weights for. */
export const CLASSIFIERS: readonly Architecture[] = [
  torchvisionMobileNetV3("large"),
  torchvisionMobileNetV3("small"),
  torchvisionMobileNetV2(),
  ...[0.5, 0.75, 1, 1.3].map(torchvisionMnasNet),
];

/** The widths that weights are usually trained at, besides 1. */
export const USUAL_WIDTHS = [0.25, 0.35, 0.5, 0.75, 1.25, 1.4, 1.5, 2];

/** The classifiers at any `width_mult`: `mobilenet_v3_small-0.5`. */
export const CLASSIFIER_FAMILIES: readonly NetworkFamily[] = ([
  ["mobilenet_v3_large", (width) => torchvisionMobileNetV3("large", width)],
  ["mobilenet_v3_small", (width) => torchvisionMobileNetV3("small", width)],
  ["mobilenet_v2", torchvisionMobileNetV2],
] satisfies [string, NetworkFamily["define"]][]).map(([name, define]) => ({
  name,
  usualWidths: USUAL_WIDTHS,
  define,
}));

type WeightsRow = readonly [
  architecture: string,
  tag: string,
  isDefault: boolean,
  file: string,
  mebibytes: number,
  top1: number,
  top5: number,
  resize: 256 | 232,
];

// deno-fmt-ignore
const FILES: readonly WeightsRow[] = [
  ["mobilenet_v3_large", "imagenet1k_v1", false, "mobilenet_v3_large-8738ca79.pth", 21.114, 74.042, 91.340, 256],
  ["mobilenet_v3_large", "imagenet1k_v2", true, "mobilenet_v3_large-5c1a4163.pth", 21.107, 75.274, 92.566, 232],
  ["mobilenet_v3_small", "imagenet1k_v1", true, "mobilenet_v3_small-047dcff4.pth", 9.829, 67.668, 87.402, 256],
  ["mobilenet_v2", "imagenet1k_v1", false, "mobilenet_v2-b0353104.pth", 13.555, 71.878, 90.286, 256],
  ["mobilenet_v2", "imagenet1k_v2", true, "mobilenet_v2-7ebf99e0.pth", 13.598, 72.154, 90.822, 232],
  ["mnasnet0_5", "imagenet1k_v1", true, "mnasnet0.5_top1_67.823-3ffadce67e.pth", 8.591, 67.734, 87.490, 256],
  ["mnasnet0_75", "imagenet1k_v1", true, "mnasnet0_75-7090bc5f.pth", 12.303, 71.180, 90.496, 232],
  ["mnasnet1_0", "imagenet1k_v1", true, "mnasnet1.0_top1_73.512-f206786ef8.pth", 16.915, 73.456, 91.510, 256],
  ["mnasnet1_3", "imagenet1k_v1", true, "mnasnet1_3-a4c69d6f.pth", 24.246, 76.506, 93.522, 232],
];

/** The weights of the classifiers. */
export const CLASSIFIER_WEIGHTS: readonly PublishedWeights[] = FILES.map(
  ([architecture, tag, isDefault, file, mebibytes, top1, top5, resize]) => ({
    ...published(architecture, tag, file, mebibytes),
    isDefault,
    preprocessing: classificationPreprocessing(resize, 224),
    metrics: metrics("ImageNet val", { "top-1": top1, "top-5": top5 }),
    note: IMAGENET_NOTE,
  }),
);

/** What all entries have in common. */
export function published(architecture: string, tag: string, file: string, mebibytes: number) {
  return {
    architecture,
    tag,
    isDefault: true,
    ...digestInName(`https://download.pytorch.org/models/${file}`),
    mebibytes,
    licence: "BSD 3-Clause",
    source: "torchvision",
    verified:
      "address, digest, size, metrics and preprocessing against torchvision 0.21.0's source, names and shapes " +
      "against its state_dict, arithmetic with random weights (docs/parity.md)",
  };
}

/** Figures as torchvision publishes them, in percent. */
export function metrics(dataset: string, values: Readonly<Record<string, number>>): PublishedMetric[] {
  return Object.entries(values).map(([metric, percent]) => ({
    dataset,
    metric,
    // Percentages have at most three decimals.
    value: Number((percent / 100).toFixed(5)),
    source: "torchvision",
  }));
}

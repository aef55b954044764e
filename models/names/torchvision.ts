/**
 * torchvision's names. It numbers the modules of a container, so a layer's name depends on which layers stand
 * before it.
 */
import type { Graph } from "../../core/graph/mod.ts";
import { backboneBlocks, type Block, numbered, placeInStages } from "./blocks.ts";
import type { LayerNames, NamingScheme } from "./layer_names.ts";

type Names = [scope: string, names: LayerNames][];

/** `mobilenet_v3_large`, `mobilenet_v3_small`. */
export const TORCHVISION_MOBILENET_V3: NamingScheme = {
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
export const TORCHVISION_MOBILENET_V2: NamingScheme = {
  project: "torchvision",
  marks: ["features.0.0.weight", "features.1.conv.0.0.weight", "classifier.1.weight"],
  nameLayers(graph) {
    const blocks = backboneBlocks(graph);
    return new Map([
      ["backbone.stem", numbered("features.0")],
      ...blocks.flatMap(({ number, scope, layers }) =>
        layers.map((layer, index): Names[number] => {
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
export const TORCHVISION_MNASNET: NamingScheme = {
  project: "torchvision",
  marks: ["layers.0.weight", "layers.8.0.layers.0.weight", "classifier.1.weight"],
  nameLayers: (graph) =>
    new Map([
      ["backbone.stem", numbered("layers")],
      ...backboneBlocks(graph).flatMap(({ number, scope, layers }): Names => {
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

/** `ssdlite320_mobilenet_v3_large`: the backbone is cut in two after the expansion of C4. */
export const TORCHVISION_SSDLITE: NamingScheme = {
  project: "torchvision",
  marks: ["backbone.features.0.0.0.weight", "head.classification_head.module_list.0.1.weight"],
  nameLayers(graph) {
    const c4 = 13;
    const feature = (index: number) =>
      index <= c4 ? `backbone.features.0.${index}` : `backbone.features.1.${index - c4}`;
    const backbone = mobileNetV3Names(graph, feature).map(([scope, names]): Names[number] => {
      const [, layer] = scope.match(/^backbone\.block13\.(.+)$/) ?? [];
      if (layer === undefined) return [scope, names];
      // C4's expansion ends the first half; the rest of its block begins the second.
      const rename = (name: string) =>
        layer === "expand"
          ? name.replace(".block.0", "")
          : name.replace(`${feature(c4)}.block`, "backbone.features.1.0");
      return [scope, renamed(names, rename)];
    });
    const extras = Array.from(
      { length: 4 },
      (_, map) =>
        ["reduce", "depthwise", "expand"].map((layer, index): Names[number] => [
          `detect.extra${map + 1}.${layer}`,
          numbered(`backbone.extra.${map}.${index}`),
        ]),
    ).flat();
    const predictors = Array.from(
      { length: 6 },
      (_, map) =>
        Object.entries({ scores: "classification_head", boxes: "regression_head" }).flatMap(
          ([kind, head]): Names => {
            const module = `head.${head}.module_list.${map}`;
            return [
              [`detect.map${map + 1}.${kind}.depthwise`, numbered(`${module}.0`)],
              [`detect.map${map + 1}.${kind}.predict`, { conv: `${module}.1` }],
            ];
          },
        ),
    ).flat();
    return new Map([...backbone, ...extras, ...predictors]);
  },
};

/** `lraspp_mobilenet_v3_large`. */
export const TORCHVISION_LRASPP: NamingScheme = {
  project: "torchvision",
  marks: ["backbone.0.0.weight", "classifier.low_classifier.weight"],
  nameLayers: (graph) =>
    new Map([
      ...mobileNetV3Names(graph, (index) => `backbone.${index}`),
      ["segment.reduce", numbered("classifier.cbr")],
      ["segment.gate", { conv: "classifier.scale.1" }],
      ["segment.low_classifier", { conv: "classifier.low_classifier" }],
      ["segment.high_classifier", { conv: "classifier.high_classifier" }],
    ]),
};

/** `deeplabv3_mobilenet_v3_large`, trained with or without the auxiliary classifier. */
export const TORCHVISION_DEEPLAB: NamingScheme = {
  project: "torchvision",
  marks: ["backbone.0.0.weight", "classifier.0.convs.0.0.weight"],
  nameLayers: (graph) =>
    new Map([
      ...mobileNetV3Names(graph, (index) => `backbone.${index}`),
      ["segment.aspp.direct", numbered("classifier.0.convs.0")],
      ...[12, 24, 36].map((dilation, index): Names[number] => [
        `segment.aspp.dilated${dilation}`,
        numbered(`classifier.0.convs.${index + 1}`),
      ]),
      ["segment.aspp.image", numbered("classifier.0.convs.4", 1)],
      ["segment.aspp.project", numbered("classifier.0.project")],
      ["segment.refine", numbered("classifier", 1)],
      ["segment.logits", { conv: "classifier.4" }],
      ["segment.auxiliary.refine", numbered("aux_classifier")],
      ["segment.auxiliary", { conv: "aux_classifier.4" }],
    ]),
  unused: /^aux_classifier\./,
};

/** @param feature what element `index` of the backbone's list of layers is called. */
function mobileNetV3Names(graph: Graph, feature: (index: number) => string): Names {
  const blocks = backboneBlocks(graph);
  return [
    ["backbone.stem", numbered(feature(0))],
    ...blocks.flatMap((block) => invertedResidualNames(block, `${feature(block.number)}.block`)),
    ["backbone.head", numbered(feature(blocks.length + 1))],
  ];
}

/** Expansion, depthwise convolution, squeeze-and-excite and projection are numbered as far as they are there. */
function invertedResidualNames({ scope, layers }: Block, container: string): Names {
  const modules = [...new Set(layers.map((layer) => layer.split(".")[0]))];
  return layers.map((layer) => {
    const module = `${container}.${modules.indexOf(layer.split(".")[0])}`;
    if (layer === "se.squeeze") return [`${scope}.${layer}`, { conv: `${module}.fc1` }];
    if (layer === "se.excite") return [`${scope}.${layer}`, { conv: `${module}.fc2` }];
    return [`${scope}.${layer}`, numbered(module)];
  });
}

function renamed({ conv, batchNorm }: LayerNames, rename: (name: string) => string): LayerNames {
  return { conv: rename(conv), batchNorm: batchNorm && rename(batchNorm) };
}

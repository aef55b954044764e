/** The names of timm and of what grew out of it: stages of blocks, layers called after what they do. */
import type { Graph } from "../../core/graph/mod.ts";
import { backboneBlocks, placeInStages } from "./blocks.ts";
import type { LayerNames, NamingScheme } from "./layer_names.ts";

/** The blocks of each stage. */
const STAGES = {
  "mobilenetv3-large": [1, 2, 3, 4, 2, 3],
  "mobilenetv3-small": [1, 2, 3, 2, 3],
  mobilenetv2: [1, 2, 3, 4, 3, 3, 1],
  "mnasnet-A1": [1, 2, 3, 4, 2, 3, 1],
  "mnasnet-B1": [1, 3, 3, 3, 2, 4, 1],
  "mnasnet-small": [1, 1, 2, 4, 3, 3, 1],
} as const;

/** timm's names for one of its families. */
export function timmNames(family: keyof typeof STAGES): NamingScheme {
  const stages = STAGES[family];
  const isV3 = family.startsWith("mobilenetv3");
  return {
    project: "timm",
    marks: ["conv_stem.weight", "classifier.weight", isV3 ? "conv_head.bias" : "bn2.weight"],
    nameLayers: (graph) =>
      new Map<string, LayerNames>([
        ["backbone.stem", { conv: "conv_stem", batchNorm: "bn1" }],
        ...stageNames(graph, stages, (stage) => `blocks.${stage}`),
        ...(isV3
          ? mobileNetV3Head(`blocks.${stages.length}`)
          : [["backbone.head", { conv: "conv_head", batchNorm: "bn2" }] as const]),
        ["classify.linear", { conv: "classifier" }],
      ]),
  };
}

/** fastseg's names: an old timm's for the backbone, its own for the decoder. */
export function fastsegNames(size: "large" | "small"): NamingScheme {
  const stages = STAGES[`mobilenetv3-${size}`];
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

/** MobileNetV3's last convolution is a stage of its own; the layer before the classes is called the head. */
function mobileNetV3Head(stage: string): [string, LayerNames][] {
  return [
    ["backbone.head", { conv: `${stage}.0.conv`, batchNorm: `${stage}.0.bn1` }],
    ["classify.last", { conv: "conv_head" }],
  ];
}

function stageNames(
  graph: Graph,
  stages: readonly number[],
  stageName: (stage: number) => string,
): [string, LayerNames][] {
  return backboneBlocks(graph).flatMap(({ number, scope, layers }) => {
    const [stage, place] = placeInStages(number, stages);
    const block = `${stageName(stage)}.${place}`;
    const parts = layers.includes("expand") ? WITH_EXPANSION : WITHOUT_EXPANSION;
    return layers.map((layer): [string, LayerNames] => {
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

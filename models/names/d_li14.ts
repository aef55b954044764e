import { backboneBlocks, numbered } from "./blocks.ts";
import type { LayerNames, NamingScheme } from "./layer_names.ts";

/** The place of each layer among the modules of a block; squeeze-and-excite has linear layers. */
const WITH_EXPANSION: Readonly<Record<string, number>> = { expand: 0, depthwise: 3, se: 5, project: 7 };
const WITHOUT_EXPANSION: Readonly<Record<string, number>> = { depthwise: 0, se: 3, project: 4 };

/** The names of github.com/d-li14/mobilenetv3.pytorch. */
export const D_LI14_NAMES: NamingScheme = {
  project: "d-li14",
  marks: ["features.0.0.weight", "conv.0.weight", "classifier.3.weight"],
  nameLayers: (graph) =>
    new Map<string, LayerNames>([
      ["backbone.stem", numbered("features.0")],
      ...backboneBlocks(graph).flatMap(({ number, scope, layers }) => {
        const places = layers.includes("expand") ? WITH_EXPANSION : WITHOUT_EXPANSION;
        return layers.map((layer): [string, LayerNames] => {
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

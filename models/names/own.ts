import type { NamingScheme } from "./layer_names.ts";

/** Our own names, as exported ONNX files have them. */
export const OWN_NAMES: NamingScheme = {
  project: "bneck",
  marks: ["backbone.stem.weight"],
  nameLayers: ({ layers }) =>
    new Map(
      layers
        .filter(({ operator }) => operator.kind === "conv")
        .map(({ scope }) => [scope, { conv: scope, batchNorm: `${scope}.batch_norm` }]),
    ),
};

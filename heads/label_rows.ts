/** Segmentation networks that return the logits of each pixel side by side, as TensorFlow's do. */
import type { OutputKind, OutputSpec } from "./head.ts";
import { type LabelLogits, readLabelLogits } from "./label_logits.ts";

/** The output `logits`, `[1, h, w, K]`: a class for every pixel. */
export const LABEL_ROW_OUTPUTS: OutputKind<OutputSpec, Record<never, never>, LabelLogits> = {
  kind: "label-rows",
  outputs: () => ({ logits: [1, "height", "width", "classes"] }),
  parse: () => ({ kind: "label-rows" }),
  decoder: (spec) => ({
    spec,
    decode({ logits: { data, shape: [, height, width, classes] } }, view) {
      const plane = height * width;
      const planes = new Float32Array(data.length);
      for (let at = 0, from = 0; at < plane; at++) {
        for (let k = 0, to = at; k < classes; k++, to += plane) planes[to] = data[from++];
      }
      return readLabelLogits({ shape: [1, classes, height, width], data: planes }, view);
    },
  }),
};

/**
 * Segmentation by queries: each has probabilities of classes and a mask, and a pixel has the class whose masks sum to most.
 *
 * Cheng et al., "Masked-attention Mask Transformer", 2022; Hugging Face `post_process_semantic_segmentation`.
 */
import { probabilities } from "./class_scores.ts";
import type { OutputKind } from "./head.ts";
import { type LabelLogits, readLabelLogits } from "./label_logits.ts";

/** Queries that are less of a class do not count for it: a hundred of them are no ten thousandth. */
const MIN_SHARE = 1e-6;

/** The outputs `classes`, `[1, q, K + 1]`: logits, "no object" last; and `masks`, `[1, q, h, w]`: logits. */
export const QUERY_MASK_OUTPUTS: OutputKind<
  { readonly kind: "query-masks" },
  Record<never, never>,
  LabelLogits
> = {
  kind: "query-masks",
  outputs: () => ({ classes: [1, "queries", "classes + 1"], masks: [1, "queries", "height", "width"] }),
  parse: () => ({ kind: "query-masks" }),
  decoder: (spec) => ({
    spec,
    decode({ classes, masks: { data, shape: [, queries, height, width] } }, view) {
      const table = probabilities(classes.data, classes.shape[2], { scores: "softmax", background: "last" });
      const plane = height * width;
      const sums = new Float32Array(table.columns * plane);
      const mask = new Float32Array(plane);
      for (let query = 0; query < queries; query++) {
        for (let at = 0, from = query * plane; at < plane; at++, from++) {
          mask[at] = 1 / (1 + Math.exp(-data[from]));
        }
        for (let k = 0; k < table.columns; k++) {
          const share = table.data[table.start + query * table.rowStep + k];
          if (share < MIN_SHARE) continue;
          for (let at = 0, to = k * plane; at < plane; at++, to++) sums[to] += share * mask[at];
        }
      }
      const grid = readLabelLogits({ shape: [1, table.columns, height, width], data: sums }, view);
      return { ...grid, areShares: true };
    },
  }),
};

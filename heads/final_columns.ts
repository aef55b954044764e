/**
 * Detectors that return objects as torchvision's do: their boxes, classes and scores as three outputs.
 *
 * @see torchvision `GeneralizedRCNNTransform.postprocess`
 */
import { toImage } from "./box_tables.ts";
import { type Detections, type DetectionSettings, selectDetections } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parseWhole } from "./spec_fields.ts";

/** The spec of {@linkcode FINAL_COLUMN_OUTPUTS}. */
export interface FinalColumnSpec {
  readonly kind: "final-columns";
  /** The number of the first class: 1 where 0 is the background. */
  readonly firstClass: number;
}

/** The outputs `boxes`, `[n, 4]` (corners in pixels of the input), `labels` and `scores`, `[n]`. */
export const FINAL_COLUMN_OUTPUTS: OutputKind<FinalColumnSpec, DetectionSettings, Detections> = {
  kind: "final-columns",
  outputs: () => ({ boxes: ["objects", 4], labels: ["objects"], scores: ["objects"] }),
  integers: ["labels"],
  parse: ({ firstClass }, fail) => ({
    kind: "final-columns",
    firstClass: parseWhole("firstClass", firstClass, 0, 1, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ boxes, labels, scores }, view, settings) {
      const found = {
        count: scores.data.length,
        boxes: boxes.data,
        scores: scores.data,
        classes: Int32Array.from(labels.data, (label) => label - spec.firstClass),
      };
      return toImage(bestObjects(found, settings), view);
    },
  }),
};

/** The objects that settings ask for, best first. */
export function bestObjects(
  found: Detections,
  { score, max, classes }: DetectionSettings,
): Detections {
  const threshold = Math.fround(score);
  const rows = Array.from({ length: found.count }, (_, row) => row).filter((row) =>
    found.scores[row] > threshold && (!classes || classes.has(found.classes[row]))
  );
  rows.sort((left, right) => found.scores[right] - found.scores[left] || left - right);
  return selectDetections(found, rows.slice(0, max));
}

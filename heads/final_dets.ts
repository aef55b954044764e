/** Detectors that return the boxes of objects with their scores, and the classes beside them, as mmdetection's exports do. */
import { type BoxReading, readBoxes, rowTable, toImage } from "./box_tables.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import { bestObjects } from "./final_objects.ts";
import type { OutputKind } from "./head.ts";
import { parseWhole } from "./spec_fields.ts";

/** The spec of {@linkcode FINAL_DET_OUTPUTS}. */
export interface FinalDetSpec {
  readonly kind: "final-dets";
  /** The number of the first class. */
  readonly firstClass: number;
}

/** Boxes as mmdetection has them. */
const CORNERS: BoxReading = { format: "corners", unit: "pixels" };

/** The outputs `dets`, `[n, 5]` (corners in pixels of the input, and the score), and `labels`, `[n]`. */
export const FINAL_DET_OUTPUTS: OutputKind<FinalDetSpec, DetectionSettings, Detections> = {
  kind: "final-dets",
  outputs: () => ({ dets: ["objects", 5], labels: ["objects"] }),
  integers: ["labels"],
  parse: ({ firstClass }, fail) => ({
    kind: "final-dets",
    firstClass: parseWhole("firstClass", firstClass, 0, 1, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ dets: { data, shape: [count] }, labels }, view, settings) {
      const rows = Int32Array.from({ length: count }, (_, row) => row);
      const found = {
        count,
        boxes: readBoxes(rowTable(data, 5, 0, 4), rows, CORNERS, view),
        scores: Float32Array.from(rows, (row) => data[row * 5 + 4]),
        classes: Int32Array.from(rows, (row) => labels.data[row] - spec.firstClass),
      };
      return toImage(bestObjects(found, settings), view);
    },
  }),
};

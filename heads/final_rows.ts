/**
 * Detectors whose graph suppresses boxes or needs no suppression, with their objects in rows: YOLOv10, YOLO26 and what
 * ultralytics exports with `nms=True`.
 */
import { toImage } from "./box_tables.ts";
import { type Detections, type DetectionSettings } from "./detections.ts";
import { bestObjects } from "./final_columns.ts";
import type { OutputKind } from "./head.ts";
import { parseWhole } from "./spec_fields.ts";

/** The spec of {@linkcode FINAL_ROW_OUTPUTS}. */
export interface FinalRowSpec {
  readonly kind: "final-rows";
  /** Numbers of each object after its class: the coefficients of masks, which are not read. */
  readonly coefficients: number;
}

/** The output `objects`, `[1, n, 6]`: two corners in pixels of the input, the score and the class. */
export const FINAL_ROW_OUTPUTS: OutputKind<FinalRowSpec, DetectionSettings, Detections> = {
  kind: "final-rows",
  outputs: ({ coefficients }) => ({ objects: [1, "objects", 6 + coefficients] }),
  parse: ({ coefficients }, fail) => ({
    kind: "final-rows",
    coefficients: parseWhole("coefficients", coefficients, 0, 1024, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ objects: { data, shape: [, count, length] } }, view, settings) {
      const at = (row: number, column: number) => data[row * length + column];
      const boxes = new Float32Array(count * 4);
      for (let row = 0; row < count; row++) {
        boxes.set(data.subarray(row * length, row * length + 4), row * 4);
      }
      const found = {
        count,
        boxes,
        scores: Float32Array.from({ length: count }, (_, row) => at(row, 4)),
        classes: Int32Array.from({ length: count }, (_, row) => at(row, 5)),
      };
      return toImage(bestObjects(found, settings), view);
    },
  }),
};

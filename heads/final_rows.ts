/**
 * Detectors whose graph suppresses boxes or needs no suppression, with their objects in rows: YOLOv10, YOLO26, RT-DETR and
 * what ultralytics exports with `nms=True`.
 */
import { BOX_FORMATS, BOX_UNITS, type BoxReading, readBoxes, rowTable, toImage } from "./box_tables.ts";
import { type Detections, type DetectionSettings } from "./detections.ts";
import { bestObjects } from "./final_columns.ts";
import type { OutputKind } from "./head.ts";
import { parseChoice, parseWhole } from "./spec_fields.ts";

/** The spec of {@linkcode FINAL_ROW_OUTPUTS}. */
export interface FinalRowSpec extends BoxReading {
  readonly kind: "final-rows";
  /** Numbers of each object after its class: the coefficients of masks, which are not read. */
  readonly coefficients: number;
}

/** The output `objects`, `[1, n, 6]`: its box, the score and the class. */
export const FINAL_ROW_OUTPUTS: OutputKind<FinalRowSpec, DetectionSettings, Detections> = {
  kind: "final-rows",
  outputs: ({ coefficients }) => ({ objects: [1, "objects", 6 + coefficients] }),
  parse: ({ coefficients, format, unit }, fail) => ({
    kind: "final-rows",
    format: parseChoice("format", format, BOX_FORMATS, fail),
    unit: parseChoice("unit", unit, BOX_UNITS, fail),
    coefficients: parseWhole("coefficients", coefficients, 0, 1024, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ objects: { data, shape: [, count, length] } }, view, settings) {
      const at = (row: number, column: number) => data[row * length + column];
      const rows = Int32Array.from({ length: count }, (_, row) => row);
      const boxes = readBoxes(rowTable(data, length, 0, 4), rows, spec, view);
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

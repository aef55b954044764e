/**
 * Detectors that return objects: as torchvision's do, their boxes, classes and scores as three outputs; or in rows, where the
 * graph suppresses boxes or needs no suppression: YOLOv10, YOLO26, RT-DETR and what ultralytics exports with `nms=True`.
 *
 * @see torchvision `GeneralizedRCNNTransform.postprocess`
 */
import { BOX_FORMATS, BOX_UNITS, type BoxReading, readBoxes, rowTable, toImage } from "./box_tables.ts";
import { type Detections, type DetectionSettings, selectDetections } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parsePrototypeSpec, prototypeOutput, type PrototypeSpec } from "./prototype_masks.ts";
import { parseChoice, parseWhole } from "./spec_fields.ts";

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

/** The spec of {@linkcode FINAL_ROW_OUTPUTS}. */
export interface FinalRowSpec extends BoxReading, PrototypeSpec {
  readonly kind: "final-rows";
}

/**
 * The output `objects`, `[1, n, 6]`: its box, the score and the class; and where there are masks `[1, n, 6 + C]` and
 * `prototypes`, `[1, C, h, w]`.
 */
export const FINAL_ROW_OUTPUTS: OutputKind<FinalRowSpec, DetectionSettings, Detections> = {
  kind: "final-rows",
  outputs: (spec) => ({ objects: [1, "objects", 6 + spec.coefficients], ...prototypeOutput(spec) }),
  parse: ({ format, unit, ...json }, fail) => ({
    kind: "final-rows",
    format: parseChoice("format", format, BOX_FORMATS, fail),
    unit: parseChoice("unit", unit, BOX_UNITS, fail),
    ...parsePrototypeSpec(json, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ objects: { data, shape: [, count, length] }, prototypes }, view, settings) {
      const at = (row: number, column: number) => data[row * length + column];
      const rows = Int32Array.from({ length: count }, (_, row) => row);
      const boxes = readBoxes(rowTable(data, length, 0, 4), rows, spec, view);
      const found = {
        count,
        boxes,
        scores: Float32Array.from({ length: count }, (_, row) => at(row, 4)),
        classes: Int32Array.from({ length: count }, (_, row) => at(row, 5)),
        ...(prototypes && {
          masks: { prototypes, coefficients: rowTable(data, length, 6, spec.coefficients), view, rows },
        }),
      };
      return toImage(bestObjects(found, settings), view);
    },
  }),
};

/** The objects that settings ask for, best first. */
function bestObjects(
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

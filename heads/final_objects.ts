/**
 * Detectors that return objects: as torchvision's do, their boxes, classes and scores as three outputs; or in rows, where the
 * graph suppresses boxes or needs no suppression: YOLOv10, YOLO26, RT-DETR and what ultralytics exports with `nms=True`.
 *
 * @see torchvision `GeneralizedRCNNTransform.postprocess`
 */
import {
  BOX_FORMATS,
  BOX_UNITS,
  type BoxReading,
  readBoxes,
  ROW_ORDERS,
  rowTable,
  toImage,
} from "./box_tables.ts";
import { type Detections, type DetectionSettings, selectDetections } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parsePrototypeSpec, prototypeOutput, type PrototypeSpec } from "./prototype_masks.ts";
import { parseBoolean, parseChoice, parseWhole } from "./spec_fields.ts";

/** The spec of {@linkcode FINAL_COLUMN_OUTPUTS}. */
export interface FinalColumnSpec extends BoxReading {
  readonly kind: "final-columns";
  /** The number of the first class: 1 where 0 is the background. */
  readonly firstClass: number;
  /** Whether a fourth output says how many of the rows are objects. */
  readonly counted: boolean;
}

/** The outputs `boxes`, `[n, 4]`, `labels` and `scores`, `[n]`, and where rows are counted `count`, `[1]`. */
export const FINAL_COLUMN_OUTPUTS: OutputKind<FinalColumnSpec, DetectionSettings, Detections> = {
  kind: "final-columns",
  outputs: ({ counted }) => ({
    boxes: ["objects", 4],
    labels: ["objects"],
    scores: ["objects"],
    ...(counted ? { count: [1] } : {}),
  }),
  integers: ["labels", "count"],
  // Files of before have torchvision's boxes.
  parse: ({ firstClass, format = "corners", unit = "pixels", counted = false }, fail) => ({
    kind: "final-columns",
    firstClass: parseWhole("firstClass", firstClass, 0, 1, fail),
    format: parseChoice("format", format, BOX_FORMATS, fail),
    unit: parseChoice("unit", unit, BOX_UNITS, fail),
    counted: parseBoolean("counted", counted, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ boxes, labels, scores, count }, view, settings) {
      const rows = Int32Array.from(
        { length: Math.min(scores.data.length, count?.data[0] ?? Infinity) },
        (_, row) => row,
      );
      const found = {
        count: rows.length,
        boxes: readBoxes(rowTable(boxes.data, 4, 0, 4), rows, spec, view),
        scores: scores.data,
        classes: Int32Array.from(rows, (row) => labels.data[row] - spec.firstClass),
      };
      return toImage(bestObjects(found, settings), view);
    },
  }),
};

/** Of each order where the box begins, and the score and the class are, and how many numbers there are. */
const ROW_COLUMNS: Readonly<Record<typeof ROW_ORDERS[number], readonly [number, number, number, number]>> = {
  "box-score-class": [0, 4, 5, 6],
  "class-score-box": [2, 1, 0, 6],
  "batch-box-class-score": [1, 6, 5, 7],
  "batch-box-score-class": [1, 5, 6, 7],
  "batch-class-score-box": [3, 2, 1, 7],
};

/** The spec of {@linkcode FINAL_ROW_OUTPUTS}. */
export interface FinalRowSpec extends BoxReading, PrototypeSpec {
  readonly kind: "final-rows";
  readonly order: typeof ROW_ORDERS[number];
}

/**
 * The output `objects`, `[1, n, 6]` or, with the number of the image, `[1, n, 7]`: its box, the score and the class; and
 * where there are masks C more and `prototypes`, `[1, C, h, w]`.
 */
export const FINAL_ROW_OUTPUTS: OutputKind<FinalRowSpec, DetectionSettings, Detections> = {
  kind: "final-rows",
  outputs: (spec) => ({
    objects: [1, "objects", ROW_COLUMNS[spec.order][3] + spec.coefficients],
    ...prototypeOutput(spec),
  }),
  parse: ({ format, unit, order = "box-score-class", ...json }, fail) => ({
    kind: "final-rows",
    order: parseChoice("order", order, ROW_ORDERS, fail),
    format: parseChoice("format", format, BOX_FORMATS, fail),
    unit: parseChoice("unit", unit, BOX_UNITS, fail),
    ...parsePrototypeSpec(json, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ objects: { data, shape: [, count, length] }, prototypes }, view, settings) {
      const [box, score, label, columns] = ROW_COLUMNS[spec.order];
      const rows = Int32Array.from({ length: count }, (_, row) => row);
      const boxes = readBoxes(rowTable(data, length, box, 4), rows, spec, view);
      const found = {
        count,
        boxes,
        scores: Float32Array.from(rows, (row) => data[row * length + score]),
        classes: Int32Array.from(rows, (row) => data[row * length + label]),
        ...(prototypes && {
          masks: { prototypes, coefficients: rowTable(data, length, columns, spec.coefficients), view, rows },
        }),
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

/**
 * The outputs of YOLO exports before suppression, of two kinds: YOLOv5's (YOLOv6, YOLOv7 and YOLOX export the same), boxes in
 * rows with an objectness, which multiplies the probabilities of the classes; and YOLOv8's (YOLO11 exports the same), boxes in
 * columns, without an objectness.
 *
 * @see ultralytics/yolov5 `utils/general.py`, and ultralytics `utils/nms.py`, `non_max_suppression`
 */
import { BOX_UNITS, type BoxReading, columnTable, readObjects, rowTable } from "./box_tables.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parsePrototypeSpec, prototypeOutput, type PrototypeSpec } from "./prototype_masks.ts";
import { parseBoolean, parseChoice, parseSuppression, type Suppression } from "./spec_fields.ts";

/** How boxes are read and, as in ultralytics, classes told apart: by moving their boxes 7680 pixels each. */
const YOLO_BOXES = { format: "centre", classOffset: 7680 } as const;

/** The spec of {@linkcode YOLO_V5_OUTPUTS}. */
export interface YoloV5Spec extends Suppression, Pick<BoxReading, "unit"> {
  readonly kind: "yolo-v5";
}

/** The output `predictions`, `[1, n, 5 + K]`: centre, width and height, objectness, probabilities. */
export const YOLO_V5_OUTPUTS: OutputKind<YoloV5Spec, DetectionSettings, Detections> = {
  kind: "yolo-v5",
  outputs: () => ({ predictions: [1, "boxes", "classes + 5"] }),
  parse: (json, fail) => ({ kind: "yolo-v5", unit: parseUnit(json, fail), ...parseSuppression(json, fail) }),
  decoder: (spec) => ({
    spec,
    decode({ predictions: { data, shape: [, , length] } }, view, settings) {
      return readObjects(
        rowTable(data, length, 5, length - 5),
        rowTable(data, length, 0, 4),
        { ...YOLO_BOXES, ...spec },
        view,
        settings,
        { factors: rowTable(data, length, 4, 1) },
      );
    },
  }),
};

/** The spec of {@linkcode YOLO_V8_OUTPUTS}. */
export interface YoloV8Spec extends Suppression, PrototypeSpec, Pick<BoxReading, "unit"> {
  readonly kind: "yolo-v8";
  /** Whether boxes are rows, `[1, n, 4 + K]`, not columns. */
  readonly rows: boolean;
}

/**
 * The output `predictions`, `[1, 4 + K, n]` or `[1, n, 4 + K]`: centre, width and height, probabilities; and where there are
 * masks C more and `prototypes`, `[1, C, h, w]`.
 */
export const YOLO_V8_OUTPUTS: OutputKind<YoloV8Spec, DetectionSettings, Detections> = {
  kind: "yolo-v8",
  outputs: (spec) => ({
    predictions: spec.rows
      ? [1, "boxes", `classes + ${4 + spec.coefficients}`]
      : [1, `classes + ${4 + spec.coefficients}`, "boxes"],
    ...prototypeOutput(spec),
  }),
  parse: (json, fail) => ({
    kind: "yolo-v8",
    ...parseSuppression(json, fail),
    rows: parseBoolean("rows", json.rows ?? false, fail),
    unit: parseUnit(json, fail),
    ...parsePrototypeSpec(json, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ predictions: { data, shape }, prototypes }, view, settings) {
      const length = shape[spec.rows ? 2 : 1];
      const table = spec.rows ? rowTable : columnTable;
      const classes = length - 4 - spec.coefficients;
      const masks = prototypes &&
        { prototypes, coefficients: table(data, length, 4 + classes, spec.coefficients) };
      return readObjects(
        table(data, length, 4, classes),
        table(data, length, 0, 4),
        { ...YOLO_BOXES, ...spec },
        view,
        settings,
        { masks },
      );
    },
  }),
};

/** Files of before have pixels. */
function parseUnit({ unit = "pixels" }: Readonly<Record<string, unknown>>, fail: (problem: string) => never) {
  return parseChoice("unit", unit, BOX_UNITS, fail);
}

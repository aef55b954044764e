/**
 * The outputs of YOLO exports before suppression, of two kinds: YOLOv5's (YOLOv6, YOLOv7 and YOLOX export the same), boxes in
 * rows with an objectness, which multiplies the probabilities of the classes; and YOLOv8's (YOLO11 exports the same), boxes in
 * columns, without an objectness.
 *
 * @see ultralytics/yolov5 `utils/general.py`, and ultralytics `utils/nms.py`, `non_max_suppression`
 */
import { columnTable, readObjects, rowTable } from "./box_tables.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parsePrototypeSpec, prototypeOutput, type PrototypeSpec } from "./prototype_masks.ts";
import { parseSuppression, type Suppression } from "./spec_fields.ts";

/** How boxes are read and, as in ultralytics, classes told apart: by moving their boxes 7680 pixels each. */
const YOLO_BOXES = { format: "centre", unit: "pixels", classOffset: 7680 } as const;

/** The spec of {@linkcode YOLO_V5_OUTPUTS}. */
export interface YoloV5Spec extends Suppression {
  readonly kind: "yolo-v5";
}

/** The output `predictions`, `[1, n, 5 + K]`: centre, width and height in pixels, objectness, probabilities. */
export const YOLO_V5_OUTPUTS: OutputKind<YoloV5Spec, DetectionSettings, Detections> = {
  kind: "yolo-v5",
  outputs: () => ({ predictions: [1, "boxes", "classes + 5"] }),
  parse: (json, fail) => ({ kind: "yolo-v5", ...parseSuppression(json, fail) }),
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
export interface YoloV8Spec extends Suppression, PrototypeSpec {
  readonly kind: "yolo-v8";
}

/**
 * The output `predictions`, `[1, 4 + K, n]`: centre, width and height in pixels, probabilities; and where there are masks
 * `[1, 4 + K + C, n]` and `prototypes`, `[1, C, h, w]`.
 */
export const YOLO_V8_OUTPUTS: OutputKind<YoloV8Spec, DetectionSettings, Detections> = {
  kind: "yolo-v8",
  outputs: (spec) => ({
    predictions: [1, `classes + ${4 + spec.coefficients}`, "boxes"],
    ...prototypeOutput(spec),
  }),
  parse: (json, fail) => ({
    kind: "yolo-v8",
    ...parseSuppression(json, fail),
    ...parsePrototypeSpec(json, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ predictions: { data, shape: [, length] }, prototypes }, view, settings) {
      const classes = length - 4 - spec.coefficients;
      const masks = prototypes &&
        { prototypes, coefficients: columnTable(data, length, 4 + classes, spec.coefficients) };
      return readObjects(
        columnTable(data, length, 4, classes),
        columnTable(data, length, 0, 4),
        { ...YOLO_BOXES, ...spec },
        view,
        settings,
        { masks },
      );
    },
  }),
};

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
import { parseSuppression, parseWhole, type Suppression } from "./spec_fields.ts";

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
        { format: "centre", unit: "pixels", ...spec },
        view,
        settings,
        rowTable(data, length, 4, 1),
      );
    },
  }),
};

/** The spec of {@linkcode YOLO_V8_OUTPUTS}. */
export interface YoloV8Spec extends Suppression {
  readonly kind: "yolo-v8";
  /** Numbers of each box after its classes: the coefficients of masks, which are not read. */
  readonly coefficients: number;
}

/** No network has more numbers for the mask of a box. */
const MAX_COEFFICIENTS = 1024;

/** The output `predictions`, `[1, 4 + K, n]`: centre, width and height in pixels, probabilities. */
export const YOLO_V8_OUTPUTS: OutputKind<YoloV8Spec, DetectionSettings, Detections> = {
  kind: "yolo-v8",
  outputs: ({ coefficients }) => ({ predictions: [1, `classes + ${4 + coefficients}`, "boxes"] }),
  parse: (json, fail) => ({
    kind: "yolo-v8",
    ...parseSuppression(json, fail),
    coefficients: parseWhole("coefficients", json.coefficients, 0, MAX_COEFFICIENTS, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ predictions: { data, shape: [, length] } }, view, settings) {
      return readObjects(
        columnTable(data, length, 4, length - 4 - spec.coefficients),
        columnTable(data, length, 0, 4),
        { format: "centre", unit: "pixels", ...spec },
        view,
        settings,
      );
    },
  }),
};

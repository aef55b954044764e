/**
 * YOLOv8's outputs (YOLO11 exports the same): boxes in columns, without an objectness.
 *
 * @see ultralytics `utils/nms.py`, `non_max_suppression`
 */
import { columnTable, readObjects } from "./box_tables.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parseSuppression, parseWhole, type Suppression } from "./spec_fields.ts";

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

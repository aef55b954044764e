/**
 * YOLOv5's outputs (YOLOv6, YOLOv7 and YOLOX export the same): boxes in rows with an objectness, which multiplies the
 * probabilities of the classes.
 *
 * @see ultralytics/yolov5 `utils/general.py`, `non_max_suppression`
 */
import { readObjects, rowTable } from "./box_tables.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parseSuppression, type Suppression } from "./spec_fields.ts";

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

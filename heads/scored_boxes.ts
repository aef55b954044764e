/** Detectors that return the scores of all boxes and the boxes themselves, decoded: SSDs and their like, as UltraFace. */
import { BOX_FORMATS, BOX_UNITS, type BoxReading, readObjects, rowTable } from "./box_tables.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { BACKGROUNDS, type ClassScores, probabilities, SCORE_KINDS } from "./class_scores.ts";
import { parseChoice, parseSuppression, type Suppression } from "./spec_fields.ts";

/** The spec of {@linkcode SCORED_BOX_OUTPUTS}. */
export interface ScoredBoxSpec extends BoxReading, ClassScores, Suppression {
  readonly kind: "scored-boxes";
}

/** The outputs `scores`, `[1, n, K]` or with the background one more, and `boxes`, `[1, n, 4]`. */
export const SCORED_BOX_OUTPUTS: OutputKind<ScoredBoxSpec, DetectionSettings, Detections> = {
  kind: "scored-boxes",
  outputs: ({ background }) => ({
    scores: [1, "boxes", background === "none" ? "classes" : "classes + 1"],
    boxes: [1, "boxes", 4],
  }),
  parse: (json, fail) => ({
    kind: "scored-boxes",
    format: parseChoice("format", json.format, BOX_FORMATS, fail),
    unit: parseChoice("unit", json.unit, BOX_UNITS, fail),
    scores: parseChoice("scores", json.scores, SCORE_KINDS, fail),
    background: parseChoice("background", json.background, BACKGROUNDS, fail),
    ...parseSuppression(json, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ scores: { data, shape: [, , columns] }, boxes }, view, settings) {
      return readObjects(
        probabilities(data, columns, spec),
        rowTable(boxes.data, 4, 0, 4),
        spec,
        view,
        settings,
      );
    },
  }),
};

/** Detectors that return the scores of all boxes and the boxes themselves, decoded: SSDs and their like, as UltraFace. */
import { BOX_FORMATS, BOX_UNITS, type BoxReading, readObjects, rowTable } from "./box_tables.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { HeadOutput, OutputKind } from "./head.ts";
import { BACKGROUNDS, type ClassScores, probabilities, SCORE_KINDS } from "./class_scores.ts";
import { parseBoolean, parseChoice, parseSuppression, type Suppression } from "./spec_fields.ts";

/** The spec of {@linkcode SCORED_BOX_OUTPUTS}. */
export interface ScoredBoxSpec extends BoxReading, ClassScores, Suppression {
  readonly kind: "scored-boxes";
  /** Whether the scores of a class lie side by side, `[1, K, n]`, not those of a box. */
  readonly transposed: boolean;
}

/** The outputs `scores`, `[1, n, K]` or `[1, K, n]`, with the background one class more, and `boxes`, `[1, n, 4]`. */
export const SCORED_BOX_OUTPUTS: OutputKind<ScoredBoxSpec, DetectionSettings, Detections> = {
  kind: "scored-boxes",
  outputs: ({ background, transposed }) => {
    const classes = background === "none" ? "classes" : "classes + 1";
    return { scores: transposed ? [1, classes, "boxes"] : [1, "boxes", classes], boxes: [1, "boxes", 4] };
  },
  parse: (json, fail) => ({
    kind: "scored-boxes",
    format: parseChoice("format", json.format, BOX_FORMATS, fail),
    unit: parseChoice("unit", json.unit, BOX_UNITS, fail),
    scores: parseChoice("scores", json.scores, SCORE_KINDS, fail),
    background: parseChoice("background", json.background, BACKGROUNDS, fail),
    transposed: parseBoolean("transposed", json.transposed ?? false, fail),
    ...parseSuppression(json, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ scores, boxes }, view, settings) {
      const { data, shape: [, , columns] } = spec.transposed ? transposed(scores) : scores;
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

/** `[1, n, K]` of `[1, K, n]`. */
function transposed({ data, shape: [, classes, boxes] }: HeadOutput): HeadOutput {
  const rows = new Float32Array(data.length);
  for (let k = 0, from = 0; k < classes; k++) {
    for (let row = 0, to = k; row < boxes; row++, from++, to += classes) rows[to] = data[from];
  }
  return { shape: [1, boxes, classes], data: rows };
}

/**
 * DETR and RT-DETR: one object a query at most, and no suppression.
 *
 * Carion et al., "End-to-End Object Detection with Transformers", 2020; Hugging Face `post_process_object_detection`;
 * ultralytics `RTDETRPredictor.postprocess`.
 */
import { readObjects, rowTable } from "./box_tables.ts";
import { BACKGROUNDS, type ClassScores, probabilities, SCORE_KINDS } from "./class_scores.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parseBoolean, parseChoice } from "./spec_fields.ts";

/** The spec of {@linkcode DETR_OUTPUTS}. */
export interface DetrSpec extends ClassScores {
  readonly kind: "detr";
  /** Whether a query can be an object of every class that scores. */
  readonly multiLabel: boolean;
}

/** Boxes of queries. */
const QUERY_BOXES = { format: "centre", unit: "sides" } as const;

/** The outputs `logits`, `[1, q, K]` or with the background one more, and `boxes`, `[1, q, 4]`: centres and sizes, 0…1. */
export const DETR_OUTPUTS: OutputKind<DetrSpec, DetectionSettings, Detections> = {
  kind: "detr",
  outputs: ({ background }) => ({
    logits: [1, "queries", background === "none" ? "classes" : "classes + 1"],
    boxes: [1, "queries", 4],
  }),
  parse: (json, fail) => ({
    kind: "detr",
    scores: parseChoice("scores", json.scores, SCORE_KINDS, fail),
    background: parseChoice("background", json.background, BACKGROUNDS, fail),
    multiLabel: parseBoolean("multiLabel", json.multiLabel, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ logits: { data, shape: [, , columns] }, boxes }, view, settings) {
      const reading = { ...QUERY_BOXES, multiLabel: spec.multiLabel };
      const scores = probabilities(data, columns, spec);
      return readObjects(scores, rowTable(boxes.data, 4, 0, 4), reading, view, settings);
    },
  }),
};

/** The spec of {@linkcode PACKED_DETR_OUTPUTS}. */
export interface PackedDetrSpec {
  readonly kind: "detr-rows";
}

/** The output `predictions`, `[1, q, 4 + K]`: the box of each query, and the probabilities of the classes. */
export const PACKED_DETR_OUTPUTS: OutputKind<PackedDetrSpec, DetectionSettings, Detections> = {
  kind: "detr-rows",
  outputs: () => ({ predictions: [1, "queries", "classes + 4"] }),
  parse: () => ({ kind: "detr-rows" }),
  decoder: (spec) => ({
    spec,
    decode({ predictions: { data, shape: [, , length] } }, view, settings) {
      return readObjects(
        rowTable(data, length, 4, length - 4),
        rowTable(data, length, 0, 4),
        { ...QUERY_BOXES, multiLabel: false },
        view,
        settings,
      );
    },
  }),
};

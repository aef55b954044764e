/**
 * The evaluation of detections on one thread.
 *
 * @module
 */
import { accumulate, type CocoResult } from "./accumulate.ts";
import type { Annotations } from "./files/annotations.ts";
import type { CocoDetections } from "./files/detections.ts";
import { evaluationDoubts } from "./doubts/doubts.ts";
import type { CocoId } from "./ids.ts";
import { type MatchColumns, matchTable } from "./matching/match.ts";
import type { Matches } from "./matching/matches.ts";
import { type CocoParams, cocoParams, usualLimit } from "./params.ts";
import {
  type ComparisonTable,
  comparisonTable,
  evaluatedCategories,
  evaluatedImages,
} from "./matching/comparison_table.ts";

/**
 * Evaluates detections as `COCOeval` does.
 *
 * @throws {BneckError} The parameters name an image or category that the annotations do not list, or ask for masks
 *   that were not read.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnnotations } from "./files/annotations.ts";
 * import { readDetections } from "./files/detections.ts";
 * import { evaluateCoco } from "./evaluate.ts";
 * import { summarize } from "./summarize.ts";
 * const json = (value: unknown) => ({ name: "example.json", bytes: new TextEncoder().encode(JSON.stringify(value)) });
 * const truth = readAnnotations(json({
 *   images: [{ id: 7 }],
 *   annotations: [{ id: 1, image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], area: 1200, iscrowd: 0 }],
 *   categories: [{ id: 17, name: "cat" }],
 * }));
 * const found = readDetections(json([{ image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], score: 0.9 }]), truth);
 * assert.ok(summarize(evaluateCoco(truth, found)).AP > 0.999);
 * ```
 */
export function evaluateCoco(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams = cocoParams(),
): CocoResult {
  return accumulate(matchDetections(truth, detections, params));
}

/**
 * Only the matching, of all evaluated images or of those with `imageIds`; {@linkcode accumulate} continues from
 * here, once the states of all images are merged.
 *
 * @throws {BneckError} as {@linkcode evaluateCoco} does.
 */
export function matchDetections(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams = cocoParams(),
  imageIds?: readonly CocoId[],
): Matches {
  const table = comparisonTable(truth, detections, params, imageIds);
  return completeMatches(truth, params, table, matchTable(table, params));
}

/** Adds to matched columns what accumulating and merging need to know. */
export function completeMatches(
  truth: Annotations,
  params: CocoParams,
  { imageIds }: ComparisonTable,
  columns: MatchColumns,
): Matches {
  const categories = evaluatedCategories(truth, params);
  return { ...columns, params, categories, imageIds, imageCount: evaluatedImages(truth, params).length };
}

/**
 * What the user should know about an evaluation, one sentence each.
 *
 * @param result if it is known; where it is good, nobody has to look for what may be wrong with coordinates and categories
 */
export function evaluationWarnings(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
  result?: CocoResult,
): string[] {
  const { maxDetections, pycocotoolsCompat, lvis, iouType } = params;
  const limits = [], usual = usualLimit(params);
  if (lvis || iouType === "keypoints") {
    if (!maxDetections.includes(usual)) {
      limits.push(
        `the limits of detections are ${maxDetections.join(", ")}, where the usual one is ${usual}`,
      );
    }
  } else if (!maxDetections.includes(100)) {
    const largest = maxDetections[maxDetections.length - 1];
    limits.push(
      `the limits of detections are ${maxDetections.join(", ")}: ` +
        (pycocotoolsCompat
          ? "AP is -1, as in pycocotools, which reads it at 100"
          : `AP is at ${largest} detections of a class in an image, where COCO's is at 100`),
    );
  } else if (maxDetections[maxDetections.length - 1] !== 100) {
    limits.push(`the limits of detections are ${maxDetections.join(", ")}: AP is at 100, as in pycocotools`);
  }
  return [
    ...truth.warnings,
    ...detections.warnings,
    ...evaluationDoubts(truth, detections, params, result),
    ...limits,
  ];
}

/**
 * The numbers of an evaluation that people look at.
 *
 * @module
 */
import type { CocoResult } from "./accumulate.ts";
import { type CategoryRow, categoryTable, precisionRecallCurves } from "./by_category.ts";
import { meanOf, type Statistics, summarize } from "./summarize.ts";

/** The scores of a class, with the point of its precision-recall curve that has the best F1 (at IoU 0.5). */
export interface ClassScores extends CategoryRow {
  readonly best: { readonly f1: number; readonly score: number } | null;
}

/** The scores of an evaluation, of all classes and of each. */
export interface CocoScores {
  readonly result: CocoResult;
  readonly statistics: Statistics;
  /** AP at each IoU threshold, -1 where there is nothing to measure. */
  readonly apByIou: readonly { readonly iou: number; readonly ap: number }[];
  /** In the order of the category ids. */
  readonly classes: readonly ClassScores[];
  /** Objects that count: no crowds. */
  readonly objects: number;
}

/**
 * The twelve numbers, AP by IoU threshold, and both by class.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnnotations } from "./files/annotations.ts";
 * import { CocoMetric } from "./coco_metric.ts";
 * import { cocoScores } from "./scores.ts";
 * const bytes = new TextEncoder().encode(JSON.stringify({
 *   images: [{ id: 7 }],
 *   annotations: [{ id: 1, image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], area: 1200, iscrowd: 0 }],
 *   categories: [{ id: 17, name: "cat" }],
 * }));
 * const metric = new CocoMetric(readAnnotations({ name: "cats.json", bytes }));
 * metric.add({ imageId: 7, detections: [{ categoryId: 17, box: [10, 20, 30, 40], score: 0.9 }] });
 * const { statistics, classes } = cocoScores(metric.result());
 * assert.ok(statistics.AP > 0.999 && classes[0].category.name === "cat");
 * ```
 */
export function cocoScores(result: CocoResult): CocoScores {
  const { params } = result;
  const maxDetections = params.maxDetections[params.maxDetections.length - 1];
  const curves = precisionRecallCurves(result).filter(({ best }) => best.f1 > 0);
  const best = new Map(curves.map(({ category, best }) => [category.id, best]));
  const classes = categoryTable(result).map((row) => ({ ...row, best: best.get(row.category.id) ?? null }));
  return {
    result,
    statistics: summarize(result),
    apByIou: params.iouThresholds.map((iou) => ({
      iou,
      ap: meanOf(result, { measure: "precision", iouThreshold: iou, maxDetections }),
    })),
    classes,
    objects: classes.reduce((sum, { truths }) => sum + truths, 0),
  };
}

/** The value of a statistic, `null` for pycocotools' -1, which stands for nothing to measure. */
export function measured(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value;
}

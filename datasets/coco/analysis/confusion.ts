/**
 * Which categories are taken for which.
 *
 * @module
 */
import type { Annotations, CocoCategory } from "../files/annotations.ts";
import type { CocoDetections } from "../files/detections.ts";
import { ImageOverlaps } from "./image_overlaps.ts";
import { type CocoParams, cocoParams } from "../params.ts";
import { comparisonTable, evaluatedCategories } from "../matching/comparison_table.ts";

/** Counts of truths and detections by category. The last row and column stand for the background. */
export interface ConfusionMatrix {
  readonly categories: readonly CocoCategory[];
  /**
   * `[K + 1, K + 1]`: rows are the categories of truths, columns those of detections. The last column counts
   * truths that nothing found, the last row detections of nothing.
   */
  readonly counts: Int32Array<ArrayBuffer>;
}

/** The minimum score and overlap. */
export interface ConfusionOptions {
  readonly score?: number;
  readonly iou?: number;
}

/**
 * Pairs the detections of a score of at least 0.25 with the truths that they overlap by at least 0.5 (or as
 * given), the largest overlap first and whatever the categories, each at most once. Detections left over that
 * lie in a crowd, or on an ignored object, are not counted.
 *
 * @throws {BneckError} (usage) as {@linkcode analyseErrors} does
 */
export function confusionMatrix(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams = cocoParams(),
  { score = 0.25, iou = 0.5 }: ConfusionOptions = {},
): ConfusionMatrix {
  const byCategory = { ...params, useCategories: true };
  const table = comparisonTable(truth, detections, byCategory);
  const categories = evaluatedCategories(truth, byCategory);
  const overlaps = new ImageOverlaps(table, params);
  const size = categories.length + 1, background = categories.length;
  const counts = new Int32Array(size * size);
  for (let image = 0; image < table.imageIds.length; image++) {
    overlaps.select(image, iou, Infinity, score);
    const { detections: found, truths, iou: ious } = overlaps;
    const categoryOf = (d: number) => table.detections.category[found[d]];
    const crowd = (t: number) => {
      const source = table.truth.source[truths[t]];
      return table.truth.crowd[source] === 1 || table.truth.ignored?.[source] === 1;
    };

    const pairs: { d: number; t: number; iou: number }[] = [];
    found.forEach((_, d) =>
      truths.forEach((_, t) => {
        const overlap = ious[d * truths.length + t];
        if (overlap >= iou && !crowd(t)) pairs.push({ d, t, iou: overlap });
      })
    );
    pairs.sort((a, b) => b.iou - a.iou || a.d - b.d || a.t - b.t);
    const detectionPaired = new Uint8Array(found.length), truthPaired = new Uint8Array(truths.length);
    for (const { d, t } of pairs) {
      if (detectionPaired[d] || truthPaired[t]) continue;
      detectionPaired[d] = truthPaired[t] = 1;
      counts[table.truth.category[truths[t]] * size + categoryOf(d)]++;
    }
    found.forEach((_, d) => {
      const inCrowd = truths.some((_, t) => crowd(t) && ious[d * truths.length + t] >= iou);
      if (!detectionPaired[d] && !inCrowd) counts[background * size + categoryOf(d)]++;
    });
    truths.forEach((row, t) => {
      if (!truthPaired[t] && !crowd(t)) counts[table.truth.category[row] * size + background]++;
    });
  }
  return { categories, counts };
}

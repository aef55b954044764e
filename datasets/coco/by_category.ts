/**
 * The twelve numbers of each category, and precision-recall curves.
 *
 * @module
 */
import type { CocoResult } from "./accumulate.ts";
import type { CocoCategory } from "./files/annotations.ts";
import { type Statistics, summarize } from "./summarize.ts";

/** One line of the table by category. */
export interface CategoryRow {
  readonly category: CocoCategory;
  /** Objects that count: no crowds. */
  readonly truths: number;
  /** -1 where the category has no truths (of that size). */
  readonly statistics: Statistics;
}

/** The twelve numbers of each category. */
export function categoryTable(result: CocoResult): CategoryRow[] {
  const ranges = result.params.areaRanges.length;
  const all = Math.max(0, result.params.areaRanges.findIndex(({ label }) => label === "all"));
  return result.categories.map((category, k) => ({
    category,
    truths: result.positives[k * ranges + all],
    statistics: summarize(result, k),
  }));
}

/** Precision at each recall threshold. */
export interface PrecisionRecallCurve {
  readonly category: CocoCategory;
  readonly recall: readonly number[];
  /** The highest precision at this recall or a higher one; 0 where the recall is not reached. */
  readonly precision: Float64Array<ArrayBuffer>;
  /** The lowest score of the detections that reach this recall; 0 where it is not reached. */
  readonly score: Float64Array<ArrayBuffer>;
  /** The point of the curve with the best harmonic mean of precision and recall. */
  readonly best: {
    readonly f1: number;
    readonly recall: number;
    readonly precision: number;
    readonly score: number;
  };
}

/**
 * The curves of all categories that have truths, at one of the evaluated IoU thresholds, for all areas and
 * the largest limit of detections. Empty where the threshold was not evaluated.
 */
export function precisionRecallCurves(result: CocoResult, iouThreshold = 0.5): PrecisionRecallCurve[] {
  const { params, categories } = result;
  const t = params.iouThresholds.indexOf(iouThreshold);
  const a = params.areaRanges.findIndex(({ label }) => label === "all");
  const R = params.recallThresholds.length, K = categories.length;
  const A = params.areaRanges.length, M = params.maxDetections.length;
  if (t < 0 || a < 0) return [];
  return categories.flatMap((category, k) => {
    if (result.positives[k * A + a] === 0) return [];
    const at = (r: number) => (((t * R + r) * K + k) * A + a) * M + M - 1;
    const precision = Float64Array.from(params.recallThresholds, (_, r) => result.precision[at(r)]);
    const score = Float64Array.from(params.recallThresholds, (_, r) => result.scores[at(r)]);
    let best = { f1: 0, recall: 0, precision: 0, score: 0 };
    params.recallThresholds.forEach((recall, r) => {
      const f1 = 2 * precision[r] * recall / (precision[r] + recall);
      if (f1 > best.f1) best = { f1, recall, precision: precision[r], score: score[r] };
    });
    return [{ category, recall: params.recallThresholds, precision, score, best }];
  });
}

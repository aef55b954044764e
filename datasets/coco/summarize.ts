/**
 * The twelve numbers of COCO and tables of the same by category (`COCOeval.summarize`).
 *
 * @module
 */
import type { CocoResult } from "./accumulate.ts";
import { pairwiseMean } from "./pairwise.ts";

/** The names of the twelve numbers, in pycocotools' order. */
export const STATISTICS = [
  "AP",
  "AP50",
  "AP75",
  "APsmall",
  "APmedium",
  "APlarge",
  "AR1",
  "AR10",
  "AR100",
  "ARsmall",
  "ARmedium",
  "ARlarge",
] as const;

/** One of {@linkcode STATISTICS}. */
export type StatisticName = typeof STATISTICS[number];

/** The twelve numbers, -1 where there is nothing to measure. */
export type Statistics = Readonly<Record<StatisticName, number>>;

/** Which part of the tensors a number is the mean of. */
export interface Selection {
  readonly measure: "precision" | "recall";
  /** All thresholds if left out. */
  readonly iouThreshold?: number;
  /** Label of an area range; `all` if left out. */
  readonly area?: string;
  readonly maxDetections: number;
  /** Index of a category; all if left out. */
  readonly category?: number;
}

/** The mean of a part of the tensors, over the categories that have truths; -1 where there are none. */
export function meanOf(result: CocoResult, selection: Selection): number {
  const { params, categories } = result;
  const T = params.iouThresholds.length, K = categories.length;
  const A = params.areaRanges.length, M = params.maxDetections.length;
  const R = selection.measure === "precision" ? params.recallThresholds.length : 1;
  const tensor = selection.measure === "precision" ? result.precision : result.recall;
  const a = params.areaRanges.findIndex(({ label }) => label === (selection.area ?? "all"));
  const m = params.maxDetections.indexOf(selection.maxDetections);
  if (a < 0 || m < 0) return -1;
  const firstCategory = selection.category ?? 0, lastCategory = selection.category ?? K - 1;
  const values = new Float64Array(T * R * (lastCategory - firstCategory + 1));
  let length = 0;
  for (let t = 0; t < T; t++) {
    if (selection.iouThreshold !== undefined && params.iouThresholds[t] !== selection.iouThreshold) continue;
    for (let r = 0; r < R; r++) {
      for (let k = firstCategory; k <= lastCategory; k++) {
        const value = tensor[(((t * R + r) * K + k) * A + a) * M + m];
        if (value > -1) values[length++] = value;
      }
    }
  }
  return length === 0 ? -1 : pairwiseMean(values, length);
}

/** The parts of the tensors behind the twelve numbers, of all categories or of one. */
function selections({ params }: CocoResult, category?: number): Record<StatisticName, Selection> {
  const limits = params.maxDetections;
  const limit = (i: number) => limits[Math.min(i, limits.length - 1)];
  const precision = (rest: Partial<Selection>): Selection => ({
    measure: "precision",
    maxDetections: limit(2),
    category,
    ...rest,
  });
  const recall = (i: number, area = "all"): Selection => ({
    measure: "recall",
    maxDetections: limit(i),
    area,
    category,
  });
  return {
    // pycocotools looks this one up at 100 detections whatever the limits are.
    AP: precision({ maxDetections: 100 }),
    AP50: precision({ iouThreshold: 0.5 }),
    AP75: precision({ iouThreshold: 0.75 }),
    APsmall: precision({ area: "small" }),
    APmedium: precision({ area: "medium" }),
    APlarge: precision({ area: "large" }),
    AR1: recall(0),
    AR10: recall(1),
    AR100: recall(2),
    ARsmall: recall(2, "small"),
    ARmedium: recall(2, "medium"),
    ARlarge: recall(2, "large"),
  };
}

/**
 * The twelve numbers, over all categories or of the one with this index. As in pycocotools the names stand
 * for the places: `AR1`, `AR10` and `AR100` are at the three limits of detections, whatever they are, and
 * `AP` is -1 unless one of them is 100.
 */
export function summarize(result: CocoResult, category?: number): Statistics {
  const parts = selections(result, category);
  return Object.fromEntries(STATISTICS.map((name) => [name, meanOf(result, parts[name])])) as Record<
    StatisticName,
    number
  >;
}

/** pycocotools' twelve lines, word for word. */
export function summaryLines(result: CocoResult): string[] {
  const parts = selections(result), statistics = summarize(result);
  const { iouThresholds } = result.params;
  const range = `${iouThresholds[0].toFixed(2)}:${iouThresholds[iouThresholds.length - 1].toFixed(2)}`;
  return STATISTICS.map((name) => {
    const { measure, iouThreshold, area = "all", maxDetections } = parts[name];
    const title = measure === "precision" ? "Average Precision  (AP)" : "Average Recall     (AR)";
    const iou = (iouThreshold?.toFixed(2) ?? range).padEnd(9);
    const limit = String(maxDetections).padStart(3);
    const value = threeDecimals(statistics[name]);
    return ` ${title} @[ IoU=${iou} | area=${area.padStart(6)} | maxDets=${limit} ] = ${value}`;
  });
}

/** Three decimals as C and Python print them: where the number lies exactly between two, the even one. */
export function threeDecimals(value: number): string {
  const thousands = value * 1000;
  const below = Math.floor(thousands);
  // Only sixteenths can lie between two thousandths exactly.
  const tie = Number.isInteger(value * 16) && thousands - below === 0.5;
  return tie && below % 2 === 0 ? (below / 1000).toFixed(3) : value.toFixed(3);
}

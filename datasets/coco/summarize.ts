/**
 * The numbers of COCO and tables of the same by category (`COCOeval.summarize`).
 *
 * @module
 */
import type { CocoResult } from "./accumulate.ts";
import { type CocoParams, FREQUENCIES, type Frequency, usualLimit } from "./params.ts";
import { pairwiseMean } from "./pairwise.ts";

/** The names of COCO's twelve numbers, in pycocotools' order; those of other parameters: {@linkcode statisticNames}. */
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

/** The numbers by their names, -1 where there is nothing to measure. */
export type Statistics = Readonly<Record<string, number>>;

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
  /** The categories of LVIS that are so frequent; all if left out. */
  readonly frequency?: Frequency;
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
        if (selection.frequency !== undefined && categories[k].frequency !== selection.frequency) continue;
        const value = tensor[(((t * R + r) * K + k) * A + a) * M + m];
        if (value > -1) values[length++] = value;
      }
    }
  }
  return length === 0 ? -1 : pairwiseMean(values, length);
}

/** pycocotools looks at no more limits of detections. */
const PYCOCOTOOLS_LIMITS = 3;

/** The parts of the tensors behind the numbers, by name, of all categories or of one. */
function selections({ params }: Pick<CocoResult, "params">, category?: number): Record<string, Selection> {
  const { pycocotoolsCompat, areaRanges, maxDetections, lvis, iouType } = params;
  const limits = pycocotoolsCompat ? maxDetections.slice(0, PYCOCOTOOLS_LIMITS) : maxDetections;
  const largest = limits[limits.length - 1];
  const areas = areaRanges.map(({ label }) => label).filter((label) => label !== "all");
  const of = (measure: Selection["measure"], rest: Partial<Selection> = {}): Selection => ({
    measure,
    maxDetections: largest,
    category,
    ...rest,
  });
  const ofAreas = (prefix: string, measure: Selection["measure"], rest: Partial<Selection> = {}) =>
    Object.fromEntries(areas.map((area) => [`${prefix}${area}`, of(measure, { ...rest, area })]));
  if (iouType === "keypoints") {
    const usual = usualLimit(params);
    const at = pycocotoolsCompat || limits.includes(usual) ? { maxDetections: usual } : {};
    const all = (prefix: string, measure: Selection["measure"]) => ({
      [prefix]: of(measure, at),
      [`${prefix}50`]: of(measure, { ...at, iouThreshold: 0.5 }),
      [`${prefix}75`]: of(measure, { ...at, iouThreshold: 0.75 }),
      ...ofAreas(prefix, measure, at),
    });
    return { ...all("AP", "precision"), ...all("AR", "recall") };
  }
  const frequencies = lvis ? FREQUENCIES : [];
  return {
    // pycocotools looks this one up at 100 detections whatever the limits are.
    AP: of("precision", lvis ? {} : pycocotoolsCompat || limits.includes(100) ? { maxDetections: 100 } : {}),
    AP50: of("precision", { iouThreshold: 0.5 }),
    AP75: of("precision", { iouThreshold: 0.75 }),
    ...ofAreas("AP", "precision"),
    ...Object.fromEntries(
      frequencies.map((frequency) => [`AP${frequency}`, of("precision", { frequency })]),
    ),
    ...Object.fromEntries(limits.map((limit) => [`AR${limit}`, of("recall", { maxDetections: limit })])),
    ...ofAreas("AR", "recall"),
  };
}

/**
 * The names of the numbers: {@linkcode STATISTICS} for COCO's parameters; `AR` is followed by each limit of detections,
 * and with other area ranges their labels follow `AP` and `AR`. Of keypoints they are `AP` and `AR`, both with 50, 75 and
 * the area ranges, and LVIS adds `APr`, `APc` and `APf`.
 */
export function statisticNames(params: CocoParams): string[] {
  return Object.keys(selections({ params }));
}

/**
 * The numbers, over all categories or of the one with this index. All are at the largest limit of detections, but `AR1`
 * and its like, which are at the limit they name, and `AP`, which is at 100 if that is a limit. With `pycocotoolsCompat`,
 * `AP` is -1 unless a limit is 100.
 */
export function summarize(result: CocoResult, category?: number): Statistics {
  return Object.fromEntries(
    Object.entries(selections(result, category)).map(([name, part]) => [name, meanOf(result, part)]),
  );
}

/** The name of the recall at the largest limit of detections. */
export function recallName({ iouType, maxDetections }: CocoParams): string {
  return iouType === "keypoints" ? "AR" : `AR${maxDetections[maxDetections.length - 1]}`;
}

/** The mean of each number over several sets, of those in which it can be measured; -1 if it can be in none. */
export function meanStatistics(sets: readonly Statistics[]): Statistics {
  return Object.fromEntries(
    Object.keys(sets[0] ?? {}).map((name) => {
      const values = sets.map((statistics) => statistics[name]).filter((value) => value > -1);
      return [name, values.length === 0 ? -1 : values.reduce((sum, value) => sum + value) / values.length];
    }),
  );
}

/** The lines of pycocotools or, of LVIS, those of lvis-api, word for word. */
export function summaryLines(result: CocoResult): string[] {
  const parts = selections(result), statistics = summarize(result);
  const { iouThresholds, lvis } = result.params;
  const range = `${iouThresholds[0].toFixed(2)}:${iouThresholds[iouThresholds.length - 1].toFixed(2)}`;
  return Object.entries(parts).map(([name, part]) => {
    const { measure, iouThreshold, maxDetections, area = "all", frequency = "all" } = part;
    const title = measure === "precision" ? "Average Precision  (AP)" : "Average Recall     (AR)";
    const iou = (iouThreshold?.toFixed(2) ?? range).padEnd(9);
    const limit = String(maxDetections).padStart(3);
    const value = threeDecimals(statistics[name]);
    if (lvis) {
      const size = area === "all" ? area : area[0];
      return ` ${title} @[ IoU=${iou} | area=${size.padStart(6)} | maxDets=${limit} catIds=${
        frequency.padStart(3)
      }] = ${value}`;
    }
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

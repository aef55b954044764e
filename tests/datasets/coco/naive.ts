/**
 * COCO's evaluation as it is defined, one image, category, threshold, area range and limit at a time, on
 * plain objects and without any care for time. It shares no code with what it tests.
 */
import type { AreaRange } from "../../../datasets/coco/params.ts";
import type { TestAnnotation, TestDetection, TestTruth } from "./support.ts";

/** What the naive evaluation needs to know. */
export interface NaiveParams {
  readonly iouThresholds: readonly number[];
  readonly recallThresholds: readonly number[];
  readonly maxDetections: readonly number[];
  readonly areaRanges: readonly AreaRange[];
  readonly useCategories: boolean;
}

/** The tensors as flat lists. */
export interface NaiveResult {
  readonly precision: number[];
  readonly recall: number[];
  readonly scores: number[];
}

/** Evaluates box detections. */
export function evaluateNaively(
  truth: TestTruth,
  detections: readonly TestDetection[],
  params: NaiveParams,
): NaiveResult {
  const categories = params.useCategories ? truth.categories.map(({ id }) => id).sort((a, b) => a - b) : [-1];
  const curves = params.iouThresholds.map((iou) =>
    categories.map((category) =>
      params.areaRanges.map((range) =>
        params.maxDetections.map((limit) => curve(truth, detections, params, { iou, category, range, limit }))
      )
    )
  );
  const precision: number[] = [], recall: number[] = [], scores: number[] = [];
  for (const t of params.iouThresholds.keys()) {
    for (const r of params.recallThresholds.keys()) {
      for (const one of curves[t].flat(2)) {
        precision.push(one.precision[r]);
        scores.push(one.scores[r]);
      }
    }
    for (const one of curves[t].flat(2)) recall.push(one.recall);
  }
  return { precision, recall, scores };
}

interface Cell {
  readonly iou: number;
  readonly category: number;
  readonly range: AreaRange;
  readonly limit: number;
}

function curve(truth: TestTruth, all: readonly TestDetection[], params: NaiveParams, cell: Cell) {
  const seen: { score: number; verdict: Verdict }[] = [];
  let positives = 0;
  for (const image of truth.images.map(({ id }) => id).sort((a, b) => a - b)) {
    const here = (one: { image_id: number; category_id: number }) =>
      one.image_id === image && (!params.useCategories || one.category_id === cell.category);
    // Without categories, those of one category come after those of a smaller one.
    const byCategory = <T extends { category_id: number }>(list: T[]) =>
      list.toSorted((a, b) => a.category_id - b.category_id);
    const objects = byCategory(truth.annotations.filter(here));
    const found = byCategory(all.filter(here)).toSorted((a, b) => b.score - a.score).slice(0, cell.limit);
    positives += objects.filter((object) => !isIgnored(object, cell.range)).length;
    const verdicts = judge(objects, found, cell);
    found.forEach(({ score }, i) => seen.push({ score, verdict: verdicts[i] }));
  }
  if (positives === 0) {
    const none = params.recallThresholds.map(() => -1);
    return { precision: none, scores: none, recall: -1 };
  }
  seen.sort((a, b) => b.score - a.score);
  let right = 0, wrong = 0;
  const points = seen.map(({ score, verdict }) => {
    if (verdict === "right") right++;
    if (verdict === "wrong") wrong++;
    return { score, recall: right / positives, precision: right / (wrong + right + Number.EPSILON) };
  });
  const precision: number[] = [], scores: number[] = [];
  for (const wanted of params.recallThresholds) {
    const reached = points.findIndex(({ recall }) => recall >= wanted);
    precision.push(reached < 0 ? 0 : Math.max(...points.slice(reached).map((point) => point.precision)));
    scores.push(reached < 0 ? 0 : points[reached].score);
  }
  return { precision, scores, recall: points.length > 0 ? points[points.length - 1].recall : 0 };
}

type Verdict = "right" | "wrong" | "ignored";

function judge(objects: TestAnnotation[], found: TestDetection[], { iou, range }: Cell): Verdict[] {
  // Objects that count stand before those that are ignored.
  const ordered = objects.toSorted((a, b) => Number(isIgnored(a, range)) - Number(isIgnored(b, range)));
  const taken = new Set<TestAnnotation>();
  return found.map((detection) => {
    let match: TestAnnotation | undefined, best = Math.min(iou, 1 - 1e-10);
    for (const candidate of ordered) {
      if (taken.has(candidate) && !candidate.iscrowd) continue;
      if (match && !isIgnored(match, range) && isIgnored(candidate, range)) break;
      const overlap = overlapOf(detection.bbox!, candidate.bbox, candidate.iscrowd === 1);
      if (overlap < best) continue;
      best = overlap;
      match = candidate;
    }
    if (!match) {
      const area = detection.bbox![2] * detection.bbox![3];
      return area < range.min || area > range.max ? "ignored" : "wrong";
    }
    taken.add(match);
    return isIgnored(match, range) ? "ignored" : "right";
  });
}

function isIgnored({ iscrowd, area }: TestAnnotation, { min, max }: AreaRange): boolean {
  return iscrowd === 1 || area < min || area > max;
}

function overlapOf(detection: number[], object: number[], crowd: boolean): number {
  const [x, y, width, height] = detection;
  const [u, v, objectWidth, objectHeight] = object;
  const sharedWidth = Math.min(width + x, objectWidth + u) - Math.max(x, u);
  const sharedHeight = Math.min(height + y, objectHeight + v) - Math.max(y, v);
  if (sharedWidth <= 0 || sharedHeight <= 0) return 0;
  const shared = sharedWidth * sharedHeight;
  return shared / (crowd ? width * height : width * height + objectWidth * objectHeight - shared);
}

/**
 * From matches to precision and recall (`COCOeval.accumulate`).
 *
 * @module
 */
import type { CocoCategory } from "./files/annotations.ts";
import { Outcome } from "./matching/match.ts";
import type { Matches } from "./matching/matches.ts";
import type { CocoParams } from "./params.ts";
import { ScoreSorter } from "./matching/sort.ts";

/**
 * The tensors of an evaluation, with -1 where there is no truth to find. T IoU thresholds, R recall
 * thresholds, K categories, A area ranges, M limits of detections.
 */
export interface CocoResult {
  readonly params: CocoParams;
  /** The K evaluated categories. */
  readonly categories: readonly CocoCategory[];
  /** The highest precision at any recall from the threshold on, `[T, R, K, A, M]`. */
  readonly precision: Float64Array<ArrayBuffer>;
  /** The score at which that recall is reached, `[T, R, K, A, M]`. */
  readonly scores: Float64Array<ArrayBuffer>;
  /** The highest recall, `[T, K, A, M]`. */
  readonly recall: Float64Array<ArrayBuffer>;
  /** Truths that count, `[K, A]`. */
  readonly positives: Float64Array<ArrayBuffer>;
  readonly images: number;
  readonly detections: number;
}

/** numpy's `spacing(1)`, which pycocotools adds to every denominator. */
const SPACING = Number.EPSILON;

/**
 * Precision and recall of the matched detections.
 *
 * Only true positives matter one by one: between two of them precision falls and recall stands still. So for
 * each category and limit one pass counts the detections in each area range, and the rest looks at detections
 * that overlap a truth.
 */
export function accumulate(matches: Matches): CocoResult {
  const { params, categories, positives } = matches;
  const T = params.iouThresholds.length, R = params.recallThresholds.length, K = categories.length;
  const A = params.areaRanges.length, M = params.maxDetections.length;
  const precision = new Float64Array(T * R * K * A * M), scores = new Float64Array(T * R * K * A * M);
  const recall = new Float64Array(T * K * A * M).fill(-1);
  const category = new CategoryDetections(matches);
  const needed = new Int32Array(R);
  // [T, R, A, M] of one category, so that the large tensors are written in their order.
  const AM = A * M;
  const precisionHere = new Float64Array(T * R * AM), scoresHere = new Float64Array(T * R * AM);

  for (let k = 0; k < K; k++) {
    precisionHere.fill(-1);
    scoresHere.fill(-1);
    category.select(k);
    for (let m = 0; m < M; m++) {
      category.limit(params.maxDetections[m]);
      for (let a = 0; a < A; a++) {
        const truths = positives[k * A + a];
        if (truths === 0) continue;
        countsNeeded(params.recallThresholds, truths, needed);
        category.findCurves(a);
        for (let t = 0; t < T; t++) {
          recall[((t * K + k) * A + a) * M + m] = category.found[t] / truths;
          category.sample(t, needed, precisionHere, scoresHere, t * R * AM + a * M + m, AM);
        }
      }
    }
    for (let from = 0, to = k * AM; from < precisionHere.length; from += AM, to += K * AM) {
      for (let i = 0; i < AM; i++) {
        precision[to + i] = precisionHere[from + i];
        scores[to + i] = scoresHere[from + i];
      }
    }
  }
  return {
    params,
    categories,
    precision,
    scores,
    recall,
    positives,
    images: matches.imageIds.length,
    detections: matches.score.length,
  };
}

/** The detections of one category by descending score, and the true positives among them. */
class CategoryDetections {
  readonly #matches: Matches;
  readonly #ranges: number;
  readonly #thresholds: number;
  readonly #sorter = new ScoreSorter();

  // Of the category: columns by descending score.
  #length = 0;
  readonly #score: Float64Array;
  readonly #rank: Int32Array;
  readonly #inRange: Int32Array;
  readonly #outcomeRow: Int32Array;

  // Within the limit: how many detections, the first of them, and those that overlap a truth (events), with
  // the number of detections in each area range above them.
  #detections = 0;
  #first = 0;
  #events = 0;
  readonly #event: Int32Array;
  readonly #before: Int32Array;
  readonly #counted: Int32Array;

  /** In the current area range: the number of true positives at each threshold. */
  readonly found: Int32Array;
  // For each threshold, precision at each true positive or after it, and the true positive, from `1` on.
  readonly #room: number;
  readonly #precisionAt: Float64Array;
  readonly #detectionAt: Int32Array;
  readonly #matchedInRange: Int32Array;

  constructor(matches: Matches) {
    const { start, params } = matches;
    this.#matches = matches;
    this.#ranges = params.areaRanges.length;
    this.#thresholds = params.iouThresholds.length;
    let largest = 0;
    for (let k = 0; k + 1 < start.length; k++) largest = Math.max(largest, start[k + 1] - start[k]);
    this.#score = new Float64Array(largest);
    this.#rank = new Int32Array(largest);
    this.#inRange = new Int32Array(largest);
    this.#outcomeRow = new Int32Array(largest);
    this.#event = new Int32Array(largest);
    this.#before = new Int32Array(largest * this.#ranges);
    this.#counted = new Int32Array(this.#ranges);
    this.found = new Int32Array(this.#thresholds);
    this.#matchedInRange = new Int32Array(this.#thresholds);
    this.#room = largestEventCount(matches) + 2;
    this.#precisionAt = new Float64Array(this.#thresholds * this.#room);
    this.#detectionAt = new Int32Array(this.#thresholds * this.#room);
  }

  /** Turns to a category. */
  select(category: number): void {
    const { start, rank, inRange, outcomeRow } = this.#matches;
    const first = start[category], end = start[category + 1];
    const score = this.#matches.score.subarray(first, end);
    const order = this.#sorter.order(score);
    for (let i = 0; i < order.length; i++) {
      const row = first + order[i];
      this.#score[i] = score[order[i]];
      this.#rank[i] = rank[row];
      this.#inRange[i] = inRange[row];
      this.#outcomeRow[i] = outcomeRow[row];
    }
    this.#length = order.length;
  }

  /** Looks at no more than `max` detections of an image. */
  limit(max: number): void {
    const ranges = this.#ranges;
    const rank = this.#rank, inRange = this.#inRange, outcomeRow = this.#outcomeRow;
    const event = this.#event, before = this.#before, counted = this.#counted.fill(0);
    let detections = 0, events = 0;
    for (let i = 0; i < this.#length; i++) {
      if (rank[i] >= max) continue;
      if (detections++ === 0) this.#first = i;
      if (outcomeRow[i] >= 0) {
        for (let a = 0; a < ranges; a++) before[events * ranges + a] = counted[a];
        event[events++] = i;
      }
      for (let bits = inRange[i]; bits !== 0; bits &= bits - 1) counted[31 - Math.clz32(bits & -bits)]++;
    }
    this.#detections = detections;
    this.#events = events;
  }

  /** Finds the true positives in area range `a` at every threshold. */
  findCurves(a: number): void {
    const ranges = this.#ranges, thresholds = this.#thresholds, room = this.#room;
    const { outcomes } = this.#matches;
    const outcomeRow = this.#outcomeRow, event = this.#event, before = this.#before, inRange = this.#inRange;
    const precisionAt = this.#precisionAt, detectionAt = this.#detectionAt;
    const found = this.found.fill(0), matchedInRange = this.#matchedInRange.fill(0);
    for (let e = 0; e < this.#events; e++) {
      const i = event[e];
      const row = (outcomeRow[i] * ranges + a) * thresholds;
      const counts = (inRange[i] >>> a) & 1;
      const above = before[e * ranges + a];
      for (let t = 0; t < thresholds; t++) {
        const outcome = outcomes[row + t];
        if (outcome === Outcome.unmatched) continue;
        if (outcome === Outcome.truePositive) {
          const right = ++found[t];
          const wrong = above - matchedInRange[t];
          precisionAt[t * room + right] = right / (wrong + right + SPACING);
          detectionAt[t * room + right] = i;
        }
        matchedInRange[t] += counts;
      }
    }
    for (let t = 0; t < thresholds; t++) {
      const first = t * room;
      for (let i = first + found[t] - 1; i > first; i--) {
        if (precisionAt[i] < precisionAt[i + 1]) precisionAt[i] = precisionAt[i + 1];
      }
      // At recall 0 stands the very first detection, with the highest precision of all.
      precisionAt[first] = found[t] > 0 ? precisionAt[first + 1] : 0;
      detectionAt[first] = this.#first;
    }
  }

  /**
   * Writes precision and score where the curve of threshold `t` first has `needed[r]` true positives, `step`
   * apart. As in pycocotools, the first recall that is not reached ends the curve, and 0 follows.
   */
  sample(
    t: number,
    needed: Int32Array,
    precision: Float64Array,
    scores: Float64Array,
    start: number,
    step: number,
  ): void {
    const precisionAt = this.#precisionAt, detectionAt = this.#detectionAt, score = this.#score;
    const first = t * this.#room, found = this.found[t];
    let reached = this.#detections > 0;
    for (let r = 0, at = start; r < needed.length; r++, at += step) {
      reached &&= needed[r] <= found;
      precision[at] = reached ? precisionAt[first + needed[r]] : 0;
      scores[at] = reached ? score[detectionAt[first + needed[r]]] : 0;
    }
  }
}

/** The largest number of detections of a category that overlap a truth. */
function largestEventCount({ start, outcomeRow }: Matches): number {
  let largest = 0;
  for (let k = 0; k + 1 < start.length; k++) {
    let count = 0;
    for (let i = start[k]; i < start[k + 1]; i++) if (outcomeRow[i] >= 0) count++;
    largest = Math.max(largest, count);
  }
  return largest;
}

/** For each recall threshold the smallest number of true positives, of `truths`, that reaches it. */
function countsNeeded(recallThresholds: readonly number[], truths: number, needed: Int32Array): void {
  for (let r = 0; r < recallThresholds.length; r++) {
    let count = Math.max(0, Math.ceil(recallThresholds[r] * truths));
    while (count > 0 && (count - 1) / truths >= recallThresholds[r]) count--;
    while (count / truths < recallThresholds[r]) count++;
    needed[r] = count;
  }
}

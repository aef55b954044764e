/**
 * Whether one set of detections is better than another, or was only lucky with the images.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Annotations } from "../files/annotations.ts";
import type { CocoDetections } from "../files/detections.ts";
import { type MatchColumns, matchTable, Outcome } from "../matching/match.ts";
import { type CocoParams, cocoParams } from "../params.ts";
import { randomIntegers } from "../../../core/random.ts";
import { ScoreSorter } from "../matching/sort.ts";
import { type ComparisonTable, comparisonTable } from "../matching/comparison_table.ts";

/** How to compare. */
export interface BootstrapOptions {
  /** How often images are drawn; 1000 by default. */
  readonly samples?: number;
  readonly seed?: number;
  /** The share of samples inside the interval; 0.95 by default. */
  readonly confidence?: number;
  /** Called with the number of samples done. */
  readonly onSample?: (done: number) => void;
  /** Ends the comparison. */
  readonly signal?: AbortSignal;
}

/** One measure of two sets of detections. */
export interface PairedDifference {
  /** On the images as they are. */
  readonly first: number;
  readonly second: number;
  /** `second - first`. */
  readonly difference: number;
  /** The confidence interval of the difference. */
  readonly low: number;
  readonly high: number;
  /** The share of samples in which the second set was better; ties count half. */
  readonly secondBetter: number;
  /** The differences of all samples, ascending. */
  readonly samples: Float64Array<ArrayBuffer>;
}

/** AP over all thresholds, and at the first of them (0.50). */
export interface ComparedDetections {
  readonly AP: PairedDifference;
  readonly AP50: PairedDifference;
}

/**
 * Compares two sets of detections of the same images by a paired bootstrap (Efron and Tibshirani 1993): as
 * many images as there are, drawn with replacement, both sets evaluated on them, and the difference noted,
 * over and over. Detections are matched only once, since what becomes of a detection depends on no other
 * image.
 *
 * AP is that of all areas with the largest limit of detections. The thread is free for a moment now and then, so that
 * `signal` is heard; it rejects with the signal's reason.
 *
 * @throws {BneckError} The number of samples, the confidence or the parameters are invalid.
 */
export async function compareDetections(
  truth: Annotations,
  first: CocoDetections,
  second: CocoDetections,
  params: CocoParams = cocoParams(),
  { samples = 1000, seed = 1, confidence = 0.95, onSample, signal }: BootstrapOptions = {},
): Promise<ComparedDetections> {
  if (!(Number.isSafeInteger(samples) && samples > 0)) throw usageError(`cannot draw ${samples} samples`);
  if (!(confidence > 0 && confidence < 1)) {
    throw usageError(`the confidence must be between 0 and 1, not ${confidence}`);
  }
  // Only what the measure needs: one area range, one limit.
  const narrow: CocoParams = {
    ...params,
    areaRanges: params.areaRanges.filter(({ label }) => label === "all"),
    maxDetections: params.maxDetections.slice(-1),
  };
  if (narrow.areaRanges.length === 0) {
    throw usageError('cannot compare detections without an area range "all"');
  }
  const tables = [first, second].map((detections) => comparisonTable(truth, detections, narrow));
  const images = tables[0].imageIds.length;
  const truths = countedTruths(tables[0], narrow);
  const resampled = tables.map((table) => new ResampledAp(matchTable(table, narrow), truths, narrow));

  const weights = new Int32Array(images).fill(1);
  const whole = resampled.map((one) => one.measure(weights));
  const differences = { AP: new Float64Array(samples), AP50: new Float64Array(samples) };
  const draw = randomIntegers(seed);
  let freed = performance.now();
  for (let sample = 0; sample < samples; sample++) {
    weights.fill(0);
    for (let i = 0; i < images; i++) weights[draw(images)]++;
    const [a, b] = resampled.map((one) => one.measure(weights));
    differences.AP[sample] = b.AP - a.AP;
    differences.AP50[sample] = b.AP50 - a.AP50;
    onSample?.(sample + 1);
    if (performance.now() - freed < MILLISECONDS_AT_A_TIME) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    freed = performance.now();
  }
  const summary = (measure: "AP" | "AP50"): PairedDifference => {
    const sorted = differences[measure].sort();
    const quantile = (share: number) => sorted[Math.min(samples - 1, Math.floor(share * samples))];
    let better = 0;
    for (const difference of sorted) better += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
    return {
      first: whole[0][measure],
      second: whole[1][measure],
      difference: whole[1][measure] - whole[0][measure],
      low: quantile((1 - confidence) / 2),
      high: quantile((1 + confidence) / 2),
      secondBetter: better / samples,
      samples: sorted,
    };
  };
  return { AP: summary("AP"), AP50: summary("AP50") };
}

/** How long samples are drawn before others may use the thread. */
const MILLISECONDS_AT_A_TIME = 50;

/** Images of the truths that count, by category. */
interface TruthImages {
  /** Where the truths of each category begin and the last one's end. */
  readonly start: Int32Array;
  readonly image: Int32Array;
}

function countedTruths({ truth, imageIds, categoryCount }: ComparisonTable, params: CocoParams): TruthImages {
  const [{ min, max }] = params.areaRanges;
  const images: number[][] = Array.from({ length: categoryCount }, () => []);
  for (let image = 0; image < imageIds.length; image++) {
    for (let row = truth.start[image]; row < truth.start[image + 1]; row++) {
      const source = truth.source[row], area = truth.area[source];
      if (!truth.crowd[source] && !truth.ignored?.[source] && area >= min && area <= max) {
        images[truth.category[row]].push(image);
      }
    }
  }
  const start = new Int32Array(categoryCount + 1);
  images.forEach(({ length }, category) => start[category + 1] = start[category] + length);
  return { start, image: Int32Array.from(images.flat()) };
}

/** As pycocotools has it, so that AP of the whole is the same. */
const SPACING = Number.EPSILON;

/** AP of one set of detections on images that count as often as their weight says. */
class ResampledAp {
  readonly #truths: TruthImages;
  readonly #thresholds: number;
  readonly #recalls: Float64Array;
  readonly #start: Int32Array;
  readonly #outcomes: Uint8Array;
  // Columns by category and descending score.
  readonly #image: Int32Array;
  readonly #inRange: Int32Array;
  readonly #outcomeRow: Int32Array;
  // Of one category, the detections that overlap a truth, and the weight of all detections above each.
  readonly #event: Int32Array;
  readonly #before: Int32Array;
  // Of one threshold, the true positives: their weight up to here, and precision here or after.
  readonly #found: Int32Array;
  readonly #precision: Float64Array;

  constructor(matches: MatchColumns, truths: TruthImages, params: CocoParams) {
    this.#truths = truths;
    this.#thresholds = params.iouThresholds.length;
    this.#recalls = Float64Array.from(params.recallThresholds).sort();
    this.#start = matches.start;
    this.#outcomes = matches.outcomes;
    const order = new Int32Array(matches.score.length);
    const sorter = new ScoreSorter();
    for (let k = 0; k + 1 < matches.start.length; k++) {
      const first = matches.start[k];
      sorter.order(matches.score.subarray(first, matches.start[k + 1])).forEach((row, i) => {
        order[first + i] = first + row;
      });
    }
    this.#image = order.map((row) => matches.image[row]);
    this.#inRange = order.map((row) => matches.inRange[row]);
    this.#outcomeRow = order.map((row) => matches.outcomeRow[row]);
    this.#event = new Int32Array(order.length);
    this.#before = new Int32Array(order.length);
    this.#found = new Int32Array(order.length);
    this.#precision = new Float64Array(order.length);
  }

  /** Mean over the categories that have truths among the images with a weight; -1 where none has. */
  measure(weights: Int32Array): { readonly AP: number; readonly AP50: number } {
    const { start: truthStart, image: truthImage } = this.#truths;
    let sum = 0, first = 0, categories = 0;
    for (let k = 0; k + 1 < this.#start.length; k++) {
      let truths = 0;
      for (let i = truthStart[k]; i < truthStart[k + 1]; i++) truths += weights[truthImage[i]];
      if (truths === 0) continue;
      categories++;
      const events = this.#countAbove(k, weights);
      for (let t = 0; t < this.#thresholds; t++) {
        const ap = this.#averagePrecision(t, events, truths, weights);
        sum += ap;
        if (t === 0) first += ap;
      }
    }
    if (categories === 0) return { AP: -1, AP50: -1 };
    return { AP: sum / (categories * this.#thresholds), AP50: first / categories };
  }

  /** Notes the detections of a category that overlap a truth; returns their number. */
  #countAbove(category: number, weights: Int32Array): number {
    const image = this.#image, inRange = this.#inRange, outcomeRow = this.#outcomeRow;
    let events = 0, above = 0;
    for (let i = this.#start[category]; i < this.#start[category + 1]; i++) {
      const weight = weights[image[i]];
      if (outcomeRow[i] >= 0 && weight > 0) {
        this.#event[events] = i;
        this.#before[events++] = above;
      }
      above += weight * inRange[i];
    }
    return events;
  }

  #averagePrecision(t: number, events: number, truths: number, weights: Int32Array): number {
    const found = this.#found, precision = this.#precision, recalls = this.#recalls;
    let hits = 0, right = 0, matchedInRange = 0;
    for (let e = 0; e < events; e++) {
      const i = this.#event[e];
      const outcome = this.#outcomes[this.#outcomeRow[i] * this.#thresholds + t];
      if (outcome === Outcome.unmatched) continue;
      const weight = weights[this.#image[i]];
      if (outcome === Outcome.truePositive) {
        right += weight;
        found[hits] = right;
        precision[hits++] = right / (this.#before[e] - matchedInRange + right + SPACING);
      }
      matchedInRange += weight * this.#inRange[i];
    }
    for (let i = hits - 1; i > 0; i--) if (precision[i - 1] < precision[i]) precision[i - 1] = precision[i];
    let sum = 0;
    for (let r = 0, hit = 0; r < recalls.length; r++) {
      while (hit < hits && found[hit] / truths < recalls[r]) hit++;
      if (hit === hits) break;
      sum += precision[hit];
    }
    return sum / recalls.length;
  }
}

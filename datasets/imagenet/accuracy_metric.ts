/**
 * Top-1 and top-5 accuracy.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import type { Metric, TallyMetric } from "../metric.ts";

/** How one class fared; `null` without images. */
export interface ClassAccuracy {
  readonly index: number;
  readonly images: number;
  readonly top1: number | null;
  readonly top5: number | null;
}

/** Images of one class that were taken for another. */
export interface Confusion {
  readonly truth: number;
  /** The class at first place; -1 is the background class of networks with 1001 outputs. */
  readonly predicted: number;
  readonly images: number;
}

/** The accuracies of a set; `null` without images. */
export interface AccuracyResult {
  readonly images: number;
  /** The share of images whose class is at first place. */
  readonly top1: number | null;
  /** The share of images whose class is among the first five. */
  readonly top5: number | null;
  /** By class: `[classes]`. */
  readonly classes: readonly ClassAccuracy[];
  /** Mistakes at first place, the most frequent first. */
  readonly confusions: readonly Confusion[];
}

/** The classes of one image in the order of their scores, and its class. */
export interface RankedClasses {
  /** Class indices, the likeliest first: at least five, or all there are; {@linkcode BACKGROUND} may be among them. */
  readonly ranked: readonly number[];
  /** The probability of the first. */
  readonly score: number;
  /** The class of the image. */
  readonly truth: number;
}

/** The JSON form of {@linkcode AccuracyMetric}. */
export interface AccuracyState {
  readonly format: typeof FORMAT;
  readonly images: readonly number[];
  readonly top1: readonly number[];
  readonly top5: readonly number[];
  readonly confusions: readonly (readonly [truth: number, predicted: number, images: number])[];
}

const FORMAT = "bneck accuracy 1";

/** The index of the background class beside classes 0 to n - 1. */
export const BACKGROUND = -1;

/**
 * Where class 0 stands in a network's output: 0, or 1 if the output begins with a background class as
 * TensorFlow's ImageNet networks do.
 *
 * @throws {BneckError} The network has neither as many outputs as there are classes, nor one more.
 */
export function outputOffset(outputs: number, classes: number): 0 | 1 {
  if (outputs === classes) return 0;
  if (outputs === classes + 1) return 1;
  throw usageError(
    `the model has ${outputs} outputs and the data set ${classes} classes: they need as many, or one more output for ` +
      "a background class at the first place",
  );
}

/**
 * Accumulates images. Counts are whole numbers, so merging parts gives exactly the result of one run.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AccuracyMetric } from "./accuracy_metric.ts";
 *
 * const metric = new AccuracyMetric(3);
 * metric.add([0.1, 0.7, 0.2], 1);
 * metric.add([0.9, 0.05, 0.05, 0], 1); // one output more: background first
 * assert.equal(metric.result().top1, 0.5);
 * ```
 */
export class AccuracyMetric
  implements Metric<[scores: ArrayLike<number>, truth: number], AccuracyResult>, TallyMetric<RankedClasses> {
  readonly #images: number[];
  readonly #top1: number[];
  readonly #top5: number[];
  /** Images by `truth * (classes + 1) + predicted + 1`. */
  readonly #confusions = new Map<number, number>();

  constructor(readonly classes: number) {
    this.#images = new Array(classes).fill(0);
    this.#top1 = new Array(classes).fill(0);
    this.#top5 = new Array(classes).fill(0);
  }

  /** The number of images added so far. */
  get images(): number {
    return sum(this.#images);
  }

  /**
   * Adds one image.
   *
   * @param scores logits or probabilities: `[classes]`, or `[classes + 1]` with a background class first
   * @param truth the class of the image, 0 to `classes - 1`
   * @throws {BneckError} The scores are of another length or not numbers, or the class is unknown.
   */
  add(scores: ArrayLike<number>, truth: number): void {
    const offset = outputOffset(scores.length, this.classes);
    this.#checkClass(truth);
    const own = scores[truth + offset];
    let first = 0;
    // Equal scores: the lower index comes first, as argmax has it.
    let rank = 0;
    for (let k = 0; k < scores.length; k++) {
      const score = scores[k];
      if (Number.isNaN(score)) throw inputError("cannot rank the model's scores: there is NaN among them");
      if (score > scores[first]) first = k;
      if (score > own || (score === own && k < truth + offset)) rank++;
    }
    this.#addRank(truth, first - offset, rank);
  }

  /**
   * Adds one image whose classes are already ranked.
   *
   * @param ranked class indices, the likeliest first, five or more of them
   * @throws {BneckError} There are fewer than five, or an index is not that of a class.
   */
  addRanked(ranked: readonly number[], truth: number): void {
    this.#checkClass(truth);
    if (ranked.length < Math.min(5, this.classes)) {
      throw inputError(
        `cannot score an image of class ${truth}: ${ranked.length} ranked classes, top-5 needs five`,
      );
    }
    for (const index of ranked) if (index !== BACKGROUND) this.#checkClass(index);
    const rank = ranked.indexOf(truth);
    this.#addRank(truth, ranked[0], rank === -1 ? ranked.length : rank);
  }

  /** As {@linkcode AccuracyMetric.addRanked}. */
  addTally({ ranked, truth }: RankedClasses): void {
    this.addRanked(ranked, truth);
  }

  /**
   * Adds all that `other` holds.
   *
   * @throws {BneckError} It has another number of classes.
   */
  merge(other: AccuracyMetric): void {
    if (other.classes !== this.classes) {
      throw usageError(`cannot merge an evaluation of ${other.classes} classes into one of ${this.classes}`);
    }
    for (let k = 0; k < this.classes; k++) {
      this.#images[k] += other.#images[k];
      this.#top1[k] += other.#top1[k];
      this.#top5[k] += other.#top5[k];
    }
    for (const [key, images] of other.#confusions) this.#confuse(key, images);
  }

  /** The accuracies of the images added so far. */
  result(): AccuracyResult {
    const images = sum(this.#images);
    const share = (correct: number, of: number) => of === 0 ? null : correct / of;
    return {
      images,
      top1: share(sum(this.#top1), images),
      top5: share(sum(this.#top5), images),
      classes: this.#images.map((images, index) => ({
        index,
        images,
        top1: share(this.#top1[index], images),
        top5: share(this.#top5[index], images),
      })),
      confusions: this.#pairs()
        .map(([truth, predicted, images]) => ({ truth, predicted, images }))
        .sort((a, b) => b.images - a.images || a.truth - b.truth || a.predicted - b.predicted),
    };
  }

  /** The state, the same bytes whichever metrics it was merged from. */
  toJSON(): AccuracyState {
    return {
      format: FORMAT,
      images: [...this.#images],
      top1: [...this.#top1],
      top5: [...this.#top5],
      confusions: this.#pairs(),
    };
  }

  /**
   * Reads the JSON form; `where` names the file in errors.
   *
   * @throws {BneckError} It is not one.
   */
  static fromJSON(json: unknown, where: string): AccuracyMetric {
    const state = json as Partial<AccuracyState> | null;
    if (state?.format !== FORMAT || !isCounts(state.images)) {
      throw inputError(`cannot read ${where}: it is not a saved accuracy evaluation ("format": "${FORMAT}")`);
    }
    const metric = new AccuracyMetric(state.images.length);
    const { images, top1, top5, confusions } = state;
    const consistent = [top1, top5].every((counts) => isCounts(counts) && counts.length === images.length) &&
      images.every((count, k) => top1![k] <= top5![k] && top5![k] <= count) && Array.isArray(confusions);
    if (!consistent) throw inputError(`cannot read ${where}: its counts are inconsistent`);
    images.forEach((count, k) => {
      metric.#images[k] = count;
      metric.#top1[k] = top1![k];
      metric.#top5[k] = top5![k];
    });
    for (const confusion of confusions!) {
      if (!Array.isArray(confusion)) throw inputError(`cannot read ${where}: its confusions are invalid`);
      const [truth, predicted, count] = confusion;
      const known = Number.isInteger(truth) && truth >= 0 && truth < images.length &&
        Number.isInteger(predicted) &&
        predicted >= BACKGROUND && predicted < images.length && isCounts([count]);
      if (!known) throw inputError(`cannot read ${where}: its confusions are invalid`);
      metric.#confuse(truth * (images.length + 1) + predicted + 1, count);
    }
    return metric;
  }

  #addRank(truth: number, predicted: number, rank: number): void {
    this.#images[truth]++;
    if (rank < 5) this.#top5[truth]++;
    if (rank === 0) this.#top1[truth]++;
    else this.#confuse(truth * (this.classes + 1) + predicted + 1, 1);
  }

  #confuse(key: number, images: number): void {
    this.#confusions.set(key, (this.#confusions.get(key) ?? 0) + images);
  }

  /** Sorted, so that the JSON form does not depend on the order of the images. */
  #pairs(): [truth: number, predicted: number, images: number][] {
    const columns = this.classes + 1;
    return [...this.#confusions].sort(([a], [b]) => a - b)
      .map(([key, images]) => [Math.floor(key / columns), key % columns - 1, images]);
  }

  #checkClass(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.classes) {
      throw inputError(
        `there is no class ${index}: the ${this.classes} classes are 0 to ${this.classes - 1}`,
      );
    }
  }
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

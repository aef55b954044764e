/**
 * Scoring any data set of label images.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import type { LabelMap } from "../../core/images/image.ts";
import { classColor, type Color } from "../../core/images/palette.ts";
import type { Metric } from "../metric.ts";
import { BoundaryFScore, type BoundaryScores } from "./boundary_f_score.ts";
import { type BoundaryTally, boundaryTally } from "./boundary_tally.ts";
import type { ClassList } from "./class_list.ts";
import { ConfusionMatrix, countPair } from "./confusion_matrix.ts";
import { classIndex, type IdMap, type LabelIndex } from "./label_index.ts";
import type { PairNames } from "../messages.ts";
import type { PixelMetric } from "./pixel_set.ts";
import type { ScoredPixels } from "./class_scores.ts";
import { type PairScore, type SegmentationScores, segmentationScores } from "./segmentation_scores.ts";

/** What is scored, and how pixel values are read. */
export interface SegmentationOptions {
  readonly list: ClassList;
  /** New values for pixels of the ground truth, before they are looked up. */
  readonly truthMap?: IdMap;
  /** New values for pixels of the predictions, before they are looked up. */
  readonly predictionMap?: IdMap;
  /** The tolerance of the boundary F-score in pixels; without it the score is left out. */
  readonly boundaryTolerance?: number;
}

/** What one pair adds to the scores; it can be sent between threads. */
export interface SegmentationTally {
  /** Pixels, truth × prediction, the ignored place last: `[classes + 1, classes + 1]`. */
  readonly counts: Float64Array<ArrayBuffer>;
  readonly boundary: BoundaryTally | null;
}

/** The scores of a set. */
export interface SegmentationResult extends SegmentationScores {
  readonly images: number;
  /** Pixels by ground truth and prediction, the ignored place last: `[classes + 1][classes + 1]`. */
  readonly confusionMatrix: readonly (readonly number[])[];
  /** `null` without a tolerance. */
  readonly boundary: BoundaryScores | null;
}

/** The JSON form of {@linkcode SegmentationMetric}, to be merged with other shards'. */
export interface SegmentationState {
  readonly format: typeof FORMAT;
  readonly images: number;
  readonly classes: readonly { readonly id: number; readonly name: string }[];
  readonly ignore: readonly number[];
  readonly confusionMatrix: number[][];
  readonly boundary: unknown;
}

const FORMAT = "bneck segmentation 1";

/**
 * Accumulates pairs of label images: confusion matrix, IoU, accuracies and, with a tolerance, boundary
 * F-scores. Merging parts gives exactly the result of one run, in any order.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { SegmentationMetric } from "./segmentation_metric.ts";
 *
 * const list = { classes: [{ id: 0, name: "road" }, { id: 1, name: "car" }], ignore: [255] };
 * const metric = new SegmentationMetric({ list });
 * metric.add(
 *   { width: 2, height: 2, data: new Uint8Array([0, 0, 1, 1]) },
 *   { width: 2, height: 2, data: new Uint8Array([0, 0, 1, 255]) },
 * );
 * assert.equal(metric.result().meanIou, 1);
 * ```
 */
export class SegmentationMetric
  implements
    Metric<[prediction: LabelMap, truth: LabelMap, names?: PairNames], SegmentationResult>,
    PixelMetric<SegmentationTally> {
  #options: SegmentationOptions;
  #matrix: ConfusionMatrix;
  #boundary: BoundaryFScore | null;
  #images = 0;

  /**
   * @param given with a model, `predictionMap` is by index of its class
   * @throws {BneckError} The maps or the tolerance cannot be used.
   */
  constructor(readonly given: SegmentationOptions) {
    [this.#options, this.#matrix, this.#boundary] = countersOf(given);
  }

  /** What is scored: as given, of a model only the classes that it knows (see {@linkcode settle}). */
  get options(): SegmentationOptions {
    return this.#options;
  }

  /** Images added so far. */
  get images(): number {
    return this.#images;
  }

  /**
   * Restricts an empty metric to the classes that a model knows, see {@linkcode matchClasses}.
   *
   * @throws {BneckError} (usage) The metric holds images already, and of other classes.
   */
  settle(found: Pick<SegmentationOptions, "list" | "predictionMap">): void {
    if (this.#images > 0) {
      if (JSON.stringify(key(found.list)) === JSON.stringify(key(this.#options.list))) return;
      throw usageError("cannot add images of a model that knows other classes");
    }
    [this.#options, this.#matrix, this.#boundary] = countersOf({ ...this.given, ...found });
  }

  /**
   * Scores one pair (`[height, width]` each).
   *
   * @throws {BneckError} The sizes differ or a value is in no class; nothing has been added then.
   */
  add(prediction: LabelMap, truth: LabelMap, names?: PairNames): void {
    this.addTally(tallyPair(prediction, truth, this.#matrix.index, this.options.boundaryTolerance, names));
  }

  /** Adds a pair that was tallied elsewhere with the same options. */
  addTally(tally: SegmentationTally): void {
    this.#matrix.addCounts(tally.counts);
    if (tally.boundary !== null) this.#boundary?.addTally(tally.boundary);
    this.#images++;
  }

  /**
   * Adds all that `other` holds.
   *
   * @throws {BneckError} It was made with other classes or another tolerance.
   */
  merge(other: SegmentationMetric): void {
    if (JSON.stringify(key(other.#options.list)) !== JSON.stringify(key(this.#options.list))) {
      throw usageError("cannot merge evaluations with different classes or ignored ids");
    }
    if ((other.#boundary === null) !== (this.#boundary === null)) {
      throw usageError("cannot merge an evaluation with boundary scores and one without");
    }
    if (other.#boundary !== null) this.#boundary?.merge(other.#boundary);
    this.#matrix.merge(other.#matrix);
    this.#images += other.#images;
  }

  result(): SegmentationResult {
    return {
      images: this.#images,
      ...segmentationScores(this.#matrix.counts, this.#options.list.classes),
      confusionMatrix: this.#matrix.result(),
      boundary: this.#boundary?.result() ?? null,
    };
  }

  imageScore({ counts }: SegmentationTally): PairScore {
    return segmentationScores(counts, this.#options.list.classes);
  }

  scoredPixels(): ScoredPixels {
    const { list } = this.#options;
    return {
      names: list.classes.map(({ name }) => name),
      colors: colorsOf(list),
      matrix: this.#matrix.result().slice(0, -1),
    };
  }

  drawing(): ReturnType<PixelMetric<SegmentationTally>["drawing"]> {
    const { list } = this.#options;
    return { palette: [...colorsOf(list), [0, 0, 0]], ignored: [list.classes.length] };
  }

  toJSON(): SegmentationState {
    return {
      format: FORMAT,
      images: this.#images,
      ...key(this.#options.list),
      confusionMatrix: this.#matrix.toJSON(),
      boundary: this.#boundary?.toJSON() ?? null,
    };
  }

  /**
   * Reads the JSON form; the maps of `options` were applied when it was made and play no part. `where` names
   * the file in errors.
   *
   * @throws {BneckError} It is not one, or was made with other classes.
   */
  static fromJSON(options: SegmentationOptions, json: unknown, where: string): SegmentationMetric {
    const state = json as Partial<SegmentationState> | null;
    if (state?.format !== FORMAT) {
      throw inputError(
        `cannot read ${where}: it is not a saved segmentation evaluation ("format": "${FORMAT}")`,
      );
    }
    const metric = new SegmentationMetric(options);
    if (JSON.stringify([state.classes, state.ignore]) !== JSON.stringify(Object.values(key(options.list)))) {
      throw inputError(`cannot read ${where}: it was made with other classes or other ignored ids`);
    }
    if (!Number.isSafeInteger(state.images) || state.images! < 0) {
      throw inputError(`cannot read ${where}: its number of images is missing`);
    }
    if ((state.boundary === null) !== (metric.#boundary === null)) {
      throw inputError(
        `cannot read ${where}: one of it and this evaluation has boundary scores, the other has none`,
      );
    }
    const index = metric.#matrix.index;
    metric.#images = state.images!;
    metric.#matrix.merge(ConfusionMatrix.fromJSON(index, state.confusionMatrix, where));
    if (metric.#boundary !== null) {
      metric.#boundary.merge(BoundaryFScore.fromJSON(index, state.boundary, where));
    }
    return metric;
  }
}

/** Counters of nothing yet. @throws {BneckError} The maps or the tolerance cannot be used. */
function countersOf(
  options: SegmentationOptions,
): [SegmentationOptions, ConfusionMatrix, BoundaryFScore | null] {
  const { boundaryTolerance } = options;
  const index = indexOf(options);
  const boundary = boundaryTolerance === undefined ? null : new BoundaryFScore(index, boundaryTolerance);
  return [options, new ConfusionMatrix(index), boundary];
}

/** The colours of the classes where they are drawn: their own, and one for each that has none. */
function colorsOf({ classes }: ClassList): Color[] {
  return classes.map(({ color, id }) => color ?? classColor(id + 1));
}

/** The index that {@linkcode tallyPair} needs. */
export function indexOf({ list, truthMap, predictionMap }: SegmentationOptions): LabelIndex {
  return classIndex(list, { truthMap, predictionMap });
}

/**
 * Counts one pair.
 *
 * @throws {BneckError} See {@linkcode countPair}.
 */
export function tallyPair(
  prediction: LabelMap,
  truth: LabelMap,
  index: LabelIndex,
  boundaryTolerance?: number,
  names?: PairNames,
): SegmentationTally {
  const counts = countPair(prediction, truth, index, names);
  const boundary = boundaryTolerance === undefined
    ? null
    : boundaryTally(prediction, truth, index, boundaryTolerance, names);
  return { counts, boundary };
}

/** What must agree between evaluations that are merged. */
function key({ classes, ignore }: ClassList): Pick<SegmentationState, "classes" | "ignore"> {
  return {
    classes: classes.map(({ id, name }) => ({ id, name })),
    ignore: [...ignore].sort((a, b) => a - b),
  };
}

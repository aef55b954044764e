/**
 * The boundary F-score: how well the outlines of predicted regions follow the true ones.
 *
 * G. Csurka et al., "What is a good evaluation measure for semantic segmentation?" (BMVC 2013), also MATLAB's
 * `bfscore`. For each image and class: precision is the share of the predicted outline that lies within the
 * tolerance of the true outline of the same class, recall the share of the true outline within the tolerance
 * of the predicted one, F = 2PR / (P + R). An image's score is the mean of its classes', the score of a set
 * the mean of its images'.
 *
 * The definition leaves these open; here:
 * - a pixel is on the outline of its class if one of its four neighbours inside the image has another class;
 * - distances are Euclidean between pixel centres, the tolerance included (Csurka's is 0.75 % of the diagonal);
 * - pixels whose ground truth is ignored have no class in either image and make no outline beside them;
 * - a class with an outline in only one of the images scores 0, one without any is left out.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import type { LabelMap } from "../../core/images/image.ts";
import type { Metric } from "../metric.ts";
import { type BoundaryTally, boundaryTally, checkTolerance } from "./boundary_tally.ts";
import { ExactSum } from "./exact_sum.ts";
import type { LabelIndex } from "./label_index.ts";
import type { PairNames } from "../messages.ts";
import { mean, ratio } from "./segmentation_scores.ts";

/** Means over images; `null` where no image has an outline. */
export interface BoundaryScores {
  /** In pixels. */
  readonly tolerance: number;
  /** The mean of the images' scores. */
  readonly meanF: number | null;
  /** Images in which at least one class has an outline. */
  readonly images: number;
  /** By class, in the order of the class list: means over the images where it has an outline. */
  readonly classes: readonly { readonly f: number | null; readonly images: number }[];
}

interface MeanState {
  readonly images: number;
  /** The terms of an {@linkcode ExactSum}. */
  readonly sum: readonly number[];
}

/** The JSON form of {@linkcode BoundaryFScore}. */
export interface BoundaryState {
  readonly tolerance: number;
  readonly all: MeanState;
  readonly classes: readonly MeanState[];
}

/** Boundary F-scores of a set of images, mergeable in any order without a change in the last bit. */
export class BoundaryFScore
  implements Metric<[prediction: LabelMap, truth: LabelMap, names?: PairNames], BoundaryScores> {
  readonly #all = new RunningMean();
  readonly #classes: readonly RunningMean[];

  /** @throws {BneckError} `tolerance`, in pixels, is not between 0 and {@linkcode LARGEST_TOLERANCE}. */
  constructor(readonly index: LabelIndex, readonly tolerance: number) {
    checkTolerance(tolerance);
    this.#classes = Array.from({ length: index.size - 1 }, () => new RunningMean());
  }

  /** Adds one image; see {@linkcode boundaryTally}. */
  add(prediction: LabelMap, truth: LabelMap, names?: PairNames): void {
    this.addTally(boundaryTally(prediction, truth, this.index, this.tolerance, names));
  }

  /** Adds one image that was tallied elsewhere with the same index and tolerance. */
  addTally(tally: BoundaryTally): void {
    const scores = boundaryScoresOfImage(tally);
    scores.forEach((f, k) => this.#classes[k].add(f));
    this.#all.add(mean(scores));
  }

  /**
   * Adds the images of `other`.
   *
   * @throws {BneckError} The tolerances differ.
   */
  merge(other: BoundaryFScore): void {
    if (other.tolerance !== this.tolerance) {
      throw usageError(
        `cannot merge boundary scores at ${other.tolerance} pixels into those at ${this.tolerance}`,
      );
    }
    this.#all.merge(other.#all);
    other.#classes.forEach((one, k) => this.#classes[k].merge(one));
  }

  result(): BoundaryScores {
    return {
      tolerance: this.tolerance,
      meanF: this.#all.value(),
      images: this.#all.images,
      classes: this.#classes.map((one) => ({ f: one.value(), images: one.images })),
    };
  }

  toJSON(): BoundaryState {
    return {
      tolerance: this.tolerance,
      all: this.#all.toJSON(),
      classes: this.#classes.map((one) => one.toJSON()),
    };
  }

  /**
   * Reads the JSON form; `where` names the file in errors.
   *
   * @throws {BneckError} It is not one, or has another number of classes.
   */
  static fromJSON(index: LabelIndex, json: unknown, where: string): BoundaryFScore {
    const state = json as Partial<BoundaryState> | null;
    const classes = Array.isArray(state?.classes) ? state.classes : [];
    if (typeof state?.tolerance !== "number" || classes.length !== index.size - 1) {
      throw inputError(
        `cannot read ${where}: its boundary scores are not those of ${index.size - 1} classes`,
      );
    }
    const score = new BoundaryFScore(index, state.tolerance);
    score.#all.merge(RunningMean.fromJSON(state.all, where));
    classes.forEach((one, k) => score.#classes[k].merge(RunningMean.fromJSON(one, where)));
    return score;
  }
}

/** The F-score of each class of one image, `null` where it has no outline. */
export function boundaryScoresOfImage(tally: BoundaryTally): (number | null)[] {
  return Array.from(tally.truth, (truth, k) => {
    const predicted = tally.predicted[k];
    if (truth + predicted === 0) return null;
    const precision = ratio(tally.predictedNear[k], predicted) ?? 0;
    const recall = ratio(tally.truthNear[k], truth) ?? 0;
    return precision + recall === 0 ? 0 : 2 * precision * recall / (precision + recall);
  });
}

/** A mean whose last bit does not depend on the order of its values. */
class RunningMean {
  images = 0;
  readonly #sum: ExactSum;

  constructor(terms: readonly number[] = []) {
    this.#sum = new ExactSum(terms);
  }

  add(value: number | null): void {
    if (value === null) return;
    this.images++;
    this.#sum.add(value);
  }

  merge(other: RunningMean): void {
    this.images += other.images;
    this.#sum.merge(other.#sum);
  }

  value(): number | null {
    return ratio(this.#sum.value(), this.images);
  }

  toJSON(): MeanState {
    return { images: this.images, sum: this.#sum.toJSON() };
  }

  static fromJSON(json: unknown, where: string): RunningMean {
    const state = json as Partial<MeanState> | null;
    const sum = state?.sum;
    const images = state?.images;
    if (!Number.isSafeInteger(images) || images! < 0 || !ExactSum.isTerms(sum)) {
      throw inputError(`cannot read ${where}: its boundary scores are damaged`);
    }
    const mean = new RunningMean(sum);
    mean.images = images!;
    return mean;
  }
}

/**
 * All that a report says about the errors of an evaluation.
 *
 * @module
 */
import type { Annotations, CocoImage } from "../files/annotations.ts";
import type { CocoDetections } from "../files/detections.ts";
import type { CocoParams } from "../params.ts";
import { type ConfusionMatrix, confusionMatrix } from "./confusion.ts";
import { analyseErrors, type ErrorAnalysis } from "./error_types.ts";

/** The errors of an evaluation: their types, what is taken for what, and the images with the most. */
export interface DetectionAnalysis {
  readonly truth: Annotations;
  readonly detections: CocoDetections;
  /** Of all detections. */
  readonly errors: ErrorAnalysis;
  /** The minimum score of the detections that the rest considers. */
  readonly minScore: number;
  readonly confusion: ConfusionMatrix;
  /** Of the detections with that score. */
  readonly shown: ErrorAnalysis;
  /** The images with errors, most errors first. */
  readonly worst: readonly WorstImage[];
}

/**
 * Analyses the errors of the images that the parameters name.
 *
 * @param minScore the minimum score of the detections that the confusion matrix and the worst images consider
 * @throws {BneckError} (usage) The parameters do not fit the annotations.
 */
export function analyseDetections(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
  minScore: number,
): DetectionAnalysis {
  const shown = analyseErrors(truth, withMinScore(detections, minScore), params);
  return {
    truth,
    detections,
    errors: analyseErrors(truth, detections, params),
    minScore,
    confusion: confusionMatrix(truth, detections, params, { score: minScore }),
    shown,
    worst: worstImages(truth, detections, shown, truth.images.length, minScore),
  };
}

/** The same rows, those with lower scores without a category, so that they are not evaluated. */
function withMinScore(detections: CocoDetections, minScore: number): CocoDetections {
  const category = detections.category.map((index, row) => detections.score[row] >= minScore ? index : -1);
  return { ...detections, category };
}

/** One image, and what is to be drawn of it: rows of the detections and of the annotations, in file order. */
export interface WorstImage {
  readonly image: CocoImage;
  /** Detections with at least the minimum score, right and wrong. */
  readonly detections: readonly number[];
  /** All annotations, crowds included. */
  readonly annotations: readonly number[];
  /** Wrong detections among these, and annotations that no detection found, whatever its score. */
  readonly errors: number;
}

/**
 * The `count` images with the most errors, the worst first: wrong detections of a score of at least `minScore`,
 * and objects that nothing found. Images without errors are left out; of equals the lower id comes first.
 */
export function worstImages(
  truth: Annotations,
  detections: CocoDetections,
  { detectionError, unfound }: Pick<ErrorAnalysis, "detectionError" | "unfound">,
  count: number,
  minScore = 0.25,
): WorstImage[] {
  const found: number[][] = truth.images.map(() => []), objects: number[][] = truth.images.map(() => []);
  const errors = new Int32Array(truth.images.length);
  for (let row = 0; row < detections.length; row++) {
    if (detections.score[row] < minScore || detections.category[row] < 0) continue;
    found[detections.image[row]].push(row);
    if (detectionError[row] > 0) errors[detections.image[row]]++;
  }
  for (let row = 0; row < truth.length; row++) {
    if (truth.image[row] < 0) continue;
    objects[truth.image[row]].push(row);
    errors[truth.image[row]] += unfound[row];
  }
  return Array.from(errors.keys())
    .filter((image) => errors[image] > 0)
    .sort((a, b) => errors[b] - errors[a] || a - b)
    .slice(0, count)
    .map((image) => ({
      image: truth.images[image],
      detections: found[image],
      annotations: objects[image],
      errors: errors[image],
    }));
}

/**
 * All that a report says about the errors of an evaluation.
 *
 * @module
 */
import type { Annotations } from "../annotations.ts";
import type { CocoDetections } from "../detections.ts";
import type { CocoParams } from "../params.ts";
import { type ConfusionMatrix, confusionMatrix } from "./confusion.ts";
import { analyseErrors, type ErrorAnalysis } from "./error_types.ts";
import { type WorstImage, worstImages } from "./worst_images.ts";

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

/** What a report says about errors: their types, what is taken for what, and the images with the most. */
import {
  analyseErrors,
  type Annotations,
  type CocoDetections,
  type CocoImage,
  type CocoParams,
  type ConfusionMatrix,
  confusionMatrix,
  type ErrorAnalysis,
  type WorstImage,
  worstImages,
} from "../../../../datasets/coco/mod.ts";

/** The errors of an evaluation. */
export interface CocoAnalysis {
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

/** Looks into the errors of the images that are scored here. */
export function analyse(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
  here: readonly CocoImage[],
  minScore: number,
): CocoAnalysis {
  const ofHere = { ...params, imageIds: here.map(({ id }) => id) };
  const shown = analyseErrors(truth, withScore(detections, minScore), ofHere);
  return {
    truth,
    detections,
    errors: analyseErrors(truth, detections, ofHere),
    minScore,
    confusion: confusionMatrix(truth, detections, ofHere, { score: minScore }),
    shown,
    worst: worstImages(truth, detections, shown, truth.images.length, minScore),
  };
}

/** The same rows, those of lower scores without a category, so that they are not evaluated. */
function withScore(detections: CocoDetections, min: number): CocoDetections {
  const category = detections.category.map((index, row) => detections.score[row] >= min ? index : -1);
  return { ...detections, category };
}

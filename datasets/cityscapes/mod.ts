/**
 * Cityscapes: its labels and folders, and the pixel-level benchmark's scores.
 *
 * @module
 */
export {
  type CityscapesFrame,
  CityscapesMetric,
  type CityscapesMetricOptions,
  type CityscapesOptions,
  type CityscapesState,
  type CityscapesTally,
  tallyFrame,
} from "./cityscapes_metric.ts";
export {
  type CityscapesImage,
  cityscapesMapping,
  type CityscapesSet,
  cityscapesSet,
  type CityscapesSetOptions,
} from "./cityscapes_set.ts";
export {
  CITYSCAPES_CATEGORIES,
  CITYSCAPES_LABELS,
  type CityscapesLabel,
  EVALUATED_LABELS,
  IGNORED_TRAIN_ID,
  PIXEL_LABELS,
} from "./labels.ts";
export {
  type CityscapesFrameFiles,
  type CityscapesPair,
  haveInstances,
  pairPredictions,
  predictionFileName,
  readCityscapes,
} from "./layout.ts";
export { type PredictionIds, type RecognisedIds, recognisePredictionIds } from "./prediction_ids.ts";
export {
  type CityscapesResult,
  frameScore,
  type PartialResult,
  partialResult,
  type PartialScores,
  partialScores,
  type ScoresByName,
} from "./scores.ts";
export { INSTANCE_CLASSES } from "./instance_scores.ts";

/**
 * Cityscapes: its labels and folders, and the pixel-level benchmark's scores.
 *
 * @module
 */
export {
  CityscapesEvaluation,
  type CityscapesFrame,
  type CityscapesOptions,
  type CityscapesState,
  type CityscapesTally,
  type FrameNames,
  tallyFrame,
} from "./evaluate.ts";
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
  type CityscapesFilesOptions,
  type CityscapesFilesResult,
  scoreCityscapesFiles,
} from "./score_files.ts";
export {
  type CityscapesResult,
  frameScore,
  type PartialScores,
  partialScores,
  type ScoresByName,
} from "./scores.ts";

/**
 * Image classification data sets in ImageNet's forms, and top-1 and top-5 accuracy.
 *
 * @module
 */
export {
  AccuracyMetric,
  type AccuracyResult,
  type AccuracyState,
  BACKGROUND,
  type ClassAccuracy,
  type Confusion,
  outputOffset,
  type RankedClasses,
} from "./accuracy_metric.ts";
export { mapOutputs, type MappedOutputs } from "./class_mapping.ts";
export { type ImageClass, readClassTable } from "./class_table.ts";
export {
  type AddOptions,
  type ImagenetImage,
  type ImagenetSet,
  imagenetSet,
  type ImagenetSetOptions,
} from "./imagenet_set.ts";
export { type ImagePrediction, readPredictions } from "./prediction_file.ts";
export {
  type ImageSample,
  type ImageSamples,
  type ImageSamplesOptions,
  readImageSamples,
} from "./samples.ts";
export { type PredictedSamples, scorePredictions } from "./score_predictions.ts";

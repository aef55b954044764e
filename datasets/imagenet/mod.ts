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
export { type ImageClass, mapOutputs, type MappedOutputs, readClassTable } from "./class_table.ts";
export {
  type AddOptions,
  type ImagenetImage,
  type ImagenetSet,
  imagenetSet,
  type ImagenetSetOptions,
} from "./imagenet_set.ts";
export {
  type ImagePrediction,
  type PredictedSamples,
  readPredictions,
  scorePredictions,
} from "./prediction_file.ts";
export {
  type ImageSample,
  type ImageSamples,
  type ImageSamplesOptions,
  readImageSamples,
} from "./samples.ts";

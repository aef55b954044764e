/**
 * Image classification data sets in ImageNet's forms, and top-1 and top-5 accuracy.
 *
 * @module
 */
export {
  AccuracyEvaluation,
  type AccuracyResult,
  type AccuracyState,
  BACKGROUND,
  type ClassAccuracy,
  type Confusion,
  outputOffset,
} from "./accuracy.ts";
export { type ImageClass, readClassTable } from "./class_table.ts";
export {
  type ImageSample,
  type ImageSamples,
  type ImageSamplesOptions,
  readImageSamples,
} from "./samples.ts";

/**
 * COCO: annotation and result files, and the evaluation of pycocotools, number for number.
 *
 * @module
 */
export { accumulate, type CocoResult } from "./accumulate.ts";
export {
  type Annotations,
  type CocoCategory,
  type CocoImage,
  readAnnotations,
  type ReadOptions,
} from "./annotations.ts";
export {
  type BootstrapOptions,
  type ComparedDetections,
  compareDetections,
  type PairedDifference,
} from "./bootstrap.ts";
export { boxIou } from "./box_iou.ts";
export { CocoMetric, type ImageDetections } from "./coco_metric.ts";
export { type ConfusionMatrix, confusionMatrix, type ConfusionOptions } from "./confusion.ts";
export { type Detection, DetectionList, detectionsToJson } from "./detection_list.ts";
export { type Detections, readDetections } from "./detections.ts";
export {
  analyseErrors,
  ERROR_TYPES,
  type ErrorAnalysis,
  type ErrorAnalysisOptions,
  type ErrorCost,
  type ErrorType,
} from "./error_types.ts";
export { evaluateCoco, evaluationWarnings, matchDetections } from "./evaluate.ts";
export {
  evaluateCocoParallel,
  matchDetectionsParallel,
  type MatchPool,
  type ParallelOptions,
  startMatchPool,
  usefulWorkers,
} from "./evaluate_parallel.ts";
export type { JsonInput } from "./json_file.ts";
export { type Matches, mergeMatches } from "./matches.ts";
export { matchesFromJson, type MatchesJson, matchesToJson } from "./matches_json.ts";
export { type AreaRange, COCO_AREA_RANGES, type CocoParams, cocoParams, type IouType } from "./params.ts";
export { rasterizePolygon } from "./polygon.ts";
export { resultBox, resultScore } from "./result_digits.ts";
export { decodeMask, encodeMask, mergeRles, type Rle, rleArea, rleBox, rleIou } from "./rle.ts";
export { compressCounts, decompressCounts } from "./rle_string.ts";
export { maskOf, type MaskSize, RunBuffer, SegmentationKind, type Segmentations } from "./segmentations.ts";
export {
  meanOf,
  type Selection,
  type StatisticName,
  STATISTICS,
  type Statistics,
  summarize,
  summaryLines,
  threeDecimals,
} from "./summarize.ts";
export {
  type CategoryRow,
  categoryTable,
  type PrecisionRecallCurve,
  precisionRecallCurves,
} from "./tables.ts";
export { type WorstImage, worstImages } from "./worst_images.ts";

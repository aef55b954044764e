/**
 * COCO: annotation and result files, and the evaluation of pycocotools, number for number.
 *
 * @module
 */
export { accumulate, type CocoResult } from "./accumulate.ts";
export {
  type BootstrapOptions,
  type ComparedDetections,
  compareDetections,
  type PairedDifference,
} from "./analysis/bootstrap.ts";
export { type ConfusionMatrix, confusionMatrix, type ConfusionOptions } from "./analysis/confusion.ts";
export {
  analyseErrors,
  ERROR_TYPES,
  type ErrorAnalysis,
  type ErrorAnalysisOptions,
  type ErrorCost,
  type ErrorType,
} from "./analysis/error_types.ts";
export { type WorstImage, worstImages } from "./analysis/worst_images.ts";
export {
  type Annotations,
  type CocoCategory,
  type CocoImage,
  readAnnotations,
  type ReadOptions,
} from "./annotations.ts";
export { boxIou } from "./box_iou.ts";
export {
  type CategoryRow,
  categoryTable,
  type PrecisionRecallCurve,
  precisionRecallCurves,
} from "./by_category.ts";
export { CocoMetric, type ImageDetections } from "./coco_metric.ts";
export { type Detection, DetectionList, detectionsToJson } from "./detection_list.ts";
export { type CocoDetections, readDetections } from "./detections.ts";
export { evaluateCoco, evaluationWarnings, matchDetections } from "./evaluate.ts";
export {
  evaluateCocoParallel,
  matchDetectionsParallel,
  type MatchPool,
  type ParallelOptions,
  startMatchPool,
  usefulWorkers,
} from "./evaluate_parallel.ts";
export type { JsonInput } from "./json/json_file.ts";
export { rasterizePolygon } from "./masks/polygon.ts";
export { decodeMask, encodeMask, mergeRles, type Rle, rleArea, rleBox, rleIou } from "./masks/rle.ts";
export { compressCounts, decompressCounts } from "./masks/rle_string.ts";
export {
  maskOf,
  type MaskSize,
  RunBuffer,
  SegmentationKind,
  type Segmentations,
} from "./masks/segmentations.ts";
export { type Matches, mergeMatches } from "./matches.ts";
export { matchesFromJson, type MatchesJson, matchesToJson } from "./matches_json.ts";
export { type AreaRange, COCO_AREA_RANGES, type CocoParams, cocoParams, type IouType } from "./params.ts";
export { resultBox, resultScore } from "./result_digits.ts";
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

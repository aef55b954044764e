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
export {
  analyseDetections,
  type DetectionAnalysis,
  type WorstImage,
  worstImages,
} from "./analysis/analyse_detections.ts";
export {
  type Confusion,
  confusions,
  type ConfusionShares,
  confusionShares,
} from "./analysis/confusion_shares.ts";
export { CROWD_COLOR, ERROR_COLORS, foundBoxes, RIGHT_COLOR, truthBoxes } from "./analysis/error_boxes.ts";
export {
  type Annotations,
  type CocoCategory,
  type CocoImage,
  readAnnotations,
  type ReadOptions,
} from "./files/annotations.ts";
export { annotationsDigest } from "./files/annotations_digest.ts";
export { boxIou, resultBox, resultScore } from "./boxes.ts";
export {
  type CategoryRow,
  categoryTable,
  type PrecisionRecallCurve,
  precisionRecallCurves,
} from "./by_category.ts";
export { categoryLabels, type CategoryMapping, mapCategories } from "./categories.ts";
export { CocoMetric, type ImageDetections } from "./coco_metric.ts";
export { type CocoSet, cocoSet, type CocoSetImage, type CocoSetOptions } from "./coco_set.ts";
export { type Detection, DetectionList, detectionsToJson } from "./files/detection_list.ts";
export { type CocoDetections, readDetections } from "./files/detections.ts";
export { evaluateCoco, evaluationWarnings, matchDetections } from "./evaluate.ts";
export {
  evaluateCocoParallel,
  matchDetectionsParallel,
  type MatchPool,
  type ParallelOptions,
  startMatchPool,
  usefulWorkers,
} from "./evaluate_parallel.ts";
export { type CocoId, compareIds } from "./ids.ts";
export { ImageFolder } from "./image_files.ts";
export { type ImageSelection, readImageList, type SelectedImages, selectImages } from "./image_selection.ts";
export { keypointSimilarity } from "./matching/keypoint_similarity.ts";
export type { JsonInput } from "./json/json_file.ts";
export { type LabelRegion, labelRegions, type RegionOptions } from "./masks/label_regions.ts";
export { maskPolygons } from "./masks/outlines.ts";
export { rasterizePolygon } from "./masks/polygon.ts";
export {
  decodeMask,
  encodeMask,
  encodeRegion,
  mergeRles,
  type Rle,
  rleArea,
  rleBox,
  rleIou,
} from "./masks/rle.ts";
export { compressCounts, decompressCounts } from "./masks/rle_string.ts";
export {
  maskOf,
  type MaskSize,
  RunBuffer,
  SegmentationKind,
  type Segmentations,
} from "./masks/segmentations.ts";
export { type Matches, mergeMatches } from "./matching/matches.ts";
export { matchesFromJson, type MatchesJson, matchesToJson } from "./matching/matches_json.ts";
export {
  type AreaRange,
  areaRanges,
  COCO_AREA_RANGES,
  COCO_SIGMAS,
  type CocoParams,
  cocoParams,
  type Frequency,
  type IouType,
  usualLimit,
} from "./params.ts";
export { type ClassScores, type CocoScores, cocoScores, measured } from "./scores.ts";
export {
  meanOf,
  meanStatistics,
  recallName,
  type Selection,
  statisticNames,
  STATISTICS,
  type Statistics,
  summarize,
  summaryLines,
  threeDecimals,
} from "./summarize.ts";

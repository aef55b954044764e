/**
 * Semantic segmentation on any data set of label images: pairing files, reading classes, scores.
 *
 * @module
 */
export { BoundaryFScore, type BoundaryScores } from "./boundary_f_score.ts";
export { type BoundaryTally, boundaryTally } from "./boundary_tally.ts";
export { type ClassList, type LabelClass, parseClassList, readClassList } from "./class_list.ts";
export { ConfusionMatrix } from "./confusion_matrix.ts";
export {
  type ClassRow,
  classRows,
  type Mistake,
  mistakesOf,
  rowShares,
  type ScoredPixels,
} from "./class_scores.ts";
export { type FolderPair, type FolderPairOptions, type FolderPairs, pairFolders } from "./folder_pair.ts";
export { parseIdList, readIdMap } from "./id_map.ts";
export { classIndex, type IdMap, type LabelIndex, NO_CLASS } from "./label_index.ts";
export type { PairNames } from "../messages.ts";
export { readNames } from "../list_files.ts";
export { countShared, matchClasses, type MatchedClasses } from "./match_classes.ts";
export { paletteNotes } from "./palette_check.ts";
export type { PixelMetric, PixelTally } from "./pixel_set.ts";
export {
  SegmentationMetric,
  type SegmentationOptions,
  type SegmentationResult,
  type SegmentationState,
  type SegmentationTally,
  tallyPair,
} from "./segmentation_metric.ts";
export { type SegmentationSet, segmentationSet, type SegmentationSetOptions } from "./segmentation_set.ts";
export {
  type ClassScore,
  type HiddenClass,
  hiddenClasses,
  type PairScore,
  type SegmentationScores,
  segmentationScores,
} from "./segmentation_scores.ts";
export { reachableLabelIds, type StreetMapping, streetMapping } from "./street_mapping.ts";

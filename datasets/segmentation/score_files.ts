/**
 * Scoring predictions that are files.
 *
 * @module
 */
import { SegmentationEvaluation, type SegmentationOptions, type SegmentationTally } from "./evaluate.ts";
import { type PairScore, segmentationScores } from "./segmentation_scores.ts";
import { tallyFiles, type TallyFilesOptions } from "./tally_files.ts";

/** The files of one pair, as {@linkcode pairFolders} finds them. */
export interface ScoredFiles {
  /** The ground truth. */
  readonly label: string;
  readonly prediction: string;
}

/** What is scored, and what the caller is told on the way. */
export interface ScoreFilesOptions<Pair extends ScoredFiles>
  extends SegmentationOptions, TallyFilesOptions<Pair> {
  /** Called for each pair in order. */
  readonly onScored?: (pair: Pair, score: PairScore) => void;
}

/**
 * Scores pairs of label images, a worker per core.
 *
 * @throws {BneckError} A pair cannot be read or scored (the first ten are listed), unless `onFailure` is
 * given.
 */
export async function scoreFolderPairs<Pair extends ScoredFiles>(
  pairs: readonly Pair[],
  options: ScoreFilesOptions<Pair>,
): Promise<SegmentationEvaluation> {
  const { list, truthMap, predictionMap, boundaryTolerance, onScored } = options;
  const scoring: SegmentationOptions = { list, truthMap, predictionMap, boundaryTolerance };
  const evaluation = new SegmentationEvaluation(scoring);
  const work = { module: new URL("./score_worker.ts", import.meta.url), init: scoring, jobs: pairs };
  await tallyFiles<SegmentationOptions, Pair, SegmentationTally>(work, options, (pair, tally) => {
    evaluation.addTally(tally);
    onScored?.(pair, segmentationScores(tally.counts, list.classes));
  });
  return evaluation;
}

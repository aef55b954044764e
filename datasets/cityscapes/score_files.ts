/**
 * Scoring predictions for Cityscapes that are files.
 *
 * @module
 */
import { readLabelMap } from "../../core/images/label_png.ts";
import type { PairScore } from "../segmentation/segmentation_scores.ts";
import { tallyFiles, type TallyFilesOptions } from "../segmentation/tally_files.ts";
import { CityscapesEvaluation, type CityscapesOptions, type CityscapesTally } from "./evaluate.ts";
import { type CityscapesPair, haveInstances, refuseMissingInstances } from "./layout.ts";
import { type PredictionIds, type RecognisedIds, recognisePredictionIds } from "./prediction_ids.ts";
import { frameScore } from "./scores.ts";

/** How the files are read, and what the caller is told on the way. */
export interface CityscapesFilesOptions extends TallyFilesOptions<CityscapesPair> {
  /** How predictions are numbered; recognised from names and values if it is not stated. */
  readonly predictionIds?: PredictionIds;
  /** Whether iIoU is scored; by default if the ground truth has instances. */
  readonly instances?: boolean;
  /** Refuses predictions whose values speak for the other numbering; by default unless it is stated. */
  readonly checkIds?: boolean;
  /** Label ids that `onScored` gets the scores of; all that are evaluated by default. */
  readonly kept?: ReadonlySet<number>;
  /** Called for each frame in order. */
  readonly onScored?: (pair: CityscapesPair, score: PairScore) => void;
}

/** The scores of files, and how these were read. */
export interface CityscapesFilesResult {
  readonly evaluation: CityscapesEvaluation;
  /** To be said to the user. */
  readonly predictionIds: RecognisedIds;
}

/**
 * Scores frames against their predictions, a worker per core.
 *
 * @throws {BneckError} A file cannot be read or scored, or the predictions mix labelIds and trainIds (the
 * first ten files are listed), unless `onFailure` is given.
 */
export async function scoreCityscapesFiles(
  pairs: readonly CityscapesPair[],
  options: CityscapesFilesOptions = {},
): Promise<CityscapesFilesResult> {
  const predictionIds: RecognisedIds = options.predictionIds === undefined
    ? await recognisePredictionIds(
      pairs.map(({ prediction }) => prediction),
      (path) => readLabelMap(path, { maxPixels: options.maxPixels }),
    )
    : { ids: options.predictionIds, because: "it was stated" };
  const scoring: CityscapesOptions = {
    predictionIds: predictionIds.ids,
    instances: options.instances ?? haveInstances(pairs),
    checkIds: options.checkIds ?? options.predictionIds === undefined,
  };
  if (scoring.instances) refuseMissingInstances(pairs);
  const evaluation = new CityscapesEvaluation(scoring);
  const work = { module: new URL("./score_worker.ts", import.meta.url), init: scoring, jobs: pairs };
  await tallyFiles<CityscapesOptions, CityscapesPair, CityscapesTally>(work, options, (pair, tally) => {
    evaluation.addTally(tally);
    options.onScored?.(pair, frameScore(tally.counts, options.kept));
  });
  return { evaluation, predictionIds };
}

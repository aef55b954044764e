/**
 * The Cityscapes benchmark's pixel-level evaluation.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import type { LabelMap } from "../../core/images/image.ts";
import { checkSameSize, ConfusionMatrix, countPair } from "../segmentation/confusion_matrix.ts";
import { UNKNOWN_VALUE } from "../segmentation/label_index.ts";
import { type PairNames, UNNAMED_PAIR } from "../segmentation/messages.ts";
import type { Metric } from "../metric.ts";
import { InstanceScores, tallyInstances } from "./instance_scores.ts";
import { cityscapesIndex, distinctValues, type PredictionIds, refuseOtherIds } from "./prediction_ids.ts";
import { type CityscapesResult, cityscapesScores } from "./scores.ts";

/** The images of one frame, `[height, width]` each. */
export interface CityscapesFrame {
  readonly prediction: LabelMap;
  /** `*_gtFine_labelIds.png` */
  readonly truth: LabelMap;
  /** `*_gtFine_instanceIds.png`, or `null` where instances are not scored. */
  readonly instances: LabelMap | null;
}

/** The files named in errors about one frame. */
export interface FrameNames extends PairNames {
  readonly instances: string;
}

/** How a set is scored. */
export interface CityscapesOptions {
  /** How the pixels of the predictions are numbered. */
  readonly predictionIds: PredictionIds;
  /** Whether iIoU is scored; every frame needs its instances then. */
  readonly instances: boolean;
  /** Refuses predictions whose values speak for the other numbering; the official script does not. */
  readonly checkIds?: boolean;
}

/** What one frame adds to the scores; it can be sent between threads. */
export interface CityscapesTally {
  /** Pixels by label id, truth × prediction: `[34, 34]`. */
  readonly counts: Float64Array<ArrayBuffer>;
  /** See {@linkcode tallyInstances}: `[objects, 4]`. */
  readonly instances: Float64Array<ArrayBuffer>;
}

/** The JSON form of {@linkcode CityscapesEvaluation}, to be merged with other shards'. */
export interface CityscapesState {
  readonly format: typeof FORMAT;
  readonly images: number;
  readonly predictionIds: PredictionIds;
  readonly instances: boolean;
  readonly confMatrix: number[][];
  readonly instanceStats: unknown;
}

const FORMAT = "bneck cityscapes 1";

/** What errors say where images do not come from files. */
const UNNAMED: FrameNames = { ...UNNAMED_PAIR, instances: "the instances" };

/**
 * Accumulates frames. The result equals cityscapesScripts' evalPixelLevelSemanticLabeling: IoU exactly, iIoU
 * but for the rounding of sums, which here does not depend on the order of the frames; so merged parts give
 * exactly one run's result.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CityscapesEvaluation } from "./evaluate.ts";
 *
 * const evaluation = new CityscapesEvaluation({ predictionIds: "trainIds", instances: false });
 * evaluation.add({
 *   prediction: { width: 4, height: 1, data: new Uint8Array([0, 0, 13, 13]) },
 *   truth: { width: 4, height: 1, data: new Uint8Array([7, 7, 7, 26]) },
 *   instances: null,
 * });
 * const { classScores, averageScoreClasses } = evaluation.result();
 * assert.equal(classScores.road, 2 / 3);
 * assert.equal(classScores.car, 1 / 2);
 * assert.equal(averageScoreClasses, (2 / 3 + 1 / 2) / 2);
 * ```
 */
export class CityscapesEvaluation
  implements Metric<[frame: CityscapesFrame, names?: FrameNames], CityscapesResult> {
  readonly #matrix: ConfusionMatrix;
  readonly #instances = new InstanceScores();
  #images = 0;

  constructor(readonly options: CityscapesOptions) {
    this.#matrix = new ConfusionMatrix(cityscapesIndex(options.predictionIds));
  }

  /** Frames added so far. */
  get images(): number {
    return this.#images;
  }

  /**
   * Scores one frame.
   *
   * @throws {BneckError} See {@linkcode tallyFrame}; nothing has been added then.
   */
  add(frame: CityscapesFrame, names?: FrameNames): void {
    this.addTally(tallyFrame(frame, this.options, names));
  }

  /** Adds a frame that was tallied elsewhere with the same options. */
  addTally(tally: CityscapesTally): void {
    this.#matrix.addCounts(tally.counts);
    this.#instances.addTally(tally.instances);
    this.#images++;
  }

  /**
   * Adds all that `other` holds.
   *
   * @throws {BneckError} Its predictions were numbered otherwise, or only one of the two scores instances.
   */
  merge(other: CityscapesEvaluation): void {
    const [mine, its] = [this.options, other.options];
    if (mine.predictionIds !== its.predictionIds) {
      throw usageError(
        `cannot merge predictions read as ${its.predictionIds} into those read as ${mine.predictionIds}: a set has one ` +
          "numbering; say which ids the predictions hold",
      );
    }
    if (mine.instances !== its.instances) {
      throw usageError("cannot merge an evaluation with instance scores and one without");
    }
    this.#matrix.merge(other.#matrix);
    this.#instances.merge(other.#instances);
    this.#images += other.#images;
  }

  /** The scores in the layout of the official result file. */
  result(): CityscapesResult {
    return cityscapesScores(this.#matrix.result(), this.#instances);
  }

  /** The instance statistics behind iIoU, by name of class and category. */
  instanceStats(): ReturnType<InstanceScores["result"]> {
    return this.#instances.result();
  }

  toJSON(): CityscapesState {
    return {
      format: FORMAT,
      images: this.#images,
      predictionIds: this.options.predictionIds,
      instances: this.options.instances,
      confMatrix: this.#matrix.toJSON(),
      instanceStats: this.#instances.toJSON(),
    };
  }

  /**
   * Reads the JSON form; `where` names the file in errors.
   *
   * @throws {BneckError} It is not one.
   */
  static fromJSON(json: unknown, where: string): CityscapesEvaluation {
    const state = json as Partial<CityscapesState> | null;
    if (state?.format !== FORMAT) {
      throw inputError(
        `cannot read ${where}: it is not a saved Cityscapes evaluation ("format": "${FORMAT}")`,
      );
    }
    const { images, predictionIds, instances } = state;
    const known = predictionIds === "labelIds" || predictionIds === "trainIds";
    if (!known || typeof instances !== "boolean" || !Number.isSafeInteger(images) || images! < 0) {
      throw inputError(`cannot read ${where}: "images", "predictionIds" or "instances" is missing or wrong`);
    }
    const evaluation = new CityscapesEvaluation({ predictionIds, instances });
    evaluation.#matrix.merge(ConfusionMatrix.fromJSON(evaluation.#matrix.index, state.confMatrix, where));
    evaluation.#instances.merge(InstanceScores.fromJSON(state.instanceStats, where));
    evaluation.#images = images!;
    return evaluation;
  }
}

/**
 * Counts one frame.
 *
 * @throws {BneckError} The sizes differ, a value is in no label table, the prediction looks numbered
 * otherwise (`checkIds`), or an instance has no class.
 */
export function tallyFrame(
  { prediction, truth, instances }: CityscapesFrame,
  { predictionIds, instances: scoreInstances, checkIds = false }: CityscapesOptions,
  names: FrameNames = UNNAMED,
): CityscapesTally {
  const index = cityscapesIndex(predictionIds);
  const refuse = (values: ReadonlySet<number>) => {
    if (checkIds) refuseOtherIds(values, predictionIds, names.prediction);
  };
  checkSameSize(prediction, truth, names);
  let counts: Float64Array<ArrayBuffer>;
  try {
    counts = countPair(prediction, truth, index, names);
  } catch (error) {
    // The commonest reason for values outside the table.
    refuse(distinctValues(prediction));
    throw error;
  }
  refuse(valuesCounted(counts, index.prediction.placeOf, index.size));
  if (!scoreInstances) return { counts, instances: new Float64Array(0) };
  if (instances === null) throw new TypeError("instances are to be scored but are missing");
  checkSameSize(instances, truth, { prediction: names.instances, truth: names.truth });
  return {
    counts,
    instances: tallyInstances(prediction.data, index.prediction.placeOf, instances, names.instances),
  };
}

/** The pixel values of the prediction behind `counts`. */
function valuesCounted(counts: Float64Array, placeOf: Uint16Array, size: number): Set<number> {
  const columns = new Set<number>();
  for (let cell = 0; cell < counts.length; cell++) if (counts[cell] > 0) columns.add(cell % size);
  const values = new Set<number>();
  for (let value = 0; value < 256; value++) {
    if (placeOf[value] !== UNKNOWN_VALUE && columns.has(placeOf[value])) values.add(value);
  }
  return values;
}

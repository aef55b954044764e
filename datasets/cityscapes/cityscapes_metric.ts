/**
 * The Cityscapes benchmark's pixel-level evaluation.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import type { LabelMap } from "../../core/images/image.ts";
import { checkSameSize, ConfusionMatrix, countPair } from "../segmentation/confusion_matrix.ts";
import { UNKNOWN_VALUE } from "../segmentation/label_index.ts";
import { UNNAMED_PAIR } from "../messages.ts";
import type { Metric } from "../metric.ts";
import { InstanceScores, refuseCutInstances, tallyInstances } from "./instance_scores.ts";
import {
  cityscapesIndex,
  distinctValues,
  type PredictionIds,
  refuseOtherIds,
  refuseOtherTruth,
} from "./prediction_ids.ts";
import { EVALUATED_LABELS, PIXEL_LABELS } from "./labels.ts";
import {
  type CityscapesResult,
  cityscapesScores,
  frameScore,
  type PartialResult,
  partialResult,
} from "./scores.ts";
import type { ScoredPixels } from "../segmentation/class_scores.ts";
import type { PixelMetric, TruthNames } from "../segmentation/pixel_set.ts";
import type { PairScore } from "../segmentation/segmentation_scores.ts";

/** The images of one frame, `[height, width]` each. */
export interface CityscapesFrame {
  readonly prediction: LabelMap;
  /** `*_gtFine_labelIds.png`, or the same in trainIds */
  readonly truth: LabelMap;
  /** `*_gtFine_instanceIds.png`, or `null` where instances are not scored. */
  readonly instances: LabelMap | null;
}

/** How frames are counted. */
export interface CityscapesOptions {
  /** How the pixels of the predictions are numbered. */
  readonly predictionIds: PredictionIds;
  /** How the pixels of the ground truth are numbered. @default {"labelIds"} */
  readonly truthIds?: PredictionIds;
  /** Whether iIoU is scored; every frame needs its instances then. */
  readonly instances: boolean;
  /** Refuses predictions whose values speak for the other numbering; the official script does not. */
  readonly checkIds?: boolean;
}

/** How a set is scored; `evaluate` decides what is left open by the set and the predictions. */
export interface CityscapesMetricOptions extends Partial<CityscapesOptions> {
  /**
   * The classes that are scored: pixels of the others are left out, as ignored ground truth is. Left open, those that
   * the model can predict, else all 19.
   */
  readonly classes?: readonly string[];
}

/** What one frame adds to the scores; it can be sent between threads. */
export interface CityscapesTally {
  /** Pixels by label id, truth × prediction: `[34, 34]`. */
  readonly counts: Float64Array<ArrayBuffer>;
  /** See {@linkcode tallyInstances}: `[objects, 4]`. */
  readonly instances: Float64Array<ArrayBuffer>;
}

/** The JSON form of {@linkcode CityscapesMetric}, to be merged with other shards'. */
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
const UNNAMED: TruthNames = { ...UNNAMED_PAIR, instances: "the instances" };

/**
 * Accumulates frames. The result equals cityscapesScripts' evalPixelLevelSemanticLabeling: IoU exactly, iIoU
 * but for the rounding of sums, which here does not depend on the order of the frames; so merged parts give
 * exactly one run's result.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CityscapesMetric } from "./cityscapes_metric.ts";
 *
 * const metric = new CityscapesMetric({ predictionIds: "trainIds", instances: false });
 * metric.add({
 *   prediction: { width: 4, height: 1, data: new Uint8Array([0, 0, 13, 13]) },
 *   truth: { width: 4, height: 1, data: new Uint8Array([7, 7, 7, 26]) },
 *   instances: null,
 * });
 * const { classScores, averageScoreClasses } = metric.result();
 * assert.equal(classScores.road, 2 / 3);
 * assert.equal(classScores.car, 1 / 2);
 * assert.equal(averageScoreClasses, (2 / 3 + 1 / 2) / 2);
 * ```
 */
export class CityscapesMetric
  implements
    Metric<[frame: CityscapesFrame, names?: TruthNames], CityscapesResult | PartialResult>,
    PixelMetric<CityscapesTally> {
  // Counts are by label id, however the predictions are numbered.
  readonly #matrix = new ConfusionMatrix(cityscapesIndex("labelIds"));
  readonly #instances = new InstanceScores();
  #images = 0;
  #settled: CityscapesMetricOptions;

  /** @param given what {@linkcode settle} leaves as it is */
  constructor(readonly given: CityscapesMetricOptions = {}) {
    this.#settled = given;
  }

  /** How frames are counted: as given, else as settled, else in labelIds without instances. */
  get options(): CityscapesOptions {
    const { predictionIds = "labelIds", truthIds, instances = false, checkIds } = this.#settled;
    return { predictionIds, instances, checkIds, ...(truthIds === undefined ? {} : { truthIds }) };
  }

  /** The classes that are scored, in Cityscapes' order; `null` for all 19. */
  get classes(): readonly string[] | null {
    const { classes } = this.#settled;
    if (classes === undefined) return null;
    const names = EVALUATED_LABELS.map(({ name }) => name).filter((name) => classes.includes(name));
    return names.length === EVALUATED_LABELS.length ? null : names;
  }

  /** Decides what the options of an empty metric leave open; one that holds images stays as it is. */
  settle(found: CityscapesMetricOptions): void {
    if (this.#images > 0) return;
    const given = Object.entries(this.given).filter(([, value]) => value !== undefined);
    this.#settled = { ...this.#settled, ...found, ...Object.fromEntries(given) };
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
  add(frame: CityscapesFrame, names?: TruthNames): void {
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
  merge(other: CityscapesMetric): void {
    if (this.#images === 0) this.settle(other.#settled);
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

  /** The scores in the layout of the official result file; of a part of the classes, only theirs. */
  result(): CityscapesResult | PartialResult {
    const result = cityscapesScores(this.#matrix.result(), this.#instances);
    return this.classes === null ? result : partialResult(result, this.classes);
  }

  imageScore({ counts }: CityscapesTally): PairScore {
    return frameScore(counts, new Set(this.#labels().map(({ id }) => id)));
  }

  /** Of the classes that are scored; pixels whose ground truth is left out count nowhere. */
  scoredPixels(): ScoredPixels {
    const matrix = this.#matrix.result();
    const labels = this.#labels();
    return {
      names: labels.map(({ name }) => name),
      colors: labels.map(({ color }) => color),
      matrix: labels.map(({ id }) => {
        const row = labels.map((label) => matrix[id][label.id]);
        const all = matrix[id].reduce((total, pixels) => total + pixels, 0);
        return [...row, all - row.reduce((total, pixels) => total + pixels, 0)];
      }),
    };
  }

  drawing(): ReturnType<PixelMetric<CityscapesTally>["drawing"]> {
    const scored = new Set(this.#labels().map(({ id }) => id));
    return {
      palette: PIXEL_LABELS.map(({ color }) => color),
      ignored: PIXEL_LABELS.map(({ id }) => id).filter((id) => !scored.has(id)),
    };
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
   * Reads the JSON form, which does not say which `classes` are scored; `where` names the file in errors.
   *
   * @throws {BneckError} It is not one.
   */
  static fromJSON(json: unknown, where: string, classes?: readonly string[]): CityscapesMetric {
    const state = json as Partial<CityscapesState> | null;
    if (state?.format !== FORMAT) {
      throw inputError(
        `cannot read ${where}: it is not a saved Cityscapes evaluation ("format": "${FORMAT}")`,
      );
    }
    const { images, predictionIds, instances } = state;
    const known = predictionIds === "labelIds" || predictionIds === "trainIds";
    if (!known || typeof instances !== "boolean" || !Number.isSafeInteger(images) || images! < 0) {
      throw inputError(
        `cannot read ${where}: "images", "predictionIds" or "instances" is missing or invalid`,
      );
    }
    const metric = new CityscapesMetric({ predictionIds, instances, classes });
    metric.#matrix.merge(ConfusionMatrix.fromJSON(metric.#matrix.index, state.confMatrix, where));
    metric.#instances.merge(InstanceScores.fromJSON(state.instanceStats, where));
    metric.#images = images!;
    return metric;
  }

  #labels() {
    return EVALUATED_LABELS.filter(({ name }) => this.classes?.includes(name) ?? true);
  }
}

/**
 * Counts one frame.
 *
 * @throws {BneckError} The sizes differ, a value is in no label table, the prediction looks numbered
 * otherwise (`checkIds`), or an instance has no class or was cut to 8 bits.
 */
export function tallyFrame(
  { prediction, truth, instances }: CityscapesFrame,
  { predictionIds, truthIds = "labelIds", instances: scoreInstances, checkIds = false }: CityscapesOptions,
  names: TruthNames = UNNAMED,
): CityscapesTally {
  const index = cityscapesIndex(predictionIds, truthIds);
  const refuse = (values: ReadonlySet<number>) => {
    if (checkIds) refuseOtherIds(values, predictionIds, names.prediction);
  };
  checkSameSize(prediction, truth, names);
  let counts: Float64Array<ArrayBuffer>;
  try {
    counts = countPair(prediction, truth, index, names);
  } catch (error) {
    // The commonest reason for values outside the table.
    refuseOtherTruth(truth, truthIds, names.truth);
    refuse(distinctValues(prediction));
    throw error;
  }
  refuse(valuesCounted(counts, index.prediction.placeOf, index.size));
  if (!scoreInstances) return { counts, instances: new Float64Array(0) };
  if (instances === null) throw new TypeError("instances are to be scored but are missing");
  checkSameSize(instances, truth, { prediction: names.instances, truth: names.truth });
  refuseCutInstances(instances, truth, index.truth, names.instances);
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

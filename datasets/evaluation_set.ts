/**
 * What a benchmark provides to be evaluated: a set of images, and a module that tallies one of them in a worker.
 * A new benchmark implements these in its own folder; nothing else has to know its name.
 *
 * @module
 */
import type { LabelMap, PlacedMask } from "../core/images/image.ts";
import { type Shard, takeShard } from "../core/files/shard.ts";
import type { TallyMetric } from "./metric.ts";

/** One image of a set; benchmarks add the files of its ground truth. */
export interface SetImage {
  /** What errors and reports call it. */
  readonly name: string;
  /** The path of the photo, `null` if there is none: then no model can be run over it. */
  readonly image: string | null;
  /** The file of its prediction, where predictions are files. */
  readonly prediction?: string | null;
}

/** What a set may ask of a model's class. */
export interface ModelClass {
  readonly name: string;
  /** Of detectors: its id in the annotation files of its own data set. */
  readonly categoryId?: number;
  /** Of classifiers: its id in WordNet. */
  readonly wordNetId?: string;
}

/** The model that is evaluated. */
export interface EvaluatedModel {
  readonly name: string;
  /** By index of the model's output. */
  readonly classes: readonly ModelClass[];
}

/** How workers tally, as plain data. */
export interface TallyPlan<Settings = unknown> {
  /** What {@linkcode CreateTally} is called with. */
  readonly settings: Settings;
  /** Settings of the model's predictions, as `Model.predict` takes them. */
  readonly prediction?: {
    readonly detect?: { readonly score: number; readonly max: number };
    readonly classify?: { readonly top: number };
  };
}

/** The images whose predictions were found, and how they are tallied. */
export interface FoundPredictions<Image extends SetImage> {
  readonly plan: TallyPlan;
  /** The images of the set, each with its prediction. */
  readonly images: readonly Image[];
  /** What was assumed about the predictions, a sentence each. */
  readonly notes: readonly string[];
  /** Files that belong to no image. */
  readonly unused: readonly string[];
}

/** How {@linkcode EvaluationSet.findPredictions} reads. */
export interface FindOptions {
  /** Larger images are refused. */
  readonly maxPixels?: number;
}

/** The images of a benchmark, and how they are scored. */
export interface EvaluationSet<Image extends SetImage, Tally, Metric extends TallyMetric<Tally>> {
  /** The task that a model must have. */
  readonly task: "detect" | "segment" | "classify";
  /** The images that are scored, in order. */
  readonly images: readonly Image[];
  /** Images of the whole set, of which {@linkcode images} may be a part. */
  readonly total: number;
  /** What tells the images of the whole set from those of another, wherever its folder lies. */
  readonly names?: readonly string[];
  /** The module of the tally, as an absolute URL; it exports `createTally`, a {@linkcode CreateTally}. */
  readonly tallyModule: string;
  /** Where photos were looked for, for errors. */
  readonly imageFolder: string;
  /**
   * Matches the classes of a model to those of the set, and decides what the options of an empty metric leave open.
   * Calling it again gives the same.
   *
   * @throws {BneckError} They have no class in common.
   */
  matchModel(model: EvaluatedModel, metric: Metric): TallyPlan;
  /**
   * Finds predictions that are files, one an image, and decides what the options of an empty metric leave open.
   *
   * @throws {BneckError} Images have no prediction, or files cannot be read.
   */
  findPredictions?(path: string, metric: Metric, options: FindOptions): Promise<FoundPredictions<Image>>;
  /**
   * Reads predictions that are in one file, and adds them to the metric.
   *
   * @throws {BneckError} The file cannot be read, or its predictions cannot be scored.
   */
  addPredictions?(path: string, metric: Metric, options: FindOptions): Promise<void>;
  /** The name of the file in which the prediction of an image is saved, where it can be. */
  predictionName?(image: Image): string;
  /** The files of an image's ground truth, among which no prediction may be saved. */
  truthFiles?(image: Image): readonly string[];
}

/** Exported as `createTally` by the tally module of a benchmark; it runs in worker threads. */
export type CreateTally<Image extends SetImage, Prediction, Truth, Tally, Settings> = (
  settings: Settings,
  options: FindOptions,
) => ImageTally<Image, Prediction, Truth, Tally>;

/** Tallies one image after another in a worker. */
export interface ImageTally<Image extends SetImage, Prediction, Truth, Tally> {
  /** Reads the ground truth of an image. */
  readTruth(image: Image): Promise<Truth>;
  /** Reads the prediction of an image, where predictions are files. */
  readPrediction?(image: Image): Promise<Prediction>;
  /**
   * Refuses a photo that does not belong to its ground truth, before the network runs over it.
   *
   * @throws {BneckError} Their sizes differ.
   */
  checkPhoto?(size: { readonly width: number; readonly height: number }, truth: Truth, image: Image): void;
  /**
   * What the model says, in the terms of the set.
   *
   * @param output of a segmentation network its class by pixel ({@linkcode LabelMap}), of others what their head decodes
   */
  fromModel(output: ModelOutput): Prediction;
  /** What one image adds to the metric: plain data, which is sent to the main thread. */
  tally(prediction: Prediction, truth: Truth, image: Image): Tally;
  /** The prediction as a file. */
  encode?(prediction: Prediction): Uint8Array;
  /** Buffers of a tally that are moved to the main thread and not copied. */
  buffers?(tally: Tally): readonly ArrayBuffer[];
}

/** What a model says of an image: labels (segment), objects (detect) or ranked classes (classify). */
export type ModelOutput = LabelMap | ModelObjects | ModelRanking;

/** Objects found in an image. */
export interface ModelObjects {
  readonly count: number;
  /** x1, y1, x2, y2 in pixels: `[count, 4]`. */
  readonly boxes: Float32Array;
  /** `[count]`, the highest first. */
  readonly scores: Float32Array;
  /** Index of the model's class: `[count]`. */
  readonly classes: ArrayLike<number>;
  /** Where the model returns masks. */
  readonly masks?: ModelMasks;
}

/** The masks of objects, made when they are asked for. */
export interface ModelMasks {
  /** The size of the image. */
  readonly width: number;
  readonly height: number;
  /** The mask of an object; `undefined` where it has no pixels. */
  at(row: number): PlacedMask | undefined;
}

/** The likeliest classes of an image. */
export interface ModelRanking {
  readonly count: number;
  /** Index of the model's output, the likeliest first: `[count]`. */
  readonly classes: ArrayLike<number>;
  /** Probabilities: `[count]`. */
  readonly scores: ArrayLike<number>;
}

/** Imports the tally module of a benchmark and calls its {@linkcode CreateTally}. */
export async function loadTally(
  { tallyModule, settings, maxPixels }: TallyPlan & FindOptions & { readonly tallyModule: string },
): Promise<ImageTally<SetImage, unknown, unknown, unknown>> {
  const module: { readonly createTally: CreateTally<SetImage, unknown, unknown, unknown, unknown> } =
    await import(tallyModule);
  return module.createTally(settings, { maxPixels });
}

/** The part of a set that is scored; shards are taken of the limited set. */
export interface SetPart {
  /** Only the first images. */
  readonly limit?: number;
  /** Only every n-th of these. */
  readonly shard?: Shard;
}

/** The images of a part. */
export function takePart<T>(images: readonly T[], { limit, shard }: SetPart): readonly T[] {
  const limited = limit === undefined ? images : images.slice(0, limit);
  return shard === undefined ? limited : takeShard(limited, shard);
}

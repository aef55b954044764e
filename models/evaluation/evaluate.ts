/**
 * Evaluation of a model, or of predictions that exist, on the images of a set.
 *
 * @module
 */
import { type BneckError, inputError, usageError } from "../../core/errors.ts";
import { dataDigest } from "../../core/files/digests.ts";
import { importLater } from "../../core/import_later.ts";
import type { ImageNote } from "../../core/images/mod.ts";
import { type MemoryBudget, memoryBudget, WorkerPool } from "../../core/workers/mod.ts";
import type { EvaluationSet, SetImage, TallyPlan } from "../../datasets/evaluation_set.ts";
import { firstTen } from "../../datasets/messages.ts";
import type { TallyMetric } from "../../datasets/metric.ts";
import type { RunnableModel } from "../entry.ts";
import type { InputSize } from "../input_size.ts";
import type { SegmentationSettings } from "../model.ts";
import type { ModelRequest } from "../open.ts";
import type { PreparedModel } from "../prepared.ts";
import { type EvaluationDigests, RunDigests, withDigests } from "./digests.ts";
import { planSaving } from "./save_predictions.ts";
import type { EvaluationJob, EvaluationReport, WorkerSettings } from "./worker.ts";

/** What is evaluated: a model of the registry, a model that a request names, or predictions that exist. */
export type PredictionSource = RunnableModel | ModelRequest | { readonly predictions: string };

/** How an evaluation runs, and callbacks on its progress. */
export interface EvaluateOptions<Image, Tally> {
  /** Worker threads. @default {one per core} */
  readonly workers?: number;
  /** Ends the evaluation when it aborts. */
  readonly signal?: AbortSignal;
  /** Larger images are refused. @default {DEFAULT_MAX_PIXELS} */
  readonly maxPixels?: number;
  /** Whether a JPEG that ends too early is read as far as it goes. @default {false} */
  readonly truncated?: boolean;
  /** Whether photos much larger than the network's input are decoded at their full size anyway. @default {false} */
  readonly exact?: boolean;
  /** Bytes for the pixels of all photos that are worked on at a time. @default {half of what the machine has available} */
  readonly memory?: number;
  /** Overrides the model's input size. */
  readonly inputSize?: InputSize;
  /** How a model gives pixels classes. */
  readonly segment?: SegmentationSettings;
  /** The folder in which the model's predictions are saved, where the set can read them again. */
  readonly savePredictions?: string;
  /** Whether predictions in that folder may be replaced. @default {false} */
  readonly overwrite?: boolean;
  /** Seconds after which an image is given up and its worker replaced. @default {Infinity} */
  readonly timeout?: number;
  /** Whether to say by their digests which model and which files were evaluated. @default {false} */
  readonly digests?: boolean;
  /** Called when predictions that are files were found, before they are scored. */
  readonly onPredictions?: (
    found: {
      readonly images: readonly Image[];
      readonly notes: readonly string[];
      readonly unused: readonly string[];
    },
  ) => void;
  /** Called when the workers are ready, with their number. */
  readonly onReady?: (workers: number) => void;
  /** Called for each image in order, after it was added to the metric. */
  readonly onImage?: (image: Image, tally: Tally, size?: ImageSizes) => void;
  /** Called with what the user should know of an image's photo, where there is something. */
  readonly onNotes?: (image: Image, notes: readonly ImageNote[]) => void;
  /**
   * Called with the milliseconds of each stage of an image, by its name. If it is given, the workers process one image
   * at a time, so that stages do not overlap.
   */
  readonly onTimes?: (milliseconds: Readonly<Record<string, number>>) => void;
  /**
   * Called for an image that cannot be scored. If it is given, the others are scored without it; otherwise the
   * evaluation ends with an error that lists such images, so that no score is of a part unawares.
   */
  readonly onFailure?: (image: Image, error: BneckError) => void;
}

/** The size of a photo, and the size at which the network saw it. */
export interface ImageSizes {
  readonly width: number;
  readonly height: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  /** Whether the photo was decoded at a reduced size. */
  readonly reduced: boolean;
}

/** What an evaluation returns besides its metric. */
export interface EvaluationRun {
  /** The sizes at which the network saw the images, `[height, width]` each; none where no model was run. */
  readonly inputSizes: readonly (readonly [height: number, width: number])[];
  /** Photos that were decoded at a reduced size. */
  readonly reduced: number;
  /** How its workers ran, by which `drawImages` draws images of it; absent where predictions are not one file an image. */
  readonly worker?: WorkerSettings;
  /** What was evaluated, where it was asked for. */
  readonly digests?: EvaluationDigests;
}

/**
 * Evaluates a model, or predictions that exist, on the images of a set and adds each image to `metric`, in order. The
 * images are read, predicted and tallied by worker threads; memory does not grow with their number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CityscapesMetric, cityscapesSet } from "../../datasets/cityscapes/mod.ts";
 * import { evaluate } from "./evaluate.ts";
 *
 * const set = await cityscapesSet("tests/fixtures/cityscapes", { split: "val" });
 * const metric = new CityscapesMetric();
 * await evaluate({ predictions: "tests/fixtures/cityscapes/results" }, set, metric, { workers: 1 });
 * assert.ok(metric.result().averageScoreClasses! > 0);
 * ```
 *
 * @example A detector on COCO's annotations
 * ```ts
 * import assert from "node:assert/strict";
 * import { CocoMetric, cocoSet, summarize } from "../../datasets/coco/mod.ts";
 * import { findModel } from "../registry.ts";
 * import { evaluate } from "./evaluate.ts";
 *
 * const annotations = {
 *   images: [{ id: 1, file_name: "image.png" }],
 *   annotations: [{ id: 1, image_id: 1, category_id: 3, bbox: [240, 177, 19, 15], area: 285, iscrowd: 0 }],
 *   categories: [{ id: 3, name: "car" }],
 * };
 * const file = { name: "street.json", bytes: new TextEncoder().encode(JSON.stringify(annotations)) };
 *
 * const set = await cocoSet(file, "models/weights/street-lraspp/tuned/parity"); // as a rule two paths
 * const metric = new CocoMetric(set.annotations);
 * await evaluate(findModel("mb3-large-075"), set, metric, { workers: 1 });
 * const { AP50 } = summarize(metric.result());
 * assert.ok(AP50 > 0.99);
 * ```
 *
 * @throws {BneckError} The model or predictions cannot be used on this set, or images cannot be scored (the first ten
 * are listed; see {@linkcode EvaluateOptions.onFailure}).
 */
export async function evaluate<Image extends SetImage, Tally, Metric extends TallyMetric<Tally>>(
  source: PredictionSource,
  set: EvaluationSet<Image, Tally, Metric>,
  metric: Metric,
  options: EvaluateOptions<Image, Tally> = {},
): Promise<EvaluationRun> {
  if ("predictions" in source) {
    const { signal, onPredictions, savePredictions } = options;
    if (savePredictions !== undefined) throw usageError("predictions that exist are not saved again");
    if (set.addPredictions !== undefined) {
      signal?.throwIfAborted();
      await set.addPredictions(source.predictions, metric, options);
      const predictions = options.digests ? await dataDigest(source.predictions) : undefined;
      return { inputSizes: [], reduced: 0, digests: options.digests ? { predictions } : undefined };
    }
    if (set.findPredictions === undefined) throw usageError("this set takes no predictions from files");
    const { images, plan, ...found } = await set.findPredictions(source.predictions, metric, options);
    onPredictions?.({ images, ...found });
    return await tallyImages(
      images.map((image) => ({ image, saveTo: null })),
      { set, plan, metric },
      options,
    );
  }
  // Scoring files starts without the code of models.
  const entry = "build" in source
    ? source
    : await (await importLater<typeof import("../open.ts")>(import.meta.resolve("../open.ts"))).resolveModel(
      source,
    );
  const classes = entry.labels[set.task];
  if (classes === undefined) {
    throw usageError(`${entry.name} cannot ${set.task}; it can ${entry.tasks.join(" and ")}`);
  }
  const plan = set.matchModel({ name: entry.name, classes }, metric);
  refuseMissingPhotos(set.images, set.imageFolder);
  const jobs = await planSaving(set, options);
  const { prepareModel } = await importLater<typeof import("../prepared.ts")>(
    import.meta.resolve("../prepared.ts"),
  );
  const model = prepareModel(entry, { tasks: [set.task], inputSize: options.inputSize });
  return await tallyImages(jobs, { set, plan, metric, model }, options);
}

/** @throws {BneckError} Images have no photo; the first ten are named. */
function refuseMissingPhotos(images: readonly SetImage[], folder: string): void {
  const missing = images.filter(({ image }) => image === null).map(({ name }) => name);
  if (missing.length === 0) return;
  throw inputError(
    `${missing.length} of ${images.length} ground truth images have no photo in ${folder}, so nothing was scored:` +
      firstTen(missing),
  );
}

/** The memory for the photos of all workers. */
async function budgetFor(atOnce: number, bytes?: number): Promise<MemoryBudget> {
  const { memoryToUse } = await importLater<typeof import("../../core/machine.ts")>(
    import.meta.resolve("../../core/machine.ts"),
  );
  return memoryBudget(bytes ?? memoryToUse(), atOnce);
}

/** What {@linkcode tallyImages} works with. */
interface Work<Image extends SetImage, Tally, Metric extends TallyMetric<Tally>> {
  readonly set: EvaluationSet<Image, Tally, Metric>;
  readonly plan: TallyPlan;
  readonly metric: Metric;
  readonly model?: Promise<PreparedModel>;
}

/** Has workers tally all images, and adds the tallies to the metric in the order of the images. */
async function tallyImages<Image extends SetImage, Tally, Metric extends TallyMetric<Tally>>(
  jobs: readonly EvaluationJob<Image>[],
  { set, plan, metric, model }: Work<Image, Tally, Metric>,
  options: EvaluateOptions<Image, Tally>,
): Promise<EvaluationRun> {
  const {
    workers = navigator.hardwareConcurrency,
    signal,
    maxPixels,
    truncated,
    exact,
    segment,
    timeout = Infinity,
  } = options;
  const { onReady, onImage, onNotes, onTimes, onFailure } = options;
  const { task, tallyModule } = set;
  const inputSizes = new Map<string, readonly [number, number]>();
  const separateStages = onTimes !== undefined;
  const settings: WorkerSettings = {
    task,
    tallyModule,
    ...plan,
    segment,
    maxPixels,
    truncated,
    exact,
    separateStages,
  };
  const count = Math.min(workers, jobs.length);
  // Workers load their modules while the model is prepared.
  const budget = model && await budgetFor(count * (separateStages ? 1 : 2), options.memory);
  const init = model?.then((prepared): WorkerSettings => ({ ...settings, budget, model: prepared })) ??
    settings;
  if (jobs.length === 0) return { inputSizes: [], reduced: 0, worker: await init };
  /** The first ten. */
  const failures: BneckError[] = [];
  let failed = 0;
  let reduced = 0;
  const digests = options.digests ? new RunDigests() : undefined;
  await using pool = await WorkerPool.start<WorkerSettings, EvaluationJob<Image>, EvaluationReport<Tally>>({
    module: new URL("./worker.ts", import.meta.url),
    init,
    workers: count,
    jobTimeout: timeout * 1000,
  });
  onReady?.(count);
  const work = digests === undefined ? jobs : withDigests(jobs, set, model !== undefined);
  for await (const { job: { image }, result, error } of pool.run(work, { signal })) {
    if (error !== undefined) {
      if (onFailure !== undefined) onFailure(image, error);
      else if (failed++ < 10) failures.push(error);
      continue;
    }
    const { tally, sizes, notes, milliseconds, digests: found = [] } = result;
    digests?.add(image, found);
    metric.addTally(tally);
    if (sizes !== undefined) {
      const { inputHeight, inputWidth } = sizes;
      inputSizes.set(`${inputHeight}×${inputWidth}`, [inputHeight, inputWidth]);
      if (sizes.reduced) reduced++;
    }
    if (notes !== undefined) onNotes?.(image, notes);
    onTimes?.(milliseconds);
    onImage?.(image, tally, sizes);
  }
  signal?.throwIfAborted();
  if (failed > 0) {
    throw inputError(
      `${failed} of ${jobs.length} images cannot be scored, so there is no score:` +
        firstTen(failures.map(({ message }) => message), failed),
      new AggregateError(failures),
    );
  }
  return {
    inputSizes: [...inputSizes.values()],
    reduced,
    worker: await init,
    digests: await digests?.result(await model),
  };
}

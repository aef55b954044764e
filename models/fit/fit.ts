/** Fitting from data to weights: what it will take, and doing it. */
import { createHash } from "node:crypto";
import { shortDigest } from "../../core/bytes.ts";
import { usageError } from "../../core/errors.ts";
import { networkTableJson } from "../networks/network_file.ts";
import type { FitData, InspectedImage } from "./data.ts";
import { featureBytes } from "./feature_file.ts";
import { type FeatureNetwork, featureNetwork } from "./feature_network.ts";
import { computeFeatures, type FeaturePaths, featurePaths } from "./features.ts";
import { type FittedFile, fittedSource } from "./fitted_file.ts";
import { fitWeights, geometryOf } from "./network.ts";
import { type PlannedSample, planSamples } from "./plan.ts";
import { type Recipe, sizeGridOf, tuneOf } from "./recipe.ts";
import { train, type Trained } from "./train.ts";
import type { LogEntry } from "./training_state.ts";
import { batchOf, stageSteps, type StepReport } from "./training_work.ts";

/** How a fit is run; nothing here changes its result but `threads`, which may change the last digits. */
export interface FitOptions {
  /** Where features and state are kept; what an earlier run with the same data and recipe left there is used. */
  readonly cache: string;
  /**
   * The features may take so much of the disk; fewer variants are made where they would take more. @default {8 GB}
   */
  readonly maxCacheBytes?: number;
  /** Threads that compute features. @default {one per core} */
  readonly workers?: number;
  /** Threads of a training step. @default {1} */
  readonly threads?: number;
  /** A file to begin with, that was fitted to as many classes with the same network. */
  readonly init?: FittedFile;
}

/** What a fit will do. */
export interface FitPlan {
  readonly data: FitData;
  readonly recipe: Recipe;
  readonly options: FitOptions & Required<Omit<FitOptions, "init">>;
  readonly network: FeatureNetwork;
  readonly samples: readonly PlannedSample[];
  readonly paths: FeaturePaths;
  readonly statePath: string;
  /** What the state belongs to. */
  readonly key: string;
  /** Of the features on disk. */
  readonly cacheBytes: number;
  /** Optimizer steps of each stage. */
  readonly steps: readonly number[];
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
}

const MAX_CACHE_BYTES = 8e9;

/** Changes when features or training are computed differently, so that old caches are not used. */
const VERSION = 1;

/**
 * Decides what is computed and how much of the disk that takes.
 *
 * @throws {BneckError} (usage) when `init` was fitted to something else, or even one sample of each image takes more than
 *   the disk that may be used.
 */
export async function planFit(
  data: FitData,
  recipe: Recipe,
  { cache, maxCacheBytes = MAX_CACHE_BYTES, workers = navigator.hardwareConcurrency, threads = 1, init }:
    FitOptions,
): Promise<FitPlan> {
  if (init) checkInit(init, recipe, data);
  const classes = data.classes.length;
  const network = featureNetwork(geometryOf(recipe, classes), recipe.stages, recipe.augmentation.crop);
  const [height, width] = recipe.augmentation.crop;
  const perSample = featureBytes(network.shapes, recipe.task === "classify" ? 1 : height * width);
  const forValidation = data.val.reduce((sum, image) => sum + perSample * relativeSize(image, recipe), 0);
  const room = (maxCacheBytes - forValidation) / perSample;
  const notes: string[] = [];
  if (room < data.train.length) {
    throw usageError(
      `the features of ${data.train.length} images take ${
        megabytes(perSample * data.train.length + forValidation)
      } of ` +
        `disk, and ${megabytes(maxCacheBytes)} may be used`,
      undefined,
      { option: "maxCacheBytes", advice: "raise it" },
    );
  }
  let variants = recipe.variants;
  let samples = planSamples(data.train, classes, variants);
  while (samples.length > room) {
    samples = planSamples(data.train, classes, variants *= Math.min(0.98, room / samples.length));
  }
  if (variants < recipe.variants) {
    notes.push(
      `${variants.toFixed(1)} samples of each image are made, not ${recipe.variants}: more would take over ` +
        megabytes(maxCacheBytes),
    );
  }
  const files = await fileFacts(data);
  const { seed, outputStride, augmentation, task } = recipe;
  const classOfValue = [...data.classOfValue];
  const featureKey = await keyOf([
    VERSION,
    {
      task,
      seed,
      outputStride,
      augmentation,
      variants,
      classOfValue,
      tune: tuneOf(recipe),
    },
    Object.entries(network.shapes),
    files,
  ]);
  const key = await keyOf([
    VERSION,
    recipe,
    variants,
    data.classes.map(({ name }) => name),
    files,
    init?.digest ?? "",
  ]);
  return {
    data,
    recipe,
    options: { cache, maxCacheBytes, workers, threads, init },
    network,
    samples,
    paths: featurePaths(`${cache}/features-${featureKey}`),
    statePath: `${cache}/state-${key}.safetensors`,
    key,
    cacheBytes: samples.length * perSample + forValidation,
    steps: recipe.stages.map((stage) => stageSteps(stage, samples.length, batchOf(stage, samples.length))),
    notes,
  };
}

function checkInit({ path, card: { geometry } }: FittedFile, recipe: Recipe, data: FitData): void {
  const wanted = geometryOf(recipe, data.classes.length);
  const same = (["task", "classes", "filters"] as const).every((key) => geometry[key] === wanted[key]);
  const tableOf = ({ network }: Pick<Recipe, "network">) =>
    network && JSON.stringify(networkTableJson(network));
  if (tableOf(geometry) !== tableOf(wanted)) {
    throw usageError(`${path} has another network: training can only continue with the same`);
  }
  if (!same) {
    throw usageError(
      `${path} was fitted to ${geometry.task} ${geometry.classes} classes, and this run is to ${wanted.task} ` +
        `${wanted.classes}: training can only continue with the same`,
    );
  }
}

/** Pixels of an image as it is evaluated, as a multiple of a sample's. */
function relativeSize(
  { width, height }: InspectedImage,
  { augmentation: { crop, shorter } }: Recipe,
): number {
  const scale = shorter / Math.min(width, height);
  return width * height * scale * scale / (crop[0] * crop[1]);
}

function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Name, size and time of every file: what tells whether features are still right. */
async function fileFacts({ train, val }: FitData): Promise<unknown[]> {
  const facts: unknown[] = [];
  for (const { image, truth, drawn } of [...train, ...val]) {
    // Drawn masks are many in one file, and told by what they are.
    if (drawn) facts.push(truth, createHash("sha256").update(JSON.stringify(drawn)).digest("hex"));
    for (const path of typeof truth === "string" && !drawn ? [image, truth] : [image]) {
      const { size, mtime } = await Deno.stat(path);
      facts.push([path, size, mtime?.getTime()]);
    }
    if (typeof truth === "number") facts.push(truth);
  }
  facts.push(train.length);
  return facts;
}

/** What is told while a fit runs. */
export interface FitListener {
  readonly onSample?: (done: number, total: number) => void;
  readonly onStep?: (step: StepReport) => void;
  readonly onValidation?: (entry: LogEntry) => void;
  readonly signal?: AbortSignal;
}

/**
 * Computes features and trains. A run that was interrupted continues where it was.
 *
 * @example
 * ```ts ignore
 * import { segmentation } from "../../datasets/mod.ts";
 * import { fit } from "../mod.ts";
 *
 * const list = await segmentation.readClassList("classes.json");
 * const images = await fit.pairMasks("photos", "masks", list);
 * const data = await fit.inspectMasks(images, { share: 0.2 }, list);
 * const recipe = fit.defaultRecipe("segment", data.train.length);
 * const plan = await fit.planFit(data, recipe, { cache: "leaves.fit" });
 * const trained = await fit.runFit(plan);
 * const card = fit.fitCard(plan, trained, { sources: ["photos"] });
 * const { classes } = data, { weights } = trained;
 * await Deno.writeFile("leaves.safetensors", fit.encodeFitted({ name: "leaves", classes, card, weights }));
 * ```
 *
 * @throws {BneckError} when an image cannot be read any more, the disk is full, or the loss is not a number.
 */
export async function runFit(plan: FitPlan, listener: FitListener = {}): Promise<Trained> {
  const { data, recipe, options, network, samples, paths } = plan;
  await computeFeatures({
    paths,
    network,
    data,
    samples,
    recipe,
    sizeGrid: sizeGridOf(recipe),
    workers: options.workers,
    ...listener,
  });
  return await train({
    network,
    data,
    samples: samples.length,
    sampleName: (sample) => data.train[samples[sample].image].name,
    paths,
    recipe,
    frozen: await fitWeights(() => undefined, recipe.network),
    init: options.init && fittedSource(options.init),
    statePath: plan.statePath,
    key: plan.key,
    threads: options.threads,
    ...listener,
  });
}

/** A short name for some plain data. */
function keyOf(data: unknown): Promise<string> {
  return shortDigest(new TextEncoder().encode(JSON.stringify(data)));
}

/** Computing features once for every sample, into a folder that a later run continues with. */
import { exists } from "../../core/files/mod.ts";
import { toOnnx } from "../../core/graph/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { WorkerPool } from "../../core/workers/mod.ts";
import type { SizeGrid } from "../input_size.ts";
import type { FitData } from "./data.ts";
import type { FeatureJob, FeatureReport, FeatureSettings } from "./feature_worker.ts";
import type { FeatureNetwork } from "./feature_network.ts";
import { bindFit } from "./network.ts";
import type { PlannedSample } from "./plan.ts";
import type { Recipe } from "./recipe.ts";

/** Where the features of a training lie. */
export interface FeaturePaths {
  readonly folder: string;
  /** Of a sample, by its place in the plan. */
  sample(index: number): string;
  /** Of an image for validation. */
  validation(index: number): string;
}

/** The files below a folder. */
export function featurePaths(folder: string): FeaturePaths {
  // Folders of a thousand files: some file systems are slow with more.
  const path = (kind: string, index: number) =>
    `${folder}/${kind}-${Math.floor(index / 1000)}/${String(index % 1000).padStart(3, "0")}.safetensors`;
  return { folder, sample: (index) => path("train", index), validation: (index) => path("val", index) };
}

/** What features are computed from. */
export interface FeatureWork {
  readonly paths: FeaturePaths;
  readonly network: FeatureNetwork;
  readonly data: FitData;
  readonly samples: readonly PlannedSample[];
  readonly recipe: Recipe;
  readonly sizeGrid: SizeGrid;
  readonly workers: number;
  readonly onSample?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** The first part of a network in memory that threads share. */
async function encodeFeatureNetwork(
  { before }: FeatureNetwork,
  { network }: Recipe,
): Promise<Uint8Array<SharedArrayBuffer>> {
  const bytes = encodeOnnx(
    toOnnx(before, await bindFit(before, () => undefined, "the embedded backbone", network)).model,
  );
  const onnx = new Uint8Array(new SharedArrayBuffer(bytes.length));
  onnx.set(bytes);
  return onnx;
}

/**
 * Computes what is not there yet.
 *
 * @throws {BneckError} when an image has become unreadable, or the disk is full; what was computed stays.
 */
export async function computeFeatures(work: FeatureWork): Promise<void> {
  const { paths, data, samples, recipe, sizeGrid, signal } = work;
  const jobs: FeatureJob[] = [
    ...data.val.map(({ image, truth }, i) => ({ image, truth, variant: null, path: paths.validation(i) })),
    ...samples.map(({ image, variant }, i) => {
      const { image: path, truth, drawn } = data.train[image];
      return { image: path, truth, drawn, variant, path: paths.sample(i) };
    }),
  ];
  const missing: FeatureJob[] = [];
  for (const job of jobs) if (!exists(job.path)) missing.push(job);
  let done = jobs.length - missing.length;
  work.onSample?.(done, jobs.length);
  if (missing.length === 0) return;

  await using pool = await WorkerPool.start<FeatureSettings, FeatureJob, FeatureReport>({
    module: new URL("./feature_worker.ts", import.meta.url),
    workers: Math.min(work.workers, missing.length),
    init: {
      onnx: await encodeFeatureNetwork(work.network, recipe),
      augmentation: recipe.augmentation,
      sizeGrid,
      seed: recipe.seed,
      classOfValue: data.classOfValue,
    },
  });
  for await (const { error } of pool.run(missing, { signal })) {
    if (error) throw error;
    work.onSample?.(++done, jobs.length);
  }
  signal?.throwIfAborted();
}

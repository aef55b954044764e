import type { ImageSample } from "../../../../datasets/imagenet/mod.ts";
import { tallyFiles } from "../../../../datasets/segmentation/tally_files.ts";
import type { Context } from "../../../context.ts";
import { type StageTimer, timingHooks } from "../../../timings/mod.ts";
import type { ClassifySettings, RankedOutputs } from "./classify_worker.ts";
import type { TakeRanked } from "./score_predictions.ts";

/** What is run. */
export interface ClassifierRun {
  readonly settings: ClassifySettings;
  /** The class of each output. */
  readonly classOf: readonly number[];
  readonly workers?: number;
  readonly maxPixels: number;
  /** With `--timings`. */
  readonly timer?: StageTimer;
}

/**
 * Classifies all samples, a worker per core, and hands the ranked classes to `take` in order. Returns the sizes at
 * which the network saw the images: `["224×224"]`.
 *
 * @throws {BneckError} Some could not be classified; the first ten are listed.
 */
export async function runClassifier(
  context: Context,
  samples: readonly ImageSample[],
  { settings, classOf, workers, maxPixels, timer }: ClassifierRun,
  take: TakeRanked,
): Promise<string[]> {
  const sizes = new Set<string>();
  const progress = context.progress({ total: samples.length, unit: "images", label: "classifying" });
  try {
    await tallyFiles<ClassifySettings, ImageSample, RankedOutputs>(
      { module: new URL("./classify_worker.ts", import.meta.url), init: settings, jobs: samples },
      { workers, maxPixels, signal: context.signal, ...timingHooks(timer) },
      (sample, { outputs, score, inputHeight, inputWidth, ...size }) => {
        timer?.see(size);
        sizes.add(`${inputHeight}×${inputWidth}`);
        take(sample, outputs.map((output) => classOf[output]), score);
        progress.add(1, sample.image);
      },
    );
  } finally {
    progress.stop();
  }
  return [...sizes];
}

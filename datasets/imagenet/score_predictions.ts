/**
 * Scoring predictions of classes that are lines of a file.
 *
 * @module
 */
import { inputError } from "../../core/errors.ts";
import { baseName } from "../../core/files/paths.ts";
import { firstTen } from "../segmentation/messages.ts";
import type { RankedClasses } from "./accuracy_metric.ts";
import { readPredictions } from "./prediction_file.ts";
import type { ImageSample } from "./samples.ts";

/** What is scored. */
export interface PredictedSamples<Sample extends ImageSample> {
  readonly samples: readonly Sample[];
  /** The set that they are a part of: a name is an image's if no other image of the set has it. */
  readonly all: readonly ImageSample[];
  /** What is subtracted from indices: 1 where index 0 is the background. */
  readonly offset: 0 | 1;
}

/**
 * Hands the prediction of each sample to `take`; predictions of other images are ignored.
 *
 * @throws {BneckError} Images have no prediction (the first ten are named) or two, or a line cannot be used.
 */
export async function scorePredictions<Sample extends ImageSample>(
  path: string,
  { samples, all, offset }: PredictedSamples<Sample>,
  take: (sample: Sample, prediction: RankedClasses) => void,
): Promise<void> {
  const byPath = new Map(all.map((sample) => [tidy(sample.image), sample]));
  const byName = Map.groupBy(all, ({ image }) => baseName(image));
  const wanted = new Set<ImageSample>(samples);
  const left = new Set<ImageSample>(samples);
  for await (const { file, ranked, score, where } of readPredictions(path)) {
    const sample = byPath.get(tidy(file)) ?? only(byName.get(baseName(file)));
    if (sample === undefined || !wanted.has(sample)) continue;
    if (!left.delete(sample)) throw inputError(`cannot use ${where}: ${file} occurs a second time`);
    try {
      take(sample as Sample, {
        ranked: ranked.map((index) => index - offset),
        score: score ?? 0,
        truth: sample.index,
      });
    } catch (error) {
      throw inputError(`cannot use ${where}: ${(error as Error).message}`, error);
    }
  }
  if (left.size > 0) {
    const missing = [...left].map(({ image }) => image);
    throw inputError(
      `${missing.length} of ${samples.length} images have no prediction in ${path}, so nothing was scored:${
        firstTen(missing)
      }`,
    );
  }
}

function only<T>(list: readonly T[] | undefined): T | undefined {
  return list?.length === 1 ? list[0] : undefined;
}

function tidy(path: string): string {
  return path.replace(/^(\.\/)+/, "").replace(/\/{2,}/g, "/");
}

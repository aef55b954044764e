/** Scoring predictions of classes that are lines of a file. */
import { inputError } from "../../../../core/errors.ts";
import type { ImageSample } from "../../../../datasets/imagenet/mod.ts";
import { firstTen } from "../../../../datasets/segmentation/messages.ts";
import { readPredictions } from "./prediction_file.ts";

/** What is scored. */
export interface PredictedSamples {
  readonly samples: readonly ImageSample[];
  /** The set that they are a part of: a name is an image's if no other image of the set has it. */
  readonly all: readonly ImageSample[];
  /** What is subtracted from indices: 1 where index 0 is the background. */
  readonly offset: 0 | 1;
}

/** Gets what was predicted for each image: class indices, the likeliest first, and the score of the first. */
export type TakeRanked = (sample: ImageSample, ranked: readonly number[], score: number) => void;

/**
 * Hands the predictions of `samples` to `take`; those of other images play no part.
 *
 * @throws {BneckError} Images have no prediction (the first ten are named) or two, or a line cannot be used.
 */
export async function scorePredictions(
  path: string,
  { samples, all, offset }: PredictedSamples,
  take: TakeRanked,
): Promise<void> {
  const byPath = new Map(all.map((sample) => [tidy(sample.image), sample]));
  const byName = Map.groupBy(all, ({ image }) => baseName(image));
  const wanted = new Set(samples);
  const left = new Set(samples);
  for await (const { file, ranked, score, where } of readPredictions(path)) {
    const sample = byPath.get(tidy(file)) ?? only(byName.get(baseName(file)));
    if (sample === undefined || !wanted.has(sample)) continue;
    if (!left.delete(sample)) throw inputError(`cannot use ${where}: ${file} occurs a second time`);
    try {
      take(sample, ranked.map((index) => index - offset), score ?? 0);
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

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

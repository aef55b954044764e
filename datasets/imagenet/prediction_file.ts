/**
 * Predictions of classes that are lines of JSON: reading and scoring them.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import { baseName } from "../../core/files/paths.ts";
import { parseUserJson } from "../../core/files/read_user_file.ts";
import { reasonOf } from "../../core/files/reason.ts";
import { firstTen } from "../messages.ts";
import type { RankedClasses } from "./accuracy_metric.ts";
import type { ImageSample } from "./samples.ts";

/** What one line says of an image. */
export interface ImagePrediction {
  readonly file: string;
  /** Class indices, the likeliest first; all of them where a line gives scores. */
  readonly ranked: readonly number[];
  /** The score of the first, where the line has it. */
  readonly score: number | null;
  /** For errors: `predictions.jsonl: line 7`. */
  readonly where: string;
}

/** Characters of the longest line; 100,000 scores fit. */
const MAX_LINE = 1 << 22;

/**
 * Reads lines such as `{"file": "a.jpg", "top": [{"id": 4, "score": 0.9}, …]}`, as `bneck classify --jsonl` prints
 * them, `{"file": "a.jpg", "top": [4, 17, …]}`, or `{"file": "a.jpg", "scores": [0.1, …]}` with a score for every
 * class. One line is in memory at a time.
 *
 * @throws {BneckError} (usage) The file cannot be read; (input) a line is invalid.
 */
export async function* readPredictions(path: string): AsyncGenerator<ImagePrediction> {
  let number = 0;
  for await (const line of linesOf(path)) {
    number++;
    if (line.trim() === "") continue;
    yield parseLine(line, `${path}: line ${number}`);
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    throw usageError(`cannot read the predictions ${path}: ${reasonOf(error)}`, error);
  }
  let rest = "";
  for await (const chunk of file.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) {
      throw usageError(
        `cannot use the predictions ${path}: a line is longer than ${MAX_LINE} characters`,
      );
    }
    yield* lines;
  }
  yield rest;
}

function parseLine(line: string, where: string): ImagePrediction {
  const json = parseUserJson(line, where, { error: inputError });
  const { file, top, scores, error } = (json ?? {}) as Record<string, unknown>;
  if (typeof file !== "string" || file === "") throw inputError(`cannot use ${where}: it names no "file"`);
  if (typeof error === "string") {
    throw inputError(`cannot use ${where}: ${file} was not classified (${error})`);
  }
  if (Array.isArray(top)) return fromTop(file, top, where);
  if (Array.isArray(scores)) return fromScores(file, scores, where);
  throw inputError(`cannot use ${where}: it has neither "top" nor "scores"`);
}

function fromTop(file: string, top: readonly unknown[], where: string): ImagePrediction {
  const ranked = top.map((entry) => {
    const index = typeof entry === "number" ? entry : (entry as { id?: unknown } | null)?.id;
    if (!Number.isSafeInteger(index) || (index as number) < 0) {
      throw inputError(`cannot use ${where}: a class of ${file} has no "id"`);
    }
    return index as number;
  });
  if (new Set(ranked).size !== ranked.length) {
    throw inputError(`cannot use ${where}: a class of ${file} occurs twice`);
  }
  const score = (top[0] as { score?: unknown } | undefined)?.score;
  return { file, ranked, score: typeof score === "number" ? score : null, where };
}

function fromScores(file: string, scores: readonly unknown[], where: string): ImagePrediction {
  if (!scores.every((score) => typeof score === "number")) {
    throw inputError(`cannot use ${where}: a score of ${file} is not a number`);
  }
  const values = scores as readonly number[];
  // Stable: of equal scores the lower index comes first.
  const ranked = [...values.keys()].sort((a, b) => values[b] - values[a]);
  return { file, ranked, score: values[ranked[0]] ?? null, where };
}

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

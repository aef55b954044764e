/**
 * The state of an evaluation between matching and the final numbers. States of disjoint images merge,
 * whatever machine they come from, and give the same bytes and the same tensors as one run over all images.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { CocoCategory } from "../files/annotations.ts";
import type { MatchColumns } from "./match.ts";
import type { CocoParams } from "../params.ts";
import { type CocoId, compareIds, idToJson, quotedId } from "../ids.ts";
import { stableOrder } from "./sort.ts";

/** Matched detections with everything that their evaluation needs; {@linkcode matchesToJson} writes them. */
export interface Matches extends MatchColumns {
  readonly params: CocoParams;
  /** The evaluated categories, ascending by id. */
  readonly categories: readonly CocoCategory[];
  /** The images of this state, ascending; `image` is the index. */
  readonly imageIds: readonly CocoId[];
  /** How many images the whole evaluation has. */
  readonly imageCount: number;
}

/**
 * Joins the states of shards.
 *
 * @throws {BneckError} They come from evaluations of different parameters, categories or data, or two contain
 *   the same image.
 */
export function mergeMatches(parts: readonly Matches[]): Matches {
  const [first] = parts;
  if (!first) throw usageError("cannot merge evaluations: none given");
  for (const [i, part] of parts.entries()) {
    if (!comparable(first, part)) {
      throw usageError(
        `cannot merge evaluations: number ${
          i + 1
        } has other parameters, categories or annotations than number 1`,
      );
    }
  }
  const imageIds = parts.flatMap((part) => part.imageIds).sort(compareIds);
  for (let i = 1; i < imageIds.length; i++) {
    if (imageIds[i] === imageIds[i - 1]) {
      throw usageError(`cannot merge evaluations: image ${quotedId(imageIds[i])} is in more than one`);
    }
  }
  const indexOf = new Map(imageIds.map((id, index) => [id, index]));
  const image = concatenate(
    parts.map((part) => part.image.map((index) => indexOf.get(part.imageIds[index])!)),
  );
  const category = concatenate(parts.map(categoryColumn));
  const byImage = stableOrder(Int32Array.from(image.keys()), image, imageIds.length);
  const order = stableOrder(byImage, category, first.categories.length);
  const start = new Int32Array(first.start.length), positives = new Float64Array(first.positives.length);
  for (const part of parts) {
    part.start.forEach((count, i) => start[i] += count);
    part.positives.forEach((count, i) => positives[i] += count);
  }
  const rowSize = outcomeRowSize(first.params);
  let rowsBefore = 0;
  const outcomeRow = concatenate(parts.map((part) => {
    const shifted = part.outcomeRow.map((row) => row < 0 ? -1 : row + rowsBefore);
    rowsBefore += part.outcomes.length / rowSize;
    return shifted;
  }));
  return {
    params: first.params,
    categories: first.categories,
    imageCount: first.imageCount,
    imageIds,
    start,
    image: take(image, order),
    rank: take(concatenate(parts.map((part) => part.rank)), order),
    score: take(concatenate(parts.map((part) => part.score)), order),
    inRange: take(concatenate(parts.map((part) => part.inRange)), order),
    outcomeRow: take(outcomeRow, order),
    outcomes: concatenate(parts.map((part) => part.outcomes)),
    positives,
  };
}

/** Whether two states are of the same evaluation: of the same parameters, categories and number of images. */
export function comparable(a: Matches, b: Matches): boolean {
  const key = ({ params, categories, imageCount }: Matches) =>
    JSON.stringify(
      [Object.entries(params).sort(([a], [b]) => a < b ? -1 : 1), categories, imageCount],
      (_name, value) => typeof value === "bigint" ? idToJson(value) : value,
    );
  return key(a) === key(b);
}

/**
 * Joins the columns of ranges of images that follow one another; range `i` begins at image `bounds[i]`.
 * Cheaper than {@linkcode mergeMatches}, since no row changes places with another of its category.
 */
export function joinRanges(
  parts: readonly MatchColumns[],
  bounds: readonly number[],
  params: CocoParams,
): MatchColumns {
  if (parts.length === 1) return parts[0];
  const categories = parts[0].start.length - 1;
  const length = parts.reduce((sum, part) => sum + part.image.length, 0);
  const joined: MatchColumns = {
    start: new Int32Array(categories + 1),
    image: new Int32Array(length),
    rank: new Int32Array(length),
    score: new Float64Array(length),
    inRange: new Int32Array(length),
    outcomeRow: new Int32Array(length),
    outcomes: concatenate(parts.map((part) => part.outcomes)),
    positives: new Float64Array(parts[0].positives.length),
  };
  const rowSize = outcomeRowSize(params);
  let at = 0;
  for (let k = 0; k < categories; k++) {
    let rowsBefore = 0;
    parts.forEach((part, i) => {
      const from = part.start[k], to = part.start[k + 1];
      joined.rank.set(part.rank.subarray(from, to), at);
      joined.score.set(part.score.subarray(from, to), at);
      joined.inRange.set(part.inRange.subarray(from, to), at);
      for (let row = from; row < to; row++) {
        joined.image[at + row - from] = part.image[row] + bounds[i];
        joined.outcomeRow[at + row - from] = part.outcomeRow[row] < 0
          ? -1
          : part.outcomeRow[row] + rowsBefore;
      }
      at += to - from;
      rowsBefore += part.outcomes.length / rowSize;
    });
    joined.start[k + 1] = at;
  }
  for (const part of parts) part.positives.forEach((count, i) => joined.positives[i] += count);
  return joined;
}

function outcomeRowSize(params: CocoParams): number {
  return params.areaRanges.length * params.iouThresholds.length;
}

function categoryColumn({ start, image }: Matches): Int32Array<ArrayBuffer> {
  const category = new Int32Array(image.length);
  for (let k = 0; k + 1 < start.length; k++) category.fill(k, start[k], start[k + 1]);
  return category;
}

type Values = Float64Array | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

function concatenate<T extends Values>(arrays: readonly T[]): T {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const joined = new (arrays[0].constructor as new (length: number) => T)(length);
  let at = 0;
  for (const array of arrays) {
    joined.set(array, at);
    at += array.length;
  }
  return joined;
}

function take<T extends Values>(values: T, order: Int32Array): T {
  const taken = new (values.constructor as new (length: number) => T)(order.length);
  for (let i = 0; i < order.length; i++) taken[i] = values[order[i]];
  return taken;
}

/**
 * The confusion matrix of label images: exact counts, mergeable in any order.
 *
 * @module
 */
import { inputError } from "../../core/errors.ts";
import type { LabelMap } from "../../core/images/image.ts";
import type { Metric } from "../metric.ts";
import { type LabelIndex, UNKNOWN_VALUE, type ValueIndex } from "./label_index.ts";
import { type PairNames, quantity, UNNAMED_PAIR } from "../messages.ts";
import { visitPixelPairs } from "./pixel_pairs.ts";

/**
 * Counts of pixels by the class they have (row) and the class they were given (column).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ConfusionMatrix } from "./confusion_matrix.ts";
 * import { classIndex } from "./label_index.ts";
 *
 * const classes = [{ id: 0, name: "road" }, { id: 1, name: "car" }];
 * const matrix = new ConfusionMatrix(classIndex({ classes, ignore: [255] }));
 * const truth = { width: 4, height: 1, data: new Uint8Array([0, 0, 1, 255]) };
 * const prediction = { width: 4, height: 1, data: new Uint8Array([0, 1, 1, 0]) };
 * matrix.add(prediction, truth);
 * assert.deepEqual(matrix.result(), [[1, 1, 0], [0, 1, 0], [1, 0, 0]]); // the last row and column: ignored
 * ```
 */
export class ConfusionMatrix
  implements Metric<[prediction: LabelMap, truth: LabelMap, names?: PairNames], number[][]> {
  /** Pixels: `[size, size]`, truth × prediction. */
  readonly counts: Float64Array;

  constructor(readonly index: LabelIndex) {
    this.counts = new Float64Array(index.size * index.size);
  }

  /**
   * Counts one pair; see {@linkcode countPair} for its errors, after which the matrix is as before.
   */
  add(prediction: LabelMap, truth: LabelMap, names?: PairNames): void {
    this.addCounts(countPair(prediction, truth, this.index, names));
  }

  /** Adds counts made with the same index: `[size, size]`. */
  addCounts(counts: ArrayLike<number>): void {
    if (counts.length !== this.counts.length) {
      throw new RangeError(`a matrix of ${this.counts.length} cells cannot take ${counts.length} counts`);
    }
    for (let cell = 0; cell < counts.length; cell++) this.counts[cell] += counts[cell];
  }

  /** Adds the counts of a matrix with the same index. */
  merge(other: ConfusionMatrix): void {
    this.addCounts(other.counts);
  }

  /** The counts as rows: `[truth][prediction]`. */
  result(): number[][] {
    const { size } = this.index;
    return Array.from({ length: size }, (_, row) => [...this.counts.subarray(row * size, (row + 1) * size)]);
  }

  /** The same as {@linkcode result}: what {@linkcode ConfusionMatrix.fromJSON} reads. */
  toJSON(): number[][] {
    return this.result();
  }

  /**
   * Reads the JSON form; `where` names the file in errors.
   *
   * @throws {BneckError} Not a matrix of whole counts of the index's size.
   */
  static fromJSON(index: LabelIndex, json: unknown, where: string): ConfusionMatrix {
    const matrix = new ConfusionMatrix(index);
    const rows = Array.isArray(json) ? json : [];
    const counts = rows.flat();
    const whole = counts.every((count) => Number.isSafeInteger(count) && count >= 0);
    const square = rows.length === index.size && rows.every((row) => row?.length === index.size);
    if (!square || !whole) {
      throw inputError(
        `cannot read ${where}: its confusion matrix is not ${index.size} × ${index.size} whole pixel counts`,
      );
    }
    matrix.addCounts(counts);
    return matrix;
  }
}

/**
 * The counts of one pair: `[size, size]`, truth × prediction.
 *
 * @throws {BneckError} The sizes differ, or an image holds values that are in no class (named with their
 * pixels).
 */
export function countPair(
  prediction: LabelMap,
  truth: LabelMap,
  index: LabelIndex,
  names: PairNames = UNNAMED_PAIR,
): Float64Array<ArrayBuffer> {
  checkSameSize(prediction, truth, names);
  const { size } = index;
  const rowOf = index.truth.placeOf;
  const columnOf = index.prediction.placeOf;
  const counts = new Float64Array(size * size);
  const unknownTruth = new Map<number, number>();
  const unknownPrediction = new Map<number, number>();
  visitPixelPairs(truth, prediction, (truthValue, predictionValue, pixels) => {
    const row = rowOf[truthValue];
    const column = columnOf[predictionValue];
    if (row !== UNKNOWN_VALUE && column !== UNKNOWN_VALUE) {
      counts[row * size + column] += pixels;
      return;
    }
    if (row === UNKNOWN_VALUE) tallyValue(unknownTruth, truthValue, pixels);
    if (column === UNKNOWN_VALUE) tallyValue(unknownPrediction, predictionValue, pixels);
  });
  if (unknownTruth.size > 0) throw unknownValueError(names.truth, unknownTruth, index.truth);
  if (unknownPrediction.size > 0) {
    throw unknownValueError(names.prediction, unknownPrediction, index.prediction);
  }
  return counts;
}

/**
 * Makes sure that two images cover the same pixels.
 *
 * @throws {BneckError} They do not; both files and sizes are named.
 */
export function checkSameSize(prediction: LabelMap, truth: LabelMap, names: PairNames = UNNAMED_PAIR): void {
  if (prediction.width === truth.width && prediction.height === truth.height) return;
  const turned = prediction.width === truth.height && prediction.height === truth.width;
  throw inputError(
    `cannot score ${names.prediction} against ${names.truth}: the first has ${prediction.width} × ` +
      `${prediction.height} pixels (width × height), the second ${truth.width} × ${truth.height}; ` +
      "both must cover the same pixels" +
      (turned ? "; a photo may be turned by its EXIF orientation, which its label map does not follow" : ""),
  );
}

function tallyValue(pixelsOf: Map<number, number>, value: number, pixels: number): void {
  pixelsOf.set(value, (pixelsOf.get(value) ?? 0) + pixels);
}

function unknownValueError(
  name: string,
  pixelsOf: ReadonlyMap<number, number>,
  { known }: ValueIndex,
): Error {
  const values = [...pixelsOf].sort((a, b) => b[1] - a[1]);
  const shown = values.slice(0, 5).map(([value, pixels]) => `${value} (${quantity(pixels, "pixel")})`).join(
    ", ",
  );
  const more = values.length > 5 ? ` and ${values.length - 5} more` : "";
  return inputError(
    `cannot score ${name}: it holds ${values.length === 1 ? "a value" : "values"} outside the label table: ` +
      `${shown}${more}; known are ${known}`,
  );
}

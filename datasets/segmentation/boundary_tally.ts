/**
 * Outlines of label images, and how much of one lies near another.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { LabelMap } from "../../core/images/image.ts";
import { checkSameSize } from "./confusion_matrix.ts";
import { type LabelIndex, UNKNOWN_VALUE } from "./label_index.ts";
import { type PairNames, UNNAMED_PAIR } from "../messages.ts";

/** The largest tolerance, in pixels. */
const LARGEST_TOLERANCE = 200;

/** Outline pixels of one image, by class: `[classes]` each. */
export interface BoundaryTally {
  readonly predicted: Uint32Array;
  /** Of these, within the tolerance of the true outline. */
  readonly predictedNear: Uint32Array;
  readonly truth: Uint32Array;
  /** Of these, within the tolerance of the predicted outline. */
  readonly truthNear: Uint32Array;
}

/**
 * The outline pixels of one pair, and those near enough to the other image's.
 *
 * Time is linear in the pixels, and for outline pixels in the tolerance: two sweeps over the rows remember
 * for each class and column the last outline pixel passed, so that the nearest one above (below) in a column
 * is at hand.
 *
 * @throws {BneckError} The sizes differ. Values that are in no class are {@linkcode countPair}'s to report;
 * here they count as another class.
 */
export function boundaryTally(
  prediction: LabelMap,
  truth: LabelMap,
  index: LabelIndex,
  tolerance: number,
  names: PairNames = UNNAMED_PAIR,
): BoundaryTally {
  checkTolerance(tolerance);
  checkSameSize(prediction, truth, names);
  const { width } = truth;
  const classes = index.size - 1;
  const truthPlaces = new Uint16Array(truth.data.length);
  const predictionPlaces = new Uint16Array(truth.data.length);
  findPlaces(truth.data, prediction.data, index, truthPlaces, predictionPlaces);
  const trueOutline = outline(truthPlaces, width, classes);
  const predictedOutline = outline(predictionPlaces, width, classes);
  return {
    predicted: countByClass(predictedOutline),
    predictedNear: countByClass(predictedOutline, near(predictedOutline, trueOutline, width, tolerance)),
    truth: countByClass(trueOutline),
    truthNear: countByClass(trueOutline, near(trueOutline, predictedOutline, width, tolerance)),
  };
}

/** The place of pixels whose ground truth is ignored. */
const MASKED = UNKNOWN_VALUE - 1;

/** The outline pixels of an image in reading order, with the class of each. */
interface Outline {
  readonly positions: Uint32Array;
  readonly classOf: Uint16Array;
  readonly classes: number;
}

function findPlaces(
  truth: Uint8Array | Uint16Array,
  prediction: Uint8Array | Uint16Array,
  index: LabelIndex,
  truthPlaces: Uint16Array,
  predictionPlaces: Uint16Array,
): void {
  const rowOf = index.truth.placeOf;
  const columnOf = index.prediction.placeOf;
  const ignored = index.size - 1;
  for (let i = 0; i < truth.length; i++) {
    const place = rowOf[truth[i]];
    truthPlaces[i] = place === ignored ? MASKED : place;
    predictionPlaces[i] = place === ignored ? MASKED : columnOf[prediction[i]];
  }
}

function outline(place: Uint16Array, width: number, classes: number): Outline {
  let positions = new Uint32Array(1 << 16);
  let count = 0;
  // In rows of an even width two pixels are one word; inside a region all words around it are alike.
  const words = new Int32Array(place.buffer, 0, place.length >>> 1);
  const half = width >>> 1;
  const even = width % 2 === 0;
  for (let start = 0; start < place.length; start += width) {
    const above = start === 0 ? 0 : width;
    const below = start + width === place.length ? 0 : width;
    const inside = even && above > 0 && below > 0;
    for (let x = 0; x < width; x++) {
      const i = start + x;
      if (inside && (x & 1) === 0 && x > 0 && x + 2 < width) {
        const k = i >>> 1;
        const word = words[k];
        const alike = word === words[k - 1] && word === words[k + 1] && word === words[k - half] &&
          word === words[k + half] && word >>> 16 === (word & 0xffff);
        if (alike) {
          x++;
          continue;
        }
      }
      const own = place[i];
      if (own >= classes) continue;
      // At the image's edge a pixel is compared with itself.
      const left = place[x === 0 ? i : i - 1];
      const right = place[x === width - 1 ? i : i + 1];
      const up = place[i - above];
      const down = place[i + below];
      const differs = (left !== own && left !== MASKED) || (right !== own && right !== MASKED) ||
        (up !== own && up !== MASKED) || (down !== own && down !== MASKED);
      if (!differs) continue;
      if (count === positions.length) {
        const longer = new Uint32Array(count * 2);
        longer.set(positions);
        positions = longer;
      }
      positions[count++] = i;
    }
  }
  const classOf = new Uint16Array(count);
  for (let k = 0; k < count; k++) classOf[k] = place[positions[k]];
  return { positions: positions.subarray(0, count), classOf, classes };
}

/** For each pixel of `outline` whether one of the same class in `other` is within the tolerance: 0 or 1. */
function near(outline: Outline, other: Outline, width: number, tolerance: number): Uint8Array {
  const radius = Math.floor(tolerance);
  // How many rows away a pixel may be that is dx columns away.
  const reach = Int32Array.from(
    { length: radius + 1 },
    (_, dx) => Math.floor(Math.sqrt(tolerance ** 2 - dx ** 2)),
  );
  const found = new Uint8Array(outline.positions.length);
  const lastRow = new Int32Array(outline.classes * width);
  for (const step of [1, -1]) sweep(outline, other, width, reach, lastRow, found, step);
  return found;
}

/** One sweep of {@linkcode near}, down the image (`step` 1) or up (-1). */
function sweep(
  outline: Outline,
  other: Outline,
  width: number,
  reach: Int32Array,
  lastRow: Int32Array,
  found: Uint8Array,
  step: number,
): void {
  const FAR = 1 << 30;
  lastRow.fill(-step * FAR);
  const { positions, classOf } = outline;
  const marks = other.positions;
  let mark = step > 0 ? 0 : marks.length - 1;
  const first = step > 0 ? 0 : positions.length - 1;
  for (let k = first; k >= 0 && k < positions.length; k += step) {
    if (found[k]) continue;
    const y = Math.floor(positions[k] / width);
    const x = positions[k] - y * width;
    // Take in the other outline up to and including this row.
    while (mark >= 0 && mark < marks.length) {
      const row = Math.floor(marks[mark] / width);
      if ((row - y) * step > 0) break;
      lastRow[other.classOf[mark] * width + marks[mark] - row * width] = row;
      mark += step;
    }
    const base = classOf[k] * width;
    for (let dx = 0; dx < reach.length; dx++) {
      const left = x - dx >= 0 && (y - lastRow[base + x - dx]) * step <= reach[dx];
      const right = x + dx < width && (y - lastRow[base + x + dx]) * step <= reach[dx];
      if (left || right) {
        found[k] = 1;
        break;
      }
    }
  }
}

/** Outline pixels by class, all or those whose flag is set. */
function countByClass({ classOf, classes }: Outline, flags?: Uint8Array): Uint32Array {
  const counts = new Uint32Array(classes);
  for (let k = 0; k < classOf.length; k++) counts[classOf[k]] += flags?.[k] ?? 1;
  return counts;
}

/** @throws {BneckError} It is not between 0 and {@linkcode LARGEST_TOLERANCE} pixels. */
export function checkTolerance(tolerance: number): void {
  if (!(tolerance >= 0 && tolerance <= LARGEST_TOLERANCE)) {
    throw usageError(
      `a boundary tolerance of ${tolerance} pixels cannot be used: give a number from 0 to ${LARGEST_TOLERANCE}`,
    );
  }
}

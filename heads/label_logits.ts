/** From low-resolution class logits to one label per pixel of the original image. */
import type { LabelMap } from "../core/images/image.ts";
import type { HeadOutput, ImageView } from "./head.ts";

/** What a segmentation head returns: logits of every class on a coarse grid. */
export interface LabelLogits {
  /** `[classes, height, width]`. */
  readonly data: Float32Array;
  readonly classes: number;
  readonly height: number;
  readonly width: number;
  /** The size of the original image. */
  readonly imageWidth: number;
  readonly imageHeight: number;
}

/** Wraps the network's output `[1, K, h, w]`. */
export function readLabelLogits({ shape, data }: HeadOutput, view: ImageView): LabelLogits {
  const [, classes, height, width] = shape;
  return { data, classes, height, width, imageWidth: view.width, imageHeight: view.height };
}

/**
 * The class with the largest bilinearly interpolated logit at every pixel (half-pixel centres, edges
 * clamped), exactly as resizing all logits and taking the argmax would give.
 *
 * A cell of the coarse grid whose four corners have the same best class belongs to that class throughout,
 * because interpolation is a convex combination; only the other cells are interpolated, and there only the
 * classes that no corner's best class dominates.
 *
 * @param counts gets the pixels of each class added, where it is given.
 */
export function labelsOf(
  logits: LabelLogits,
  counts: Uint32Array = new Uint32Array(logits.classes),
): LabelMap {
  const { imageWidth: width, imageHeight: height } = logits;
  const labels = new Uint8Array(width * height);
  const best = bestClasses(logits);
  const { cells: columns, weights: right } = axisOver(logits.width, width);
  const { cells: rows, weights: down } = axisOver(logits.height, height);
  const cell = new MixedCell(logits);

  for (const row of rows) {
    const top = row.low * logits.width;
    const bottom = row.high * logits.width;
    for (let k = 0; k < columns.length;) {
      const label = uniformLabel(best, top, bottom, columns[k]);
      if (label === MIXED) {
        const { low, high } = columns[k];
        cell.load(top + low, top + high, bottom + low, bottom + high, best);
        cell.paint(labels, width, row, columns[k], right, down, counts);
        k++;
        continue;
      }
      // Neighbouring cells of one class are painted as one rectangle.
      const { start } = columns[k];
      while (k < columns.length && uniformLabel(best, top, bottom, columns[k]) === label) k++;
      const { end } = columns[k - 1];
      for (let y = row.start; y < row.end; y++) labels.fill(label, y * width + start, y * width + end);
      counts[label] += (row.end - row.start) * (end - start);
    }
  }
  return { width, height, data: labels };
}

/**
 * The probability (softmax over the interpolated logits) of the winning class at every pixel, 0…255.
 */
export function confidenceOf(logits: LabelLogits, labels: LabelMap): LabelMap {
  const { data, classes, width: cells, imageWidth: width, imageHeight: height } = logits;
  const plane = logits.height * cells;
  const confidence = new Uint8Array(width * height);
  const across = axisOver(cells, width);
  const downward = axisOver(logits.height, height);
  const values = new Float64Array(classes);
  for (const row of downward.cells) {
    for (let y = row.start; y < row.end; y++) {
      const down = downward.weights[y];
      for (const column of across.cells) {
        for (let x = column.start; x < column.end; x++) {
          const right = across.weights[x];
          let largest = -Infinity;
          for (let c = 0; c < classes; c++) {
            const top = c * plane + row.low * cells;
            const bottom = c * plane + row.high * cells;
            const upper = data[top + column.low] + right * (data[top + column.high] - data[top + column.low]);
            const lower = data[bottom + column.low] +
              right * (data[bottom + column.high] - data[bottom + column.low]);
            values[c] = upper + down * (lower - upper);
            if (values[c] > largest) largest = values[c];
          }
          let sum = 0;
          for (let c = 0; c < classes; c++) sum += Math.exp(values[c] - largest);
          const at = y * width + x;
          confidence[at] = Math.round(255 * Math.exp(values[labels.data[at]] - largest) / sum);
        }
      }
    }
  }
  return { width, height, data: confidence };
}

const MIXED = -1;

/** The class that all four corners of a cell share. */
function uniformLabel(best: Uint8Array, top: number, bottom: number, { low, high }: AxisCell): number {
  const label = best[top + low];
  return best[top + high] === label && best[bottom + low] === label && best[bottom + high] === label
    ? label
    : MIXED;
}

/** The argmax over the classes at every grid point; of equal logits the lower class. */
function bestClasses({ data, classes, height, width }: LabelLogits): Uint8Array {
  const plane = height * width;
  const best = new Uint8Array(plane);
  const largest = data.slice(0, plane);
  for (let c = 1; c < classes; c++) {
    const from = c * plane;
    for (let i = 0; i < plane; i++) {
      const value = data[from + i];
      if (value > largest[i]) {
        largest[i] = value;
        best[i] = c;
      }
    }
  }
  return best;
}

/** The pixels between two neighbouring grid points along one axis. */
interface AxisCell {
  readonly low: number;
  readonly high: number;
  readonly start: number;
  readonly end: number;
}

/** One axis of the image over the coarse grid. */
interface Axis {
  readonly cells: readonly AxisCell[];
  /** The share of the grid point `high` at every pixel, 0…1. */
  readonly weights: Float32Array;
}

/** Splits `pixels` into the runs that lie between the same two of `points` grid points. */
function axisOver(points: number, pixels: number): Axis {
  const ratio = points / pixels;
  const weights = new Float32Array(pixels);
  const cells: AxisCell[] = [];
  let start = 0;
  for (let at = 0, low = 0; at < pixels; at++) {
    const place = Math.min(points - 1, Math.max(0, (at + 0.5) * ratio - 0.5));
    if (Math.floor(place) !== low) {
      if (at > start) cells.push({ low, high: low + 1, start, end: at });
      low = Math.floor(place);
      start = at;
    }
    weights[at] = place - low;
  }
  const low = Math.floor(Math.min(points - 1, Math.max(0, (pixels - 0.5) * ratio - 0.5)));
  cells.push({ low, high: Math.min(points - 1, low + 1), start, end: pixels });
  return { cells, weights };
}

/** A cell whose corners disagree: its candidate classes with their four corner logits. */
class MixedCell {
  readonly #classes: Uint8Array;
  readonly #corners: Float32Array;
  readonly #left: Float32Array;
  readonly #slope: Float32Array;
  #count = 0;

  constructor(readonly logits: LabelLogits) {
    this.#classes = new Uint8Array(logits.classes);
    this.#corners = new Float32Array(logits.classes * 4);
    this.#left = new Float32Array(logits.classes);
    this.#slope = new Float32Array(logits.classes);
  }

  /** Gathers the classes that can win somewhere in the cell with these corners. */
  load(a: number, b: number, c: number, d: number, best: Uint8Array): void {
    const { data, classes, height, width } = this.logits;
    const plane = height * width;
    this.#count = 0;
    for (let k = 0, at = 0; k < classes; k++, at += plane) {
      const [va, vb, vc, vd] = [data[at + a], data[at + b], data[at + c], data[at + d]];
      if (
        dominates(data, best[a] * plane, a, b, c, d, va, vb, vc, vd, best[a], k) ||
        dominates(data, best[b] * plane, a, b, c, d, va, vb, vc, vd, best[b], k) ||
        dominates(data, best[c] * plane, a, b, c, d, va, vb, vc, vd, best[c], k) ||
        dominates(data, best[d] * plane, a, b, c, d, va, vb, vc, vd, best[d], k)
      ) continue;
      const corner = this.#count * 4;
      this.#classes[this.#count++] = k;
      this.#corners[corner] = va;
      this.#corners[corner + 1] = vb;
      this.#corners[corner + 2] = vc;
      this.#corners[corner + 3] = vd;
    }
  }

  /** Interpolates the candidates at every pixel of the cell. */
  paint(
    labels: Uint8Array,
    width: number,
    row: AxisCell,
    column: AxisCell,
    rightWeights: Float32Array,
    downWeights: Float32Array,
    counts: Uint32Array,
  ): void {
    const count = this.#count;
    const [classes, corners, left, slope] = [this.#classes, this.#corners, this.#left, this.#slope];
    for (let y = row.start; y < row.end; y++) {
      const down = downWeights[y];
      for (let k = 0; k < count; k++) {
        const upper = corners[k * 4] + down * (corners[k * 4 + 2] - corners[k * 4]);
        const lower = corners[k * 4 + 1] + down * (corners[k * 4 + 3] - corners[k * 4 + 1]);
        left[k] = upper;
        slope[k] = lower - upper;
      }
      if (count === 2) {
        this.#paintTwo(labels, y * width, column, rightWeights, counts);
        continue;
      }
      for (let x = column.start; x < column.end; x++) {
        const right = rightWeights[x];
        let winner = 0;
        let largest = -Infinity;
        for (let k = 0; k < count; k++) {
          const value = left[k] + right * slope[k];
          if (value > largest) {
            largest = value;
            winner = k;
          }
        }
        labels[y * width + x] = classes[winner];
        counts[classes[winner]]++;
      }
    }
  }

  /** A row of the usual cell, through which the border of two classes runs. */
  #paintTwo(
    labels: Uint8Array,
    row: number,
    column: AxisCell,
    weights: Float32Array,
    counts: Uint32Array,
  ): void {
    const [first, second] = this.#classes;
    const difference = this.#left[0] - this.#left[1];
    const slope = this.#slope[0] - this.#slope[1];
    let won = 0;
    for (let x = column.start; x < column.end; x++) {
      if (difference + weights[x] * slope >= 0) {
        labels[row + x] = first;
        won++;
      } else labels[row + x] = second;
    }
    counts[first] += won;
    counts[second] += column.end - column.start - won;
  }
}

/** Whether class `by` is nowhere below class `of` at the four corners, and so beats it everywhere between. */
function dominates(
  data: Float32Array,
  at: number,
  a: number,
  b: number,
  c: number,
  d: number,
  va: number,
  vb: number,
  vc: number,
  vd: number,
  by: number,
  of: number,
): boolean {
  if (by === of) return false;
  const [wa, wb, wc, wd] = [data[at + a], data[at + b], data[at + c], data[at + d]];
  // Of equal classes the lower one wins, so a higher one must be above it everywhere.
  return by < of ? wa >= va && wb >= vb && wc >= vc && wd >= vd : wa > va && wb > vb && wc > vc && wd > vd;
}

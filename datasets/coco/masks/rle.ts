/**
 * Masks as run lengths, as COCO has them: the mask is read column by column, `counts` alternates between the
 * lengths of runs of zeros and of ones and starts with zeros. Every function gives what its namesake in
 * `maskApi.c` of cocoapi gives, to the bit.
 *
 * @module
 */
import type { PlacedMask } from "../../../core/images/image.ts";
import { usageError } from "../../../core/errors.ts";

/** A binary mask of `height` × `width` pixels; the counts add up to `height · width`. */
export interface Rle {
  readonly height: number;
  readonly width: number;
  readonly counts: Uint32Array<ArrayBuffer>;
}

/** The runs of a column-major mask of 0 and 1 (`rleEncode`). */
export function encodeMask(mask: Uint8Array, height: number, width: number): Rle {
  const counts: number[] = [];
  let value = 0, run = 0;
  for (let i = 0; i < height * width; i++) {
    if (mask[i] !== value) {
      counts.push(run);
      run = 0;
      value = mask[i];
    }
    run++;
  }
  counts.push(run);
  return { height, width, counts: Uint32Array.from(counts) };
}

/** The runs of a mask of `height` × `width` pixels that is 0 outside the region. */
export function encodeRegion(region: PlacedMask, height: number, width: number): Rle {
  const counts: number[] = [];
  // Where the current run began, and its value.
  let [start, value] = [0, 0];
  const turnTo = (next: number, at: number) => {
    if (next === value || at >= height * width) return;
    counts.push(at - start);
    [start, value] = [at, next];
  };
  for (let x = 0; x < region.width; x++) {
    const column = (region.x + x) * height + region.y;
    for (let y = 0; y < region.height; y++) turnTo(region.data[y * region.width + x], column + y);
    if (region.height < height) turnTo(0, column + region.height);
  }
  turnTo(0, (region.x + region.width) * height);
  counts.push(height * width - start);
  return { height, width, counts: Uint32Array.from(counts) };
}

/** The mask of 0 and 1, column by column, `[width, height]` (`rleDecode`). */
export function decodeMask(rle: Rle): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(rle.height * rle.width);
  let position = 0;
  for (let i = 0; i < rle.counts.length; i++) {
    const end = position + rle.counts[i];
    if (i % 2 === 1) mask.fill(1, position, end);
    position = end;
  }
  return mask;
}

/** The number of ones (`rleArea`). */
export function rleArea(counts: Uint32Array, start = 0, end: number = counts.length): number {
  let area = 0;
  for (let i = start + 1; i < end; i += 2) area += counts[i];
  return area;
}

/**
 * Writes the box `[x, y, width, height]` around the ones to `box[at…]`; zeros for an empty mask
 * (`rleToBbox`).
 */
export function rleBox(
  counts: Uint32Array,
  start: number,
  end: number,
  height: number,
  width: number,
  box: Float64Array,
  at: number,
): void {
  const last = start + ((end - start) & ~1);
  let left = width, top = height, right = 0, bottom = 0;
  // Column and row of the next pixel; as a rule a run ends in this column or the next, and needs no division.
  let x = 0, y = 0;
  for (let i = start; i < last; i += 2) {
    y += counts[i];
    if (y >= height) {
      y -= height;
      x++;
      if (y >= height) {
        const columns = (y / height) | 0;
        x += columns;
        y -= columns * height;
      }
    }
    const startX = x, startY = y;
    y += counts[i + 1];
    if (y >= height) {
      y -= height;
      x++;
      if (y >= height) {
        const columns = (y / height) | 0;
        x += columns;
        y -= columns * height;
      }
    }
    if (x === 0 && y === 0) continue;
    const endX = y === 0 ? x - 1 : x, endY = y === 0 ? height - 1 : y - 1;
    if (startX < left) left = startX;
    if (endX < left) left = endX;
    right = startX > endX ? startX : endX;
    if (startX < endX) {
      // Ones that continue in the next column touch the bottom and the top.
      top = 0;
      bottom = height - 1;
      continue;
    }
    if (startY < top) top = startY;
    if (endY < top) top = endY;
    if (startY > bottom) bottom = startY;
    if (endY > bottom) bottom = endY;
  }
  const empty = last === start;
  box[at] = empty ? 0 : left;
  box[at + 1] = empty ? 0 : top;
  box[at + 2] = empty ? 0 : right - left + 1;
  box[at + 3] = empty ? 0 : bottom - top + 1;
}

/**
 * Intersection over union of two masks of the same size, given as ranges of counts; with `crowd`,
 * intersection over the area of `a` (the inner loop of `rleIou`, without its test of the boxes).
 */
export function runsIou(
  a: Uint32Array,
  aStart: number,
  aEnd: number,
  b: Uint32Array,
  bStart: number,
  bEnd: number,
  crowd: boolean,
): number {
  let i = aStart + 1, j = bStart + 1;
  let aLeft = a[aStart], bLeft = b[bStart], left = 1;
  let inA = false, inB = false;
  let intersection = 0, union = 0;
  while (left > 0) {
    const step = aLeft < bLeft ? aLeft : bLeft;
    if (inA || inB) {
      union += step;
      if (inA && inB) intersection += step;
    }
    aLeft -= step;
    bLeft -= step;
    if (aLeft === 0 && i < aEnd) {
      aLeft = a[i++];
      inA = !inA;
    }
    if (bLeft === 0 && j < bEnd) {
      bLeft = b[j++];
      inB = !inB;
    }
    left = aLeft + bLeft;
  }
  if (intersection === 0) return 0;
  return intersection / (crowd ? rleArea(a, aStart, aEnd) : union);
}

/** Intersection over union of a detection's and a truth's mask; -1 where the sizes differ (`rleIou`). */
export function rleIou(detection: Rle, truth: Rle, crowd: boolean): number {
  const boxes = new Float64Array(8);
  rleBox(detection.counts, 0, detection.counts.length, detection.height, detection.width, boxes, 0);
  rleBox(truth.counts, 0, truth.counts.length, truth.height, truth.width, boxes, 4);
  const width = Math.min(boxes[0] + boxes[2], boxes[4] + boxes[6]) - Math.max(boxes[0], boxes[4]);
  const height = Math.min(boxes[1] + boxes[3], boxes[5] + boxes[7]) - Math.max(boxes[1], boxes[5]);
  if (width <= 0 || height <= 0) return 0;
  if (detection.height !== truth.height || detection.width !== truth.width) return -1;
  const a = detection.counts, b = truth.counts;
  return runsIou(a, 0, a.length, b, 0, b.length, crowd);
}

/**
 * The union (or intersection) of masks of one size, which must be at least one (`rleMerge`).
 *
 * @throws {BneckError} The sizes differ.
 */
export function mergeRles(rles: readonly Rle[], intersect = false): Rle {
  const [{ height, width }] = rles;
  let counts = rles[0].counts;
  for (const other of rles.slice(1)) {
    if (other.height !== height || other.width !== width) {
      throw usageError(`cannot merge masks of ${height}×${width} and ${other.height}×${other.width} pixels`);
    }
    const merged = new Uint32Array(counts.length + other.counts.length);
    const b = other.counts;
    const length = mergeRuns(counts, 0, counts.length, b, 0, b.length, intersect, merged, 0);
    counts = merged.slice(0, length);
  }
  return { height, width, counts };
}

/**
 * Writes the union (or intersection) of two ranges of counts to `merged[at…]`, which needs room for as many
 * counts as both have; returns their number.
 */
export function mergeRuns(
  a: Uint32Array,
  aStart: number,
  aEnd: number,
  b: Uint32Array,
  bStart: number,
  bEnd: number,
  intersect: boolean,
  merged: Uint32Array,
  at: number,
): number {
  let length = 0, run = 0;
  let i = aStart + 1, j = bStart + 1, aLeft = a[aStart], bLeft = b[bStart], left = 1;
  let inA = false, inB = false, value = false;
  while (left > 0) {
    const step = aLeft < bLeft ? aLeft : bLeft;
    run += step;
    aLeft -= step;
    bLeft -= step;
    if (aLeft === 0 && i < aEnd) {
      aLeft = a[i++];
      inA = !inA;
    }
    if (bLeft === 0 && j < bEnd) {
      bLeft = b[j++];
      inB = !inB;
    }
    left = aLeft + bLeft;
    const before: boolean = value;
    value = intersect ? inA && inB : inA || inB;
    if (value !== before || left === 0) {
      merged[at + length++] = run;
      run = 0;
    }
  }
  return length;
}

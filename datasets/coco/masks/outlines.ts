/**
 * The outlines of masks as polygons.
 *
 * @module
 */
import { type Rle, rleBox } from "./rle.ts";

/**
 * Polygons along the edges of pixels, `x, y, x, y, …` each, that give the mask back to the pixel. Polygons of COCO have
 * no holes, so a mask with holes is cut through them from top to bottom; parts that touch by a corner alone are polygons
 * of their own.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { maskPolygons } from "./outlines.ts";
 * import { encodeMask } from "./rle.ts";
 * const ring = encodeMask(Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1), 3, 3);
 * assert.deepEqual(maskPolygons(ring), [[0, 0, 1, 0, 1, 3, 0, 3], [1, 0, 3, 0, 3, 3, 1, 3, 1, 2, 2, 2, 2, 1, 1, 1]]);
 * ```
 */
export function maskPolygons(mask: Rle): number[][] {
  const box = new Float64Array(4);
  rleBox(mask.counts, 0, mask.counts.length, mask.height, mask.width, box, 0);
  const [left, top, width, height] = box;
  if (width === 0) return [];
  const pixels = framed(mask, left, top, width, height);
  // Upper edges of pixels that an outline went along; every outline has one.
  const seen = new Uint8Array(pixels.length);
  const holes = [...loops(pixels, seen, width, height, 0, width)].filter(isHole).map(extentOf);
  seen.fill(0);
  const edges = [0, ...cutsThrough(holes), width];
  const polygons: number[][] = [];
  for (let strip = 0; strip + 1 < edges.length; strip++) {
    if (edges[strip] === edges[strip + 1]) continue;
    for (const loop of loops(pixels, seen, width, height, edges[strip], edges[strip + 1])) {
      polygons.push(loop);
    }
  }
  return polygons.map((loop) => loop.map((value, i) => value + (i % 2 === 0 ? left : top)));
}

/** The box of a mask row by row, with a frame of zeros around it: `[height + 2, width + 2]`. */
function framed(mask: Rle, left: number, top: number, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array((height + 2) * (width + 2));
  const { counts } = mask;
  for (let i = 0, place = 0; i < counts.length; place += counts[i++]) {
    if (i % 2 === 0) continue;
    for (let at = place; at < place + counts[i]; at++) {
      const x = Math.floor(at / mask.height);
      pixels[(at - x * mask.height - top + 1) * (width + 2) + x - left + 1] = 1;
    }
  }
  return pixels;
}

/** East, south, west, north: the steps from a corner to the next. */
const STEP_X = [1, 0, -1, 0], STEP_Y = [0, 1, 0, -1];
/** The pixels ahead to the right of a corner, for each direction, from the corner's own (the one south-east of it). */
const RIGHT_X = [0, -1, -1, 0], RIGHT_Y = [0, 0, -1, -1];
const LEFT_X = [0, 0, -1, -1], LEFT_Y = [-1, 0, 0, -1];

/**
 * The outlines of what lies in columns `from` to `to`, clockwise, those of holes counterclockwise. Only corners are kept.
 */
function* loops(
  pixels: Uint8Array,
  seen: Uint8Array,
  width: number,
  height: number,
  from: number,
  to: number,
): Generator<number[]> {
  const stride = width + 2;
  const at = (x: number, y: number) => x >= from && x < to && pixels[(y + 1) * stride + x + 1] === 1;
  for (let startY = 0; startY < height; startY++) {
    for (let startX = from; startX < to; startX++) {
      if (!at(startX, startY) || at(startX, startY - 1) || seen[startY * stride + startX]) continue;
      const corners: number[] = [];
      let [x, y, direction] = [startX, startY, 0];
      do {
        if (direction === 0) seen[y * stride + x] = 1;
        x += STEP_X[direction];
        y += STEP_Y[direction];
        let turn = 0;
        if (!at(x + RIGHT_X[direction], y + RIGHT_Y[direction])) turn = 1;
        else if (at(x + LEFT_X[direction], y + LEFT_Y[direction])) turn = 3;
        if (turn > 0) corners.push(x, y);
        direction = (direction + turn) % 4;
      } while (x !== startX || y !== startY || direction !== 0);
      // The corner where it began is the last.
      yield [...corners.slice(-2), ...corners.slice(0, -2)];
    }
  }
}

function isHole(loop: readonly number[]): boolean {
  let doubleArea = 0;
  for (let i = 0; i < loop.length; i += 2) {
    const next = (i + 2) % loop.length;
    doubleArea += loop[i] * loop[next + 1] - loop[next] * loop[i + 1];
  }
  return doubleArea < 0;
}

function extentOf(loop: readonly number[]): [first: number, last: number] {
  let [first, last] = [Infinity, -Infinity];
  for (let i = 0; i < loop.length; i += 2) {
    first = Math.min(first, loop[i]);
    last = Math.max(last, loop[i]);
  }
  return [first, last];
}

/** The fewest columns so that one lies in, or at the left side of, every hole. */
function cutsThrough(holes: [first: number, last: number][]): number[] {
  const cuts: number[] = [];
  for (const [first, last] of holes.sort((a, b) => a[1] - b[1])) {
    if (cuts.length === 0 || cuts[cuts.length - 1] < first) cuts.push(last - 1);
  }
  return cuts;
}

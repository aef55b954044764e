/**
 * Polygons to masks, by the rule of cocoapi: the corners are put on a grid five times as fine, and where the
 * outline passes the middle of a pixel column, that column changes between outside and inside.
 *
 * cocoapi walks the outline point by point; here each edge is asked only for the columns whose middle it
 * passes. The rounding is the same, so the masks are.
 *
 * @module
 */
import type { Rle } from "./rle.ts";

const SCALE = 5;
/**
 * Of the fine columns of a pixel column, the one left of its middle; the outline passes from it to the next.
 */
const LEFT_OF_MIDDLE = 2;

/**
 * Where the outline of the last polygon passes the middle of a column: columns and rows, as long as needed.
 */
let columns = new Int32Array(1024);
let rows = new Int32Array(1024);
let crossings = 0;
/** The same as places in the mask, and where the next crossing of each column is to be put. */
let places = new Int32Array(1024);
let next = new Int32Array(1024);

/**
 * The mask of one polygon, whose corners are `x, y, x, y, …` in pixels (`rleFrPoly` of `maskApi.c`).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { rasterizePolygon } from "./polygon.ts";
 * const { counts } = rasterizePolygon([1, 1, 3, 1, 3, 3, 1, 3], 4, 4);
 * assert.ok([...counts].join() === "5,2,2,2,5");
 * ```
 */
export function rasterizePolygon(corners: ArrayLike<number>, height: number, width: number): Rle {
  const runs = new Uint32Array(polygonRunLimit(corners, 0, corners.length, height, width));
  const length = writePolygonRuns(runs, 0, height, width);
  return { height, width, counts: runs.slice(0, length) };
}

/**
 * Finds the crossings of the polygon `corners[start…end]` and returns how many run lengths they can give at
 * most; {@linkcode writePolygonRuns} then writes them. Two steps, so that the caller can make room.
 */
export function polygonRunLimit(
  corners: ArrayLike<number>,
  start: number,
  end: number,
  height: number,
  width: number,
): number {
  crossings = 0;
  const last = end - ((end - start) % 2) - 2;
  const firstX = onFineGrid(corners[start]), firstY = onFineGrid(corners[start + 1]);
  let x = firstX, y = firstY;
  for (let i = start; i <= last; i += 2) {
    const nextX = i === last ? firstX : onFineGrid(corners[i + 2]);
    const nextY = i === last ? firstY : onFineGrid(corners[i + 3]);
    crossColumns(x, y, nextX, nextY, height, width);
    x = nextX;
    y = nextY;
  }
  return crossings + 1;
}

/** Writes the run lengths of the last polygon to `runs[at…]` and returns their number. */
export function writePolygonRuns(runs: Uint32Array, at: number, height: number, width: number): number {
  sortCrossings(height, width);
  let length = 0, before = 0;
  // Two crossings at one place cancel, and the runs on both sides of them are one.
  let joins = false;
  for (let i = 0; i <= crossings; i++) {
    const place = i < crossings ? places[i] : height * width;
    const run = place - before;
    before = place;
    if (joins) {
      runs[at + length - 1] += run;
      joins = false;
    } else if (run > 0 || length === 0) runs[at + length++] = run;
    else joins = true;
  }
  return length;
}

/** Writes the crossings to `places` as `column · height + row`, ascending. */
function sortCrossings(height: number, width: number): void {
  if (next.length <= width) next = new Int32Array(2 * width);
  if (places.length < crossings) places = new Int32Array(columns.length);
  next.fill(0, 0, width + 1);
  for (let i = 0; i < crossings; i++) next[columns[i] + 1]++;
  for (let column = 0; column < width; column++) next[column + 1] += next[column];
  for (let i = 0; i < crossings; i++) places[next[columns[i]]++] = columns[i] * height + rows[i];
  // What is left to do is to order the few crossings of each column.
  for (let i = 1; i < crossings; i++) {
    const place = places[i];
    let k = i;
    for (; k > 0 && places[k - 1] > place; k--) places[k] = places[k - 1];
    places[k] = place;
  }
}

/** A coordinate on the fine grid, rounded as C does: half up, then towards zero. */
function onFineGrid(coordinate: number): number {
  return (SCALE * coordinate + 0.5) | 0;
}

/** Notes each column whose middle the edge from `x0, y0` to `x1, y1` (on the fine grid) passes. */
function crossColumns(x0: number, y0: number, x1: number, y1: number, height: number, width: number): void {
  const dx = Math.abs(x1 - x0), dy = Math.abs(y1 - y0);
  if (dx === 0) return;
  const first = Math.max(0, Math.ceil((Math.min(x0, x1) - LEFT_OF_MIDDLE) / SCALE));
  const last = Math.min(width - 1, Math.floor((Math.max(x0, x1) - LEFT_OF_MIDDLE - 1) / SCALE));
  reserve(last - first + 1);
  if (dx >= dy) {
    // One point in each fine column, taken from the left.
    const left = x0 <= x1;
    const startX = left ? x0 : x1, startY = left ? y0 : y1;
    const slope = ((left ? y1 : y0) - startY) / dx;
    for (let column = first; column <= last; column++) {
      const t = SCALE * column + LEFT_OF_MIDDLE - startX;
      const before = (startY + slope * t + 0.5) | 0, after = (startY + slope * (t + 1) + 0.5) | 0;
      note(column, before < after ? before : after, height);
    }
    return;
  }
  // One point in each fine row, taken from the top: find the row in which the edge passes from column to
  // column.
  const top = y0 <= y1;
  const startX = top ? x0 : x1, startY = top ? y0 : y1;
  const slope = ((top ? x1 : x0) - startX) / dy;
  for (let column = first; column <= last; column++) {
    const middle = SCALE * column + LEFT_OF_MIDDLE;
    let t = Math.min(dy, Math.max(1, Math.ceil((middle + 0.5 - startX) / slope)));
    if (slope > 0) {
      while (t > 1 && ((startX + slope * (t - 1) + 0.5) | 0) > middle) t--;
      while (((startX + slope * t + 0.5) | 0) <= middle) t++;
    } else {
      while (t > 1 && ((startX + slope * (t - 1) + 0.5) | 0) <= middle) t--;
      while (((startX + slope * t + 0.5) | 0) > middle) t++;
    }
    note(column, startY + t - 1, height);
  }
}

/** Notes a crossing of a column at a row of the fine grid, the upper of the two points beside it. */
function note(column: number, fineRow: number, height: number): void {
  const row = fineRow <= LEFT_OF_MIDDLE ? 0 : ((fineRow + LEFT_OF_MIDDLE) / SCALE) | 0;
  columns[crossings] = column;
  rows[crossings++] = row < height ? row : height;
}

function reserve(more: number): void {
  if (crossings + more <= columns.length) return;
  const grow = (values: Int32Array) => {
    const larger = new Int32Array(2 * (crossings + more));
    larger.set(values);
    return larger;
  };
  columns = grow(columns) as Int32Array<ArrayBuffer>;
  rows = grow(rows) as Int32Array<ArrayBuffer>;
}

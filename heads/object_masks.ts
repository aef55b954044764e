/** Masks of objects from a detector's boxes and the classes of pixels. */
import type { Box, LabelMap, PlacedMask } from "../core/images/mod.ts";

/**
 * The pixels of class `label` whose centres lie inside the box: of their connected parts (by sides and corners) the
 * largest, so that pieces of a neighbour that reach into the box are left out. `undefined` where there are none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { objectMask } from "./object_masks.ts";
 * const labels = { width: 4, height: 2, data: Uint8Array.of(5, 0, 5, 5, 0, 0, 0, 5) };
 * const mask = objectMask(labels, 5, { x1: 0, y1: 0, x2: 4, y2: 2 });
 * assert.deepEqual(mask, { x: 2, y: 0, width: 2, height: 2, data: Uint8Array.of(1, 1, 0, 1) });
 * ```
 */
export function objectMask(labels: LabelMap, label: number, box: Box): PlacedMask | undefined {
  const left = Math.max(0, Math.round(box.x1));
  const top = Math.max(0, Math.round(box.y1));
  const width = Math.min(labels.width, Math.round(box.x2)) - left;
  const height = Math.min(labels.height, Math.round(box.y2)) - top;
  if (width <= 0 || height <= 0) return undefined;

  // 0 is another class, 1 a pixel that was not visited, and 2 and more the parts.
  const parts = new Uint32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = (top + y) * labels.width + left;
    for (let x = 0; x < width; x++, at++) parts[at] = labels.data[row + x] === label ? 1 : 0;
  }
  const stack = new Uint32Array(width * height);
  let largest: Part | undefined;
  for (let start = 0, next = 2; start < parts.length; start++) {
    if (parts[start] !== 1) continue;
    const part = fill(parts, width, start, next++, stack);
    if (!largest || part.pixels > largest.pixels) largest = part;
  }
  return largest && cutOut(parts, width, largest, left, top);
}

/** A connected part, and the first and last column and row that it reaches. */
interface Part {
  readonly id: number;
  readonly pixels: number;
  readonly columns: readonly [first: number, last: number];
  readonly rows: readonly [first: number, last: number];
}

/** Gives all pixels that are connected with `start` the number `id`. */
function fill(parts: Uint32Array, width: number, start: number, id: number, stack: Uint32Array): Part {
  const height = parts.length / width;
  let [pixels, depth] = [0, 1];
  let [left, right, top, bottom] = [width, 0, height, 0];
  parts[start] = id;
  stack[0] = start;
  while (depth > 0) {
    const at = stack[--depth];
    const x = at % width;
    const y = (at - x) / width;
    pixels++;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        const near = row * width + column;
        if (parts[near] !== 1) continue;
        parts[near] = id;
        stack[depth++] = near;
      }
    }
  }
  return { id, pixels, columns: [left, right], rows: [top, bottom] };
}

function cutOut(
  parts: Uint32Array,
  stride: number,
  { id, columns, rows }: Part,
  left: number,
  top: number,
): PlacedMask {
  const width = columns[1] - columns[0] + 1;
  const height = rows[1] - rows[0] + 1;
  const data = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = (rows[0] + y) * stride + columns[0];
    for (let x = 0; x < width; x++, at++) data[at] = parts[row + x] === id ? 1 : 0;
  }
  return { x: left + columns[0], y: top + rows[0], width, height, data };
}

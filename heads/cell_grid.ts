/** The cells of feature maps that detectors without anchors return a row for: map by map, row by row. */
import { modelError } from "../core/errors.ts";
import type { ImageView } from "./head.ts";

/** Strides are no larger, and maps no more. */
const MAX_STRIDE = 256;
const MAX_MAPS = 6;

/** The cells of an input. */
export interface CellGrid {
  readonly count: number;
  /** Column, row and stride of each, `[count, 3]`. */
  readonly cells: Float32Array;
}

/** How many cells an input of `height` × `width` has. */
export function cellCount(strides: readonly number[], height: number, width: number): number {
  return strides.reduce((sum, stride) => sum + Math.ceil(height / stride) * Math.ceil(width / stride), 0);
}

/** The cells of the maps of `strides`. @throws {BneckError} when the network returned a row for more or fewer. */
export function cellGrid(
  strides: readonly number[],
  { inputHeight, inputWidth }: ImageView,
  rows: number,
): CellGrid {
  const count = cellCount(strides, inputHeight, inputWidth);
  if (count !== rows) {
    throw modelError(
      `the network returns ${rows} rows, but an input of ${inputHeight}×${inputWidth} has ${count} cells ` +
        `at strides of ${strides.join(", ")}`,
    );
  }
  const cells = new Float32Array(count * 3);
  let to = 0;
  for (const stride of strides) {
    const [down, across] = [Math.ceil(inputHeight / stride), Math.ceil(inputWidth / stride)];
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        cells[to++] = x;
        cells[to++] = y;
        cells[to++] = stride;
      }
    }
  }
  return { count, cells };
}

/** Reads the field `strides` of a spec: whole numbers in ascending order. */
export function parseStrides(value: unknown, fail: (problem: string) => never): readonly number[] {
  const isList = Array.isArray(value) && value.length >= 1 && value.length <= MAX_MAPS &&
    value.every((stride, at) =>
      Number.isInteger(stride) && stride >= 1 && stride <= MAX_STRIDE && (at === 0 || stride > value[at - 1])
    );
  return isList ? value : fail(`strides must be 1 to ${MAX_MAPS} whole numbers in ascending order`);
}

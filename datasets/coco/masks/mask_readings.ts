/**
 * How else than column by column, beginning with the background, run lengths may have been written.
 *
 * @module
 */
import { rleBox } from "./rle.ts";
import { RunBuffer, SegmentationKind, type Segmentations } from "./segmentations.ts";

/** A way to read run lengths. */
export interface MaskReading {
  /** What run lengths do that are read so, for messages. */
  readonly what: string;
  /** Writes x, y, width, height of the box around the mask of `counts[0…length]` to `box[at…]`, all in pixels. */
  readonly boxInto: (
    counts: Uint32Array,
    length: number,
    height: number,
    width: number,
    box: Float64Array,
    at: number,
  ) => void;
}

/** Ways in which tools write run lengths. */
export const MASK_READINGS: readonly MaskReading[] = [
  { what: "go row by row", boxInto: boxOfRows },
  {
    what: "begin with the mask",
    boxInto: (counts, length, ...rest) => {
      const inverted = new Uint32Array(length + 1);
      inverted.set(counts.subarray(0, length), 1);
      rleBox(inverted, 0, length + 1, ...rest);
    },
  },
];

function boxOfRows(
  counts: Uint32Array,
  length: number,
  _height: number,
  width: number,
  box: Float64Array,
  at: number,
): void {
  let left = Infinity, top = Infinity, right = 0, bottom = 0;
  for (let i = 0, place = 0; i < length; place += counts[i++]) {
    if (i % 2 === 0 || counts[i] === 0) continue;
    const last = place + counts[i] - 1;
    const firstRow = Math.floor(place / width), lastRow = Math.floor(last / width);
    const oneRow = firstRow === lastRow;
    left = Math.min(left, oneRow ? place % width : 0);
    right = Math.max(right, oneRow ? last % width + 1 : width);
    top = Math.min(top, firstRow);
    bottom = Math.max(bottom, lastRow + 1);
  }
  box.set(right > 0 ? [left, top, right - left, bottom - top] : [0, 0, 0, 0], at);
}

/** The boxes around the masks of some rows `[rows, 4]`, read so; those of rows without run lengths stay as they are. */
export function readMaskBoxes(
  { boxInto }: MaskReading,
  masks: Segmentations,
  rows: readonly number[],
  box: Float64Array,
): Float64Array {
  const result = box.slice(), runs = new RunBuffer();
  rows.forEach((row, i) => {
    if (masks.kind[row] !== SegmentationKind.runs) return;
    runs.clear();
    const height = masks.size[2 * row], width = masks.size[2 * row + 1];
    runs.addRow(masks, row, height, width);
    boxInto(runs.counts, runs.length, height, width, result, 4 * i);
  });
  return result;
}

/**
 * Areas of masks and the boxes around them.
 *
 * @module
 */
import { rleArea, rleBox } from "./rle.ts";
import { type MaskSize, RunBuffer, SegmentationKind, type Segmentations } from "./segmentations.ts";

/** Measures masks row by row. */
export class MaskMeasure {
  readonly #runs = new RunBuffer();

  constructor(private readonly masks: Segmentations) {}

  /**
   * The area of a row's mask in pixels, polygons drawn on an image of this size; undefined where the row has none.
   * With `box`, also writes x, y, width, height of the box around the mask to `box[at…]`.
   */
  area(row: number, { height, width }: MaskSize, box?: Float64Array, at = 0): number | undefined {
    const { masks } = this;
    const runs = this.#runs;
    if (masks.kind[row] === SegmentationKind.none) return undefined;
    if (masks.kind[row] === SegmentationKind.runs) {
      box?.set(masks.box.subarray(4 * row, 4 * row + 4), at);
      return masks.area[row];
    }
    runs.clear();
    runs.addRow(masks, row, height, width);
    if (box) rleBox(runs.counts, 0, runs.length, height, width, box, at);
    return rleArea(runs.counts, 0, runs.length);
  }
}

/** Where the pixels of an image lie on the coarse grid of a segmentation head. */
import type { LabelLogits } from "./label_logits.ts";

/** The pixels between two adjacent grid points along one axis. */
export interface AxisCell {
  readonly low: number;
  readonly high: number;
  readonly start: number;
  readonly end: number;
}

/** One axis of the image, relative to the coarse grid. */
export interface Axis {
  readonly cells: readonly AxisCell[];
  /** The weight of the grid point `high` at every pixel, from 0 to 1. */
  readonly weights: Float32Array;
}

/** Both axes of the image: across, and down. */
export function axesOver({ width, height, imageWidth, imageHeight, placement }: LabelLogits): [Axis, Axis] {
  const { left, top, width: across, height: down } = placement ?? { left: 0, top: 0, width, height };
  return [axisOver(width, imageWidth, left, across), axisOver(height, imageHeight, top, down)];
}

/** Splits `pixels`, which lie on `length` cells from `first` on, into runs between the same two of `points` grid points. */
function axisOver(points: number, pixels: number, first: number, length: number): Axis {
  const ratio = length / pixels;
  const weights = new Float32Array(pixels);
  const cells: AxisCell[] = [];
  const placeOf = (at: number) => Math.min(points - 1, Math.max(0, first + (at + 0.5) * ratio - 0.5));
  let start = 0;
  for (let at = 0, low = Math.floor(placeOf(0)); at < pixels; at++) {
    const place = placeOf(at);
    if (Math.floor(place) !== low) {
      if (at > start) cells.push({ low, high: low + 1, start, end: at });
      low = Math.floor(place);
      start = at;
    }
    weights[at] = place - low;
  }
  const low = Math.floor(placeOf(pixels - 1));
  cells.push({ low, high: Math.min(points - 1, low + 1), start, end: pixels });
  return { cells, weights };
}

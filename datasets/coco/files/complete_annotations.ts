/**
 * What is made of the columns of annotations, and checked, once all are read.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Annotations } from "./annotations.ts";
import { quotedId } from "../ids.ts";
import { isMaskSize } from "../masks/rle_string.ts";
import { MaskMeasure, SegmentationKind } from "../masks/segmentations.ts";

/** Areas that the file does not give. */
export function fillAreas({ area, box, image, images, segmentations }: Annotations): void {
  const measure = segmentations && new MaskMeasure(segmentations);
  for (let row = 0; row < area.length; row++) {
    if (!Number.isNaN(area[row])) continue;
    const size = image[row] < 0 ? undefined : images[image[row]];
    const ofMask = size && measure?.area(row, size);
    area[row] = ofMask ?? box[4 * row + 2] * box[4 * row + 3];
  }
}

/** How often a value is in a column. */
export function count(values: Int32Array | Float64Array, value: number): number {
  let times = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === value) times++;
  return times;
}

/** How many ids were used before. */
export function countRepeated(ids: Float64Array): number {
  let ascending = true;
  for (let i = 1; i < ids.length && ascending; i++) ascending = ids[i] > ids[i - 1];
  if (ascending) return 0;
  // Missing ones, which are NaN, are not repeated.
  const given = ids.filter((id) => id === id);
  return given.length - new Set(given).size;
}

/**
 * Polygons are drawn on the image's grid, so its size must be known.
 *
 * @throws {BneckError} (usage) It is not.
 */
export function checkImageSizes({ name, segmentations, image, images }: Annotations): void {
  if (!segmentations) return;
  for (let row = 0; row < image.length; row++) {
    if (segmentations.kind[row] !== SegmentationKind.polygons || image[row] < 0) continue;
    const { id, width, height } = images[image[row]];
    if (isMaskSize(width, height)) continue;
    throw usageError(
      `cannot read ${name}: the image of id ${
        quotedId(id)
      } has polygons but its size is ${width}×${height}; ` +
        `give its "width" and "height"`,
    );
  }
}

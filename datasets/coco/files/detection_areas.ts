/**
 * The areas of detections, which result files do not give.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Annotations } from "./annotations.ts";
import type { CocoDetections } from "./detections.ts";
import { quotedId } from "../ids.ts";
import { isMaskSize } from "../masks/rle_string.ts";
import { MaskMeasure, SegmentationKind } from "../masks/segmentations.ts";

/** Fills in the areas of the boxes. */
export function areasOfBoxes({ box, area }: CocoDetections): void {
  for (let row = 0; row < area.length; row++) area[row] = box[4 * row + 2] * box[4 * row + 3];
}

/** Fills in the areas of the masks, and the boxes where none is given. */
export function areasOfMasks({ box, area, image, segmentations }: CocoDetections, truth: Annotations): void {
  const measure = new MaskMeasure(segmentations!);
  for (let row = 0; row < area.length; row++) {
    const missing = Number.isNaN(box[4 * row]) ? box : undefined;
    // Only an entry with a box may lack a mask; pycocotools makes one of the box.
    area[row] = measure.area(row, truth.images[image[row]], missing, 4 * row) ??
      box[4 * row + 2] * box[4 * row + 3];
  }
}

/**
 * Polygons and boxes are drawn on the image's grid, so its size must be known.
 *
 * @throws {BneckError} (usage) It is not.
 */
export function checkMaskSizes({ name, image, segmentations }: CocoDetections, truth: Annotations): void {
  for (let row = 0; row < image.length; row++) {
    if (segmentations!.kind[row] === SegmentationKind.runs) continue;
    const { id, width, height } = truth.images[image[row]];
    if (isMaskSize(width, height)) continue;
    throw usageError(
      `cannot compare the masks of ${name}: ${truth.name} gives the size of image ${
        quotedId(id)
      } as ${width}×${height}`,
    );
  }
}

/**
 * The tally module of COCO: turns what a detector finds in one image into the terms of the annotations.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import type { ImageTally, ModelMasks, ModelObjects } from "../evaluation_set.ts";
import type { ImageDetections } from "./coco_metric.ts";
import type { CocoSetImage, CocoTallySettings } from "./coco_set.ts";
import { encodeRegion, type Rle } from "./masks/rle.ts";
import { resultBox, resultScore } from "./boxes.ts";

/** The tally of one image after another; the annotations stay with the metric. */
type CocoTally = ImageTally<CocoSetImage, ImageDetections["detections"], null, ImageDetections>;

/**
 * See {@linkcode CreateTally}. Boxes and scores are rounded as results files have them.
 *
 * @throws {BneckError} where masks are compared: the model finds none (usage), or a photo has another size than annotated.
 */
export function createTally({ categoryIds, masks: withMasks }: CocoTallySettings): CocoTally {
  return {
    readTruth: () => Promise.resolve(null),
    checkPhoto: withMasks ? refuseOtherSize : undefined,
    fromModel(output) {
      const { count, boxes, scores, classes, masks } = output as ModelObjects;
      if (withMasks && !masks) throw usageError("masks are compared, and the model finds boxes");
      const detections: ImageDetections["detections"][number][] = [];
      for (let row = 0; row < count; row++) {
        const categoryId = categoryIds[classes[row]];
        if (categoryId === undefined) continue;
        const box = resultBox(boxes.subarray(4 * row, 4 * row + 4));
        const score = resultScore(scores[row]);
        detections.push({ categoryId, box, score, ...(withMasks && { mask: maskOf(masks!, row) }) });
      }
      return detections;
    },
    tally: (detections, _truth, { id }) => ({ imageId: id, detections }),
  };
}

function maskOf({ width, height, at }: ModelMasks, row: number): Rle {
  const mask = at(row) ?? { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0) };
  return encodeRegion(mask, height, width);
}

/** Masks can be compared at one size only. An image without a size has no objects with masks either. */
function refuseOtherSize(
  photo: { readonly width: number; readonly height: number },
  _truth: null,
  { image, width, height }: CocoSetImage,
): void {
  if (width > 0 && (photo.width !== width || photo.height !== height)) {
    throw inputError(
      `${image} is ${photo.width}×${photo.height}, its annotations are of ${width}×${height}: masks cannot be compared`,
    );
  }
}

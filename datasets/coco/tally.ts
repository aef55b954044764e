/**
 * The tally module of COCO: turns what a detector finds in one image into the terms of the annotations.
 *
 * @module
 */
import type { ImageTally, ModelObjects } from "../evaluation_set.ts";
import type { ImageDetections } from "./coco_metric.ts";
import type { CocoSetImage, CocoTallySettings } from "./coco_set.ts";
import { resultBox, resultScore } from "./result_digits.ts";

/** The tally of one image after another; the annotations stay with the metric. */
type CocoTally = ImageTally<CocoSetImage, ImageDetections["detections"], null, ImageDetections>;

/** See {@linkcode CreateTally}. Boxes and scores are rounded as results files have them. */
export function createTally({ categoryIds }: CocoTallySettings): CocoTally {
  return {
    readTruth: () => Promise.resolve(null),
    fromModel(output) {
      const { count, boxes, scores, classes } = output as ModelObjects;
      const detections: ImageDetections["detections"][number][] = [];
      for (let row = 0; row < count; row++) {
        const categoryId = categoryIds[classes[row]];
        if (categoryId === undefined) continue;
        const box = resultBox(boxes.subarray(4 * row, 4 * row + 4));
        detections.push({ categoryId, box, score: resultScore(scores[row]) });
      }
      return detections;
    },
    tally: (detections, _truth, { id }) => ({ imageId: id, detections }),
  };
}

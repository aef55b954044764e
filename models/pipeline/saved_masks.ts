/** Masks as COCO files have them. */
import type { LabelMap } from "../../core/images/mod.ts";
import { labelRegions } from "../../datasets/coco/masks/label_regions.ts";
import { maskPolygons } from "../../datasets/coco/masks/outlines.ts";
import { encodeRegion, type Rle, rleArea } from "../../datasets/coco/masks/rle.ts";
import { compressCounts } from "../../datasets/coco/masks/rle_string.ts";
import { confidenceOf, type Detections, type LabelLogits, type ObjectMask } from "../../heads/mod.ts";
import { resultBox, resultScore } from "../../datasets/coco/result_digits.ts";
import type { ImageReport, MaskForm, RegionSettings, SavedMask, SavedObject } from "./job.ts";

/** A mask in the form that is asked for. */
export function savedMask(mask: Rle, form: MaskForm): SavedMask {
  const { height, width, counts } = mask;
  const segmentation = form === "polygons"
    ? maskPolygons(mask)
    : { size: [height, width] as const, counts: compressCounts(counts) };
  return { segmentation, area: rleArea(counts) };
}

/** The mask of an object over the image. */
export function savedObjectMask(mask: ObjectMask, height: number, width: number, form: MaskForm): SavedMask {
  return savedMask(encodeRegion(mask, height, width), form);
}

/**
 * The regions of a label map, the most certain first; the score of one is the mean probability of its class over its
 * pixels.
 *
 * @param leaveOut labels that no region is made of
 */
export function savedRegions(
  labels: LabelMap,
  logits: LabelLogits,
  leaveOut: ReadonlySet<number>,
  { form, wholeClasses }: RegionSettings,
): SavedObject[] {
  const weights = confidenceOf(logits, labels).data as Uint8Array;
  return labelRegions(labels, { leaveOut, wholeClasses, weights })
    .map(({ label, mask, box, weight }) => ({
      label,
      box,
      score: resultScore(weight / 255),
      mask: savedMask(mask, form),
    }))
    .sort((a, b) => b.score - a.score);
}

/** The objects of an image, or the regions where objects were not looked for, as COCO files have them. */
export function savedObjects({ detect, masks, regions = [] }: ImageReport): readonly SavedObject[] {
  return detect === undefined ? regions : foundObjects(detect, masks);
}

function foundObjects(detections: Detections, masks: ImageReport["masks"]): SavedObject[] {
  return Array.from({ length: detections.count }, (_, row) => {
    const mask = masks?.[row];
    return {
      label: detections.classes[row],
      box: resultBox(detections.boxes.subarray(row * 4, row * 4 + 4)),
      score: resultScore(detections.scores[row]),
      ...(mask ? { mask } : {}),
    };
  });
}

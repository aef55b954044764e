/** Masks as COCO files have them. */
import type { LabelMap, PlacedMask } from "../../core/images/mod.ts";
import { labelRegions } from "../../datasets/coco/masks/label_regions.ts";
import { maskPolygons } from "../../datasets/coco/masks/outlines.ts";
import { encodeRegion, type Rle, rleArea } from "../../datasets/coco/masks/rle.ts";
import { compressCounts } from "../../datasets/coco/masks/rle_string.ts";
import { confidenceOf, type Detections, type LabelLogits } from "../../heads/mod.ts";
import { resultBox, resultScore } from "../../datasets/coco/boxes.ts";
import type { MaskSource } from "./object_masks.ts";
import type { ImageReport, MaskForm, RegionSettings, SavedMask, SavedObject } from "./job.ts";

/** A mask in the form that is asked for. */
function savedMask(mask: Rle, form: MaskForm): SavedMask {
  const { height, width, counts } = mask;
  const segmentation = form === "polygons"
    ? maskPolygons(mask)
    : { size: [height, width] as const, counts: compressCounts(counts) };
  return { segmentation, area: rleArea(counts) };
}

/** A mask of no pixels. */
const NO_PIXELS: PlacedMask = { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0) };

/** The masks of the objects of an image; `null` where one has none, or no outline. */
export function savedObjectMasks(
  masks: MaskSource,
  count: number,
  height: number,
  width: number,
  form: MaskForm,
): (SavedMask | null)[] {
  // What has no pixels has no polygons, but run lengths.
  const isAlways = masks.isComplete && form === "rle";
  return Array.from({ length: count }, (_, row) => {
    const mask = masks.at(row);
    return mask || isAlways ? savedMask(encodeRegion(mask ?? NO_PIXELS, height, width), form) : null;
  });
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
  const weights = confidenceOf(logits, labels, leaveOut).data;
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

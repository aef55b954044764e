/** Objects with masks: the classes of a detector that its model's decoder knows too. */
import type { LabelMap } from "../../core/images/mod.ts";
// Not by way of datasets/coco/mod.ts, which is all of the evaluation: every worker loads this.
import { encodeRegion } from "../../datasets/coco/masks/rle.ts";
import { compressCounts } from "../../datasets/coco/masks/rle_string.ts";
import { boxAt, type Detections, type ObjectMask, objectMask } from "../../heads/mod.ts";

/** COCO's names of things, and what other data sets call them. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  person: ["pedestrian"],
  airplane: ["aeroplane"],
  motorcycle: ["motorbike"],
  couch: ["sofa"],
  "dining table": ["diningtable"],
  "potted plant": ["pottedplant"],
  tv: ["tv monitor", "tvmonitor"],
};

interface Named {
  readonly name: string;
}

/**
 * The class of pixels of each class of objects, −1 where there is none: by the same name, or by VOC's, Cityscapes' or
 * CamVid's name of a COCO class.
 */
export function pixelClasses(objects: readonly Named[], pixels: readonly Named[]): Int32Array {
  return Int32Array.from(objects, ({ name }) => {
    const names = [name, ...OTHER_NAMES[name] ?? []];
    return pixels.findIndex((label) => names.includes(label.name));
  });
}

/** The mask of each object; `undefined` where the decoder does not know its class, or sees none of it in the box. */
export function objectMasks(
  detections: Detections,
  labels: LabelMap,
  classes: Int32Array,
): (ObjectMask | undefined)[] {
  return Array.from({ length: detections.count }, (_, row) => {
    const label = classes[detections.classes[row]];
    return label < 0 ? undefined : objectMask(labels, label, boxAt(detections, row));
  });
}

/** A mask as COCO's results have it: compressed run lengths over the image. */
export function compressedMask(mask: ObjectMask, height: number, width: number): string {
  return compressCounts(encodeRegion(mask, height, width).counts);
}

/** Objects with masks: the classes of a detector that its model's decoder knows too. */
import type { LabelMap } from "../../core/images/mod.ts";
import { compressCounts, encodeRegion } from "../../datasets/coco/mod.ts";
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

/** The masks of the objects of an image, made when they are asked for: those of many objects take gigabytes. */
export interface MaskSource {
  /** Whether the network knows the mask of every object: what has none has no pixels. */
  readonly isComplete: boolean;
  at(row: number): ObjectMask | undefined;
}

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

/** A mask of no pixels. */
const NO_PIXELS: ObjectMask = { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0) };

/** A mask as COCO's results have it: compressed run lengths over the image. @param mask absent, of no pixels */
export function compressedMask(mask: ObjectMask | undefined, height: number, width: number): string {
  return compressCounts(encodeRegion(mask ?? NO_PIXELS, height, width).counts);
}

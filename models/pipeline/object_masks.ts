/** Objects with masks: the classes of a detector that its model's decoder knows too. */
import type { LabelMap, PlacedMask } from "../../core/images/mod.ts";
import { findClass } from "../../datasets/class_names.ts";
import { boxAt, type Detections, objectMask } from "../../heads/mod.ts";

/** The masks of the objects of an image, made when they are asked for: those of many objects take gigabytes. */
export interface MaskSource {
  /** Whether the network knows the mask of every object: what has none has no pixels. */
  readonly isComplete: boolean;
  at(row: number): PlacedMask | undefined;
}

interface Named {
  readonly name: string;
}

/** The class of pixels of each class of objects, −1 where there is none: by any of the names of a class. */
export function pixelClasses(objects: readonly Named[], pixels: readonly Named[]): Int32Array {
  return Int32Array.from(objects, ({ name }) => findClass(name, pixels));
}

/** The mask of each object; `undefined` where the decoder does not know its class, or sees none of it in the box. */
export function objectMasks(
  detections: Detections,
  labels: LabelMap,
  classes: Int32Array,
): (PlacedMask | undefined)[] {
  return Array.from({ length: detections.count }, (_, row) => {
    const label = classes[detections.classes[row]];
    return label < 0 ? undefined : objectMask(labels, label, boxAt(detections, row));
  });
}

import type { ModelLabels } from "../entry.ts";
import type { Task } from "../network.ts";
import { CITYSCAPES_19 } from "./cityscapes.ts";
import { COCO_80, COCO_90 } from "./coco.ts";
import { IMAGENET_1000, IMAGENET_1001 } from "./imagenet.ts";
import { STREET_11 } from "./street.ts";
import { VOC_21 } from "./voc.ts";

const STANDARD: { readonly [T in Task]: readonly NonNullable<ModelLabels[T]>[] } = {
  classify: [IMAGENET_1000, IMAGENET_1001],
  detect: [COCO_90, COCO_80],
  segment: [VOC_21, CITYSCAPES_19, STREET_11],
};

/** The labels of the data set that a task with so many classes is usually trained on. */
export function standardLabels(task: Task, classes: number): ModelLabels | undefined {
  const labels = STANDARD[task].find(({ length }) => length === classes);
  return labels && { [task]: labels };
}

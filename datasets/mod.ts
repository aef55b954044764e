/**
 * Data sets and their scores, each under its own name: `coco.readAnnotations`, `cityscapes.readCityscapes`.
 *
 * @module
 */
export * as cityscapes from "./cityscapes/mod.ts";
export * as coco from "./coco/mod.ts";
export * as imagenet from "./imagenet/mod.ts";
export * from "./evaluation_set.ts";
export { classKey, findClass } from "./class_names.ts";
export * as labelling from "./labelling/mod.ts";
export type { Metric, TallyMetric } from "./metric.ts";
export * as segmentation from "./segmentation/mod.ts";

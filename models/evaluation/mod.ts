/**
 * Evaluation of models and of predictions that exist.
 *
 * @module
 */
export { evaluate, type EvaluateOptions, type EvaluationRun, type PredictionSource } from "./evaluate.ts";
export { drawImages, type DrawOptions, type ImageDrawing } from "./draw_images.ts";
export type { EvaluationDigests } from "./digests.ts";
export { Lowest } from "./lowest.ts";
export { fitInto, shrinkImage, shrinkLabels } from "./thumbnails.ts";

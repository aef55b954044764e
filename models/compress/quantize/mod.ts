/** Quantizing models to int8. */
export * from "./file.ts";
export * from "./quantize.ts";
export { openScorer, type ScoredSet, type Scorer, TASK_METRICS, taskOfMetric } from "../score.ts";
export { type FloatModel, floatModel } from "./source.ts";

/** Counting and measuring networks layer by layer: ours, and any ONNX file. */
export * from "./counters.ts";
export * from "./layer_cost.ts";
export * from "./graph_costs.ts";
export * from "./onnx_costs.ts";
export * from "./feeds.ts";
export * from "./latency.ts";
export * from "./compare.ts";
export * from "./group.ts";
export * from "./statistics.ts";
export type { MeasuringOptions, RunnableModel } from "./measured_session.ts";

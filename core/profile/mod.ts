/** Counting and measuring networks layer by layer: our own, and any ONNX file. */
export type { CalibrationMethod } from "./calibration.ts";
export * from "./chrome_trace.ts";
export * from "./compare.ts";
export * from "./compare_layers.ts";
export * from "./counters.ts";
export * from "./feeds.ts";
export * from "./graph_costs.ts";
export * from "./group.ts";
export * from "./latency.ts";
export * from "./layer_cost.ts";
export type { MeasurableModel, MeasuringOptions } from "./measured_session.ts";
export * from "./onnx_costs.ts";
export * from "./peaks.ts";
export * from "./profile_layers.ts";
export * from "./report_rows.ts";
export * from "./run_plan.ts";
export * from "./statistics.ts";
export * from "./subject.ts";

/** Int8 forms of networks: what can be int8, with which scales, and the graph that onnxruntime runs fast. */
export * from "./choose_scales.ts";
export * from "./observer.ts";
export {
  type ConvValues,
  convValues,
  type Int8Form,
  int8Form,
  type QuantizationPlan,
  quantizeModel,
} from "./quantize.ts";
export type { Bytes } from "./int8_graph.ts";
export { MAX_WEIGHT, type RoundedConv } from "./weights.ts";
export * from "./closest_weights.ts";
export * from "./exact_weights.ts";
export { isDepthwise } from "./channels.ts";
export type { RangeRule } from "./ranges.ts";
export { concatenatedInPlace } from "./shared_scales.ts";
export * from "./size_only.ts";
export * from "./units.ts";

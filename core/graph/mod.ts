/** Networks as data, and what is read from them: shapes, parameters, ONNX. */
export * from "./graph.ts";
export * from "./builder.ts";
export * from "./shapes.ts";
export * from "./parameters.ts";
export * from "./bind.ts";
export * from "./to_onnx.ts";
export * from "./random_weights.ts";
export * from "./gradient.ts";
export * from "./gradient_loss.ts";
export * from "./distillation_loss.ts";
export { add as addValues, mixed } from "./gradient_arithmetic.ts";
export { Tape } from "./gradient_tape.ts";
export * from "./interpolation.ts";
export * from "./cut.ts";
export {
  type ChannelConsumer,
  type ChannelGroup,
  type ChannelLayout,
  channelLayout,
  type ConvChannels,
  type Part,
} from "./channel_groups.ts";
export * from "./narrow.ts";

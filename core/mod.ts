/**
 * The foundation: networks as graphs, backbones as tables, weights, images, files, sessions, workers and, in the namespace
 * `profile`, counting and measuring.
 */
export * from "./backbones/mod.ts";
export * from "./errors.ts";
export * from "./files/mod.ts";
export * from "./graph/mod.ts";
export * from "./images/mod.ts";
export * from "./onnx/mod.ts";
export * as profile from "./profile/mod.ts";
export * from "./random.ts";
export * from "./session/mod.ts";
export * from "./video/mod.ts";
export * from "./weights/mod.ts";
export * from "./workers/mod.ts";

/**
 * What everything else stands on: networks as graphs, backbones as tables, weights, images, files, sessions and
 * workers.
 */
export * from "./backbones/mod.ts";
export * from "./errors.ts";
export * from "./files/mod.ts";
export * from "./graph/mod.ts";
export * from "./images/mod.ts";
export * from "./onnx/mod.ts";
export * from "./session/mod.ts";
export * from "./weights/mod.ts";
export * from "./workers/mod.ts";

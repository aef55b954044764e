/** Backbones as tables: each returns its features under named taps. */
export * from "./conventions.ts";
export * from "./taps.ts";
export * from "./inverted_residual.ts";
export * from "./block_stack.ts";
export * from "./mobilenet_v1.ts";
export * from "./mobilenet_v2.ts";
export * from "./mobilenet_v3.ts";
export * from "./mnasnet.ts";
export * from "./proxyless_nas.ts";
